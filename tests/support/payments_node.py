"""The node of the payment provider, as its receiver sees it: payments and refunds, from memory.

It keeps the contract of a real node: a reference is recorded once; the same again `exists`, with
other content it is a conflict; what fits no open order is unapplied and owed back in full.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "token-of-payments"
PAGE_MAX = 100
REFERENCES_MAX = 500


@dataclass
class ProviderNode:
    """The node; `start` it, open `orders`, take it away with `stop`."""

    orders: dict[tuple[str, str], int] = field(default_factory=dict)
    """What is to be paid for an order, fen, by (hospital, number)."""
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was recorded, by reference, in order."""
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Refunds recorded, by reference."""
    owed_more: dict[str, int] = field(default_factory=dict)
    """What a bill's reversal makes owed, fen, by payment."""
    answers: list[str] = field(default_factory=list)
    """Statuses to answer next instead, without recording: `accepted`, `unknown`."""
    swallows: int = 0
    """So many answers are lost after they were recorded."""
    is_away: bool = False
    may_sign: bool = True
    """The token has the scope that operations need."""
    reconciled: set[str] = field(default_factory=set)
    """Payments marked as found in a statement."""
    time_ms: int = 2**62
    """Ledger time; what is paid later is refused."""
    upon: Callable[[str], Awaitable[None]] | None = None
    """Told of each fact that is handed in: `asked` before it is recorded, `recorded` after."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever something was recorded."""
    asked: int = 0
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/v1/payments", self._payment)
        app.router.add_get("/v1/payments", self._list_payments)
        app.router.add_post("/v1/refunds", self._refund)
        app.router.add_post("/v1/operations", self._operations)
        app.router.add_get("/v1/refunds/owed", self._list_owed)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        port = int(re.sub(r".*:", "", self.url) or 0)
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Return when what was recorded makes `is_so` true."""
        while not is_so():
            self.changed.clear()
            await self.changed.wait()

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def refunded_fen(self, payment: str) -> int:
        return sum(r["amount_fen"] for r in self.refunds.values() if r["payment"] == payment)

    def state(self, reference: str) -> str:
        """Return `applied` for the first payment of an order's exact amount, else `unapplied`."""
        payment = self.payments[reference]
        key = payment["payee"], payment["order"]
        if self.orders.get(key) != payment["amount_fen"]:
            return "unapplied"
        first = next(
            name for name, other in self.payments.items() if (other["payee"], other["order"]) == key
        )
        return "applied" if first == reference else "unapplied"

    def owed(self) -> dict[str, int]:
        found = {}
        for name, payment in self.payments.items():
            due = self.owed_more.get(name, 0)
            if self.state(name) == "unapplied":
                due = payment["amount_fen"]
            if due > self.refunded_fen(name):
                found[name] = due - self.refunded_fen(name)
        return found

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked += 1
        if self.is_away:
            return _problem(503, "node.syncing")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _problem(401, "auth.required")
        if self.upon is not None and request.method == "POST":
            await self.upon("asked")
        answer: web.StreamResponse = await handler(request)
        self.changed.set()
        if self.upon is not None and request.method == "POST":
            await self.upon("recorded")
        if request.method == "POST" and self.swallows:
            self.swallows -= 1
            return _problem(500, "node.failed")
        return answer

    async def _payment(self, request: web.Request) -> web.Response:
        body = await request.json()
        keys = ["payee", "order", "amount_fen", "reference", "paid_ms", "notice_hash"]
        assert sorted(body) == sorted(keys)
        assert int(request.query["wait_ms"]) > 0
        assert re.fullmatch(r"[0-9A-Za-z._|*-]{1,64}", body["reference"])
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", body["notice_hash"])
        assert re.fullmatch(r"[0-9A-Za-z._|*-]{1,64}", body["order"])
        same = ("payee", "order", "amount_fen")
        if body["paid_ms"] > self.time_ms:
            return _problem(422, "payment.in_the_future")
        return self._record(self.payments, body, same, "payment.reference_conflict")

    async def _refund(self, request: web.Request) -> web.Response:
        body = await request.json()
        keys = ["payment", "reference", "amount_fen", "refunded_ms", "notice_hash"]
        assert sorted(body) == sorted(keys)
        payment = self.payments.get(body["payment"])
        if payment is None:
            return _problem(422, "payment.unknown")
        is_new = body["reference"] not in self.refunds
        if is_new and body["amount_fen"] > self.owed().get(body["payment"], 0):
            return _problem(422, "refund.not_due")
        same = ("payment", "amount_fen")
        return self._record(self.refunds, body, same, "refund.reference_conflict")

    async def _operations(self, request: web.Request) -> web.Response:
        if not self.may_sign:
            return _problem(403, "auth.missing_scope")
        body = await request.json()
        (operation,) = body["operations"]
        assert (body["purpose"], operation["operation"]) == ("provider", "reconcile_payments")
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", operation["statement_hash"])
        references = operation["references"]
        assert 1 <= len(references) <= REFERENCES_MAX
        if not set(references) <= set(self.payments):
            return web.json_response({"items": [{"status": "refused"}]})
        self.reconciled |= set(references)
        return web.json_response({"items": [{"status": "committed"}]})

    def _record(
        self,
        facts: dict[str, dict[str, Any]],
        body: dict[str, Any],
        same: tuple[str, ...],
        conflict: str,
    ) -> web.Response:
        known = facts.get(body["reference"])
        if known is not None:
            if any(known[name] != body[name] for name in same):
                return _problem(409, conflict)
            return web.json_response({"status": "exists"})
        if self.answers:
            return web.json_response({"status": self.answers.pop(0)})
        facts[body["reference"]] = body
        return web.json_response({"status": "committed", "state": "applied", "reason": ""})

    async def _list_payments(self, request: web.Request) -> web.Response:
        items = [
            {name: payment[name] for name in ("reference", "payee", "order", "amount_fen")}
            | {
                "refunded_fen": self.refunded_fen(payment["reference"]),
                "state": self.state(payment["reference"]),
                "reason": "",
                "paid_ms": payment["paid_ms"],
                "recorded_ms": payment["paid_ms"],
                "reconciled": payment["reference"] in self.reconciled,
            }
            for payment in self.payments.values()
        ]
        return _page(request, items)

    async def _list_owed(self, request: web.Request) -> web.Response:
        items = [
            {
                "payment": name,
                "payee": self.payments[name]["payee"],
                "order": self.payments[name]["order"],
                "amount_fen": amount,
                "due_by_ms": 0,
                "reason": "payment.unapplied",
            }
            for name, amount in self.owed().items()
        ]
        return _page(request, items)


def _page(request: web.Request, items: list[dict[str, Any]]) -> web.Response:
    start, limit = int(request.query.get("cursor", "0")), int(request.query["limit"])
    assert 0 < limit <= PAGE_MAX
    more = str(start + limit) if start + limit < len(items) else None
    return web.json_response(
        {"items": items[start : start + limit], "next": more}, dumps=json.dumps
    )


def _problem(status: int, code: str) -> web.Response:
    return web.json_response(
        {"type": f"urn:piaolian:problem:{code}", "status": status, "code": code}, status=status
    )
