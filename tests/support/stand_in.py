"""A stand-in for a node's HTTP API, for the command line's tests: a ledger in a dictionary.

It keeps to the shapes of docs/api.md, gives every fresh business number the next number, and can
be told to have no room, to answer late or to hang up.
"""

import asyncio
import json
import shutil
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

CODE = "46060126"


@dataclass
class StandIn:
    """A node that remembers what it was asked."""

    socket: str = ""
    """Path of its unix socket."""
    port: int = 0
    """Port of its TLS listener, when it has one."""
    token: str = ""
    """What the Authorization header must hold; empty on the socket."""
    bills: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Issued bills by business number, with their line under `text`."""
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Method, path with query, and body of each request."""
    keys: list[str] = field(default_factory=list)
    """The Idempotency-Key of each request; empty without one."""
    patients: list[str] = field(default_factory=list)
    """The Patient-Number of each request; empty without one."""
    no_room: int = 0
    """How many requests to answer with 503 first."""
    no_room_for: int = 0
    """How many lines of the next request to answer with 503 each."""
    hang_up_after: int = 10**9
    """Requests answered before it closes connections without an answer."""
    late_s: float = 0.0
    """How long every answer takes."""
    undecided: bool = False
    """Whether nothing becomes final in time."""
    ready: bool = True
    """What the status says."""
    answers: dict[str, Any] = field(default_factory=dict)
    """Fixed answers by path: a JSON object, (status, object), bytes, or (bytes, headers)."""

    @property
    def address(self) -> str:
        """What `--node` is given."""
        return f"unix:{self.socket}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        body = await request.read()
        self.requests.append((request.method, request.path_qs, body))
        self.keys.append(request.headers.get("Idempotency-Key", ""))
        self.patients.append(request.headers.get("Patient-Number", ""))
        if len(self.requests) > self.hang_up_after:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        await asyncio.sleep(self.late_s)
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return problem(401, "auth.unknown", "this token is not known to this node")
        if self.no_room:
            self.no_room -= 1
            return problem(503, "mempool.full", "no room for more transactions")
        if request.path in self.answers:
            return fixed(self.answers[request.path])
        if request.path == "/v1/bills" and request.method == "POST":
            return web.json_response({"items": self._issue(body)})
        if request.path == "/v1/bills":
            return web.json_response(self._page(request))
        return problem(404, "request.no_such_path", "there is nothing here")

    def _issue(self, body: bytes) -> list[dict[str, Any]]:
        items = []
        for place, line in enumerate(body.splitlines(), 1):
            items.append({"line": place, **self._issue_one(line)})
        return items

    def _issue_one(self, line: bytes) -> dict[str, Any]:
        if self.no_room_for:
            self.no_room_for -= 1
            return refusal("", 503, "mempool.full", "no room")
        try:
            number = json.loads(line)["busNo"]
        except (ValueError, KeyError):
            return refusal("", 422, "his.malformed", "this is not a JSON object", "busNo")
        if "bad" in number:
            return refusal(number, 422, "bill.amounts_do_not_add_up", "check it", "totalAmt")
        if self.undecided:
            return {"business_number": number, "status": "unknown", "transaction": "ab" * 40}
        old = self.bills.get(number)
        if old and old["text"] != line:
            code = "bill.business_number_conflict"
            return refusal(number, 409, code, "used with other content", "busNo")
        if not old:
            self.bills[number] = {"text": line, "number": f"{len(self.bills) + 1:010d}"}
        return {
            "business_number": number,
            "status": "exists" if old else "committed",
            "code": CODE,
            "number": self.bills[number]["number"],
            "check_code": "0a1b2c",
            "height": 3,
            "transaction": "cd" * 40,
        }

    def _page(self, request: web.Request) -> dict[str, Any]:
        limit, start = int(request.query["limit"]), int(request.query.get("cursor", 0))
        faces = [face(entry["number"], number) for number, entry in self.bills.items()]
        end = start + limit
        return {"items": faces[start:end], "next": str(end) if end < len(faces) else None}


def fixed(answer: Any) -> web.Response:
    """Return a fixed answer; see `StandIn.answers`."""
    if isinstance(answer, bytes):
        return web.Response(body=answer)
    first, second = answer if isinstance(answer, tuple) else (200, answer)
    if isinstance(first, bytes):
        return web.Response(body=first, headers=second)
    return web.json_response(second, status=first)


def problem(status: int, code: str, detail: str) -> web.Response:
    """Return a problem document."""
    document = {"type": f"urn:piaolian:problem:{code}", "title": "", "status": status}
    return web.json_response(
        {**document, "code": code, "detail": detail},
        status=status,
        content_type="application/problem+json",
    )


def refusal(number: str, status: int, code: str, detail: str, name: str = "") -> dict[str, Any]:
    """Return the answer to one line that is no bill."""
    document = {"status": status, "code": code, "detail": detail, "field": name}
    return {"business_number": number, "status": "refused", "problem": document}


def face(number: str, business_number: str) -> dict[str, Any]:
    """Return a bill's face."""
    fen = {"total_fen": 120_267_712, "fund_fen": 0, "other_fen": 0, "account_fen": 0}
    return {
        "code": CODE,
        "number": number,
        "check_code": "0a1b2c",
        "kind": "01",
        "issuer": "hospital",
        "place": "460000001",
        "business_number": business_number,
        "time_ms": 1_780_000_000_123,
        "amounts": {**fen, "own_fen": 120_267_712},
        "commitment": "11" * 32,
        "ciphertext_hash": "22" * 32,
        "holder_key": "33" * 32,
        "delivered": True,
        "claim": {"state": "free", "settlements": []},
        "books": {"state": "unbooked", "bookings": []},
        "validity": "issued",
        "endorsement": "endorsed",
        "height": 3,
        "transaction": "cd" * 40,
    }


@contextmanager
def standing_in(tls: ssl.SSLContext | None = None, token: str = "") -> Iterator[StandIn]:
    """Serve a stand-in from a thread of its own: on a unix socket, or with `tls` on a port."""
    folder = Path(tempfile.mkdtemp(prefix="piaolian-"))
    node = StandIn(socket=str(folder / "api.sock"), token=token)
    loop = asyncio.new_event_loop()
    started, stop = threading.Event(), asyncio.Event()

    async def life() -> None:
        application = web.Application(client_max_size=16 * 1024 * 1024)
        application.router.add_route("*", "/{rest:.*}", node.serve)
        runner = web.AppRunner(application, shutdown_timeout=0)
        await runner.setup()
        if tls is None:
            await web.UnixSite(runner, node.socket).start()
        else:
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
            node.port = runner.addresses[0][1]
        started.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(life(),))
    thread.start()
    assert started.wait(10)
    try:
        yield node
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
        shutil.rmtree(folder)
