"""An agency's node as its portal sees it: the questions a portal asks, answered from memory.

Only for tests of the portal alone; whole processes meet in tests/browser and tests/integration.
"""

import asyncio
import copy
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from ledger.dates import date_text
from primitives.hashing import keyed_hash
from primitives.units import format_yuan
from tests.support.portal_records import Shelf
from tests.support.record_texts import base64url

TOKEN = "token-for-tests"
CODE = "46060126"
ORDER_MS = 1_790_000_000_000
"""When orders are opened: the time at which the portal's clock stands."""
NOTHING: dict[str, Any] = {"orders": [], "payments": [], "heights": [], "documents": []}
STANDING: dict[str, Any] = {
    "validity": "issued",
    "endorsement": "pending",
    "delivered": False,
    "holder_moved": False,
    "claim": {"state": "free", "settlements": []},
    "books": {"state": "unbooked", "bookings": []},
    "visit": "",
}
"""Where a new bill stands."""


def his_line(**changes: Any) -> dict[str, Any]:
    """Return a made-up outpatient bill of the hospital's system."""
    amount = str(changes.pop("amount", "13.05"))
    line = {
        "busNo": "made-up-0001",
        "busType": "02",
        "payer": "陈小满",
        "idCardNo": "11010519491231002X",
        "tel": "13900000001",
        "consultationDate": "20260102",
        "placeCode": "460000001",
        "payee": "收费员01",
        "checker": "复核员01",
        "totalAmt": amount,
        "medCareTypeCode": "07",
        "fundPay": "0.00",
        "otherfundPay": "0.00",
        "accountPay": "0.00",
        "ownPay": amount,
        "selfPayAmt": amount,
        "selfConceitedAmt": "0.00",
        "payChannelDetail": [{"payChannelCode": "05", "payChannelValue": amount}],
        "chargeDetail": [{"chargeCode": "02", "chargeName": "诊察费", "amt": amount}],
        "listDetail": [
            {
                "chargeCode": "02",
                "name": "普通门诊诊察",
                "unit": "次",
                "number": 1,
                "std": amount,
                "amt": amount,
                "selfAmt": "0.00",
            }
        ],
    }
    return line | changes


@dataclass
class Issued:
    """One bill of the node."""

    face: dict[str, Any]
    text: str
    phone: str


@dataclass
class PortalNode:
    """The node; `start` it, `issue` bills, take it away with `stop`."""

    portal_key: bytes
    genesis: bytes
    bills: dict[tuple[str, str], Issued] = field(default_factory=dict)
    orders: dict[str, Issued] = field(default_factory=dict)
    blocks: list[dict[str, Any]] = field(default_factory=list)
    records: Shelf = field(default_factory=Shelf)
    asked: list[str] = field(default_factory=list)
    """Method and path of every question."""
    is_ready: bool = True
    chain: str = ""
    closes_streams: bool = False
    """End each event stream after the last block instead of keeping it open."""
    too_many_openings: bool = False
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None
    url: str = ""

    def __post_init__(self) -> None:
        self.chain = self.chain or hashlib.sha256(self.genesis).hexdigest()

    def issue(self, *lines: dict[str, Any], salt: str = "") -> list[dict[str, Any]]:
        """Issue bills in one new block; return their faces."""
        height = len(self.blocks) + 1
        faces = [self._face(line, height) for line in lines]
        self.blocks.append(
            {
                "height": height,
                "hash": hashlib.sha256(f"block {height} {salt}".encode()).hexdigest(),
                "time_ms": 1_780_000_000_000 + height,
                "bills": faces,
                **NOTHING,
            }
        )
        self._more.set()
        return faces

    def tell(self, **news: list[dict[str, Any]]) -> None:
        """Make a block that tells these bills, orders, payments or heights."""
        height = len(self.blocks) + 1
        block = {
            "height": height,
            "hash": hashlib.sha256(f"block {height}".encode()).hexdigest(),
            "time_ms": 1_780_000_000_000 + height,
            "bills": [],
            **NOTHING,
        }
        # What is told now is not what a later block changes.
        self.blocks.append(copy.deepcopy(block | news))
        self._more.set()

    def change(self, number: str, **changes: Any) -> dict[str, Any]:
        """Change a bill and tell it in a new block; return it as the stream tells it."""
        bill = self.bills[CODE, number]
        bill.face |= changes
        told = bill.face | {"patient": self._patient(json.loads(bill.text))}
        self.tell(bills=[told])
        return told

    def open_order(self, line: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Open an order for a line, or change it; tell it in a new block and return it."""
        number = line["busNo"]
        old = self.orders[number].face if number in self.orders else self._order(line)
        self.orders[number] = Issued(old | changes, json.dumps(line, ensure_ascii=False), "")
        told = self.orders[number].face | {"patient": self._patient(line)}
        self.tell(orders=[told])
        return told

    def publish(self, resident_id: str, *texts: str, visits: tuple[str, ...] = ()) -> list[str]:
        """Publish documents in one new block; return their names."""
        height = len(self.blocks) + 1
        patient = self._patient({"idCardNo": resident_id})
        told = self.records.publish(patient, height, *texts, visits=visits)
        self.tell(documents=told)
        return [document["document"] for document in told]

    def amend(self, document: str, text: str) -> str:
        """Amend a document in a new block; return the name of what took its place."""
        told = self.records.amend(document, len(self.blocks) + 1, text)
        self.tell(documents=told)
        return str(told[1]["document"])

    def check_code(self, number: str) -> str:
        return hashlib.sha256(number.encode()).hexdigest()[:6]

    async def start(self) -> None:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/v1/status", self._status)
        app.router.add_get("/v1/portal/events", self._events)
        app.router.add_post("/v1/portal/contact", self._contact)
        app.router.add_get("/v1/portal/bills/{code}/{number}/details", self._details)
        app.router.add_get("/v1/bills/{code}/{number}", self._one_face)
        app.router.add_get("/v1/bills/{code}/{number}/proof", self._proof)
        app.router.add_get("/v1/portal/bills/{code}/{number}/pdf", self._pdf)
        app.router.add_get("/v1/portal/orders/{order}/details", self._order_details)
        app.router.add_post("/v1/check", self._check)
        self.records.add_to(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        port = int(re.sub(r".*:", "", self.url) or 0)
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        assert self._runner is not None
        self._more.set()
        await self._runner.cleanup()

    def _face(self, line: dict[str, Any], height: int) -> dict[str, Any]:
        number = f"{len(self.bills) + 1:010d}"
        fen = {
            name: int(line[key].replace(".", ""))
            for name, key in (
                ("total_fen", "totalAmt"),
                ("fund_fen", "fundPay"),
                ("other_fen", "otherfundPay"),
                ("account_fen", "accountPay"),
                ("own_fen", "ownPay"),
            )
        }
        face = {
            "code": CODE,
            "number": number,
            "check_code": self.check_code(number),
            "kind": "01",
            "issuer": "hospital",
            "place": line["placeCode"],
            "business_number": line["busNo"],
            "time_ms": 1_780_000_000_000 + len(self.bills) * 86_400_000,
            "amounts": fen,
            "height": height,
            **STANDING,
        }
        text = json.dumps(line, ensure_ascii=False)
        self.bills[CODE, number] = Issued(face, text, line.get("tel", ""))
        return face | {"patient": self._patient(line)}

    def _order(self, line: dict[str, Any]) -> dict[str, Any]:
        total = int(line["totalAmt"].replace(".", ""))
        own = int(line["ownPay"].replace(".", ""))
        return {
            "hospital": "hospital",
            "order": line["busNo"],
            "sort": "charge",
            "state": "open",
            "money": "unpaid",
            "place": line["placeCode"],
            "kind": "01",
            "amounts": {
                "total_fen": total,
                "fund_fen": total - own,
                "other_fen": 0,
                "account_fen": 0,
                "own_fen": own,
            },
            "due_fen": own,
            "paid_fen": 0,
            "refunded_fen": 0,
            "owed_fen": 0,
            "payments": 0,
            "instalments": 1,
            "opened_ms": ORDER_MS,
            "expiry_ms": ORDER_MS + 86_400_000,
            "expired": False,
        }

    def _patient(self, line: dict[str, Any]) -> str:
        return base64url(keyed_hash(self.portal_key, line["idCardNo"].encode()))

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _problem(401, "auth.required")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _status(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "chain": self.chain,
                "agency": "hospital",
                "height": len(self.blocks),
                "ready": self.is_ready,
            }
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": piaolian\n\n")
        after = int(request.query["from"])
        while True:
            self._more.clear()
            for block in self.blocks:
                if block["height"] > after:
                    data = json.dumps(block, ensure_ascii=False).encode()
                    await response.write(
                        b"id: %d\nevent: block\ndata: %b\n\n" % (block["height"], data)
                    )
                    after = block["height"]
            if self.closes_streams:
                return response
            await self._more.wait()

    async def _contact(self, request: web.Request) -> web.Response:
        body = await request.json()
        bill = self.bills.get((body["code"], body["number"]))
        if bill is None or not bill.phone:
            return _problem(404, "contact.not_found")
        return web.json_response({"phone": bill.phone})

    async def _details(self, request: web.Request) -> web.Response:
        assert request.query["session"]
        if self.too_many_openings:
            return _problem(429, "vault.too_many_openings")
        bill = self.bills[request.match_info["code"], request.match_info["number"]]
        return web.json_response({"text": bill.text, "seed": base64url(bytes(32))})

    async def _order_details(self, request: web.Request) -> web.Response:
        assert request.query["session"]
        order = self.orders[request.match_info["order"]]
        return web.json_response({"text": order.text, "seed": base64url(bytes(32))})

    async def _pdf(self, request: web.Request) -> web.Response:
        assert request.query["session"]
        number = request.match_info["number"].encode()
        return web.Response(body=b"%PDF-1.4 " + number, content_type="application/pdf")

    async def _check(self, request: web.Request) -> web.Response:
        asked = await request.json()
        asked["number"] = str(int(asked["number"]))
        bill = self.bills.get((asked["code"], asked["number"].zfill(10)))
        if bill is None or asked != five_elements(bill.face):
            return web.json_response({"consistent": False})
        face = bill.face
        return web.json_response(
            {
                "consistent": True,
                "reversed": face["validity"] == "reversed",
                "on_paper": face.get("paper", {}).get("state") == "paper_live",
                "claimed": face["claim"]["state"] != "free",
            }
        )

    async def _one_face(self, request: web.Request) -> web.Response:
        bill = self.bills[request.match_info["code"], request.match_info["number"]]
        return web.json_response(bill.face)

    async def _proof(self, request: web.Request) -> web.Response:
        code, number = request.match_info["code"], request.match_info["number"]
        return web.json_response(
            {
                "format": "piaolian-receipt-1",
                "fact": {"kind": "bill", "code": code, "number": int(number)},
                "details": None,
            }
        )


def five_elements(face: dict[str, Any]) -> dict[str, str]:
    """Return what the public check asks for."""
    return {
        "code": face["code"],
        "number": str(int(face["number"])),
        "check_code": face["check_code"],
        "date": date_text(face["time_ms"]),
        "amount": format_yuan(face["amounts"]["total_fen"]),
    }


def _problem(status: int, code: str) -> web.Response:
    return web.json_response(
        {"type": f"urn:piaolian:problem:{code}", "status": status, "code": code}, status=status
    )


def write_agency(folder: Path, node: PortalNode) -> Path:
    """Write an agency folder whose portal asks `node`; return its portal.toml."""
    agency = folder / "hospital"
    (agency / "keys").mkdir(parents=True)
    (folder / "genesis.json").write_bytes(node.genesis)
    for file, secret in (("keys/portal.key", node.portal_key.hex()), ("portal.token", TOKEN)):
        (agency / file).touch(mode=0o600)
        (agency / file).write_text(secret + "\n")

    config = agency / "portal.toml"
    config.write_text(f'[node]\nurl = "{node.url}"\n[web]\nlisten = "127.0.0.1:0"\n')
    return config
