"""The public check (查验): five elements of a bill against the ledger, for anybody.

Rule: whoever knows not all five learns nothing, not even which one is wrong: the words are the
same, and so is the work. Amount and check code travel in a form's body, never in an address.
"""

import re
from typing import Final

from aiohttp import web

from exchange.qr_text import QrText, parse_qr_text
from portal.pages.context import PORTAL
from portal.pages.guards import caller_address
from portal.pages.rendering import render
from primitives.errors import Refused
from primitives.units import format_yuan, parse_fen

routes = web.RouteTableDef()

FIELDS: Final = ("code", "number", "check_code", "date", "amount")
FIELD_MAX: Final = 32
TEXT_MAX: Final = 200
_NOBODY: Final = dict(zip(FIELDS, ("00000000", "1", "000000", "20000101", "0.00"), strict=True))
"""What is asked when something has another form, so that the work is the same."""
_SPACES: Final = re.compile(r"\s+")
_DATE: Final = re.compile(r"([0-9]{4})[-/.年]?([0-9]{2})[-/.月]?([0-9]{2})日?", re.ASCII)


@routes.get("/check")
async def check_page(request: web.Request) -> web.StreamResponse:
    """Ask for five elements, or for the text of the QR code."""
    return _page(request, dict.fromkeys(FIELDS, ""))


@routes.post("/check")
async def check(request: web.Request) -> web.StreamResponse:
    """Answer whether they are those of one bill, and how it stands."""
    portal, form = request.config_dict[PORTAL], await request.post()
    given = {name: str(form.get(name, ""))[:FIELD_MAX] for name in FIELDS}
    qr = str(form.get("qr", ""))[:TEXT_MAX]
    address, now_ms = portal.pseudonyms.address(caller_address(request)), portal.clock.now_ms()
    wait_ms = portal.check_limits.take(address, now_ms)
    if wait_ms:
        return _page(request, given, status=429, minutes=-(-wait_ms // 60_000))
    asked = _elements_of_text(qr) if qr else _elements(given)
    answer = await portal.node.check(_NOBODY if asked is None else asked)
    if asked is None or answer.get("consistent") is not True:
        portal.check_limits.in_vain(address, now_ms)
        return _page(request, given, answer={"consistent": False})
    bill = portal.pseudonyms.bill(asked["code"], f"{int(asked['number']):010d}")
    count = await portal.check_counts.count(bill)
    return _page(request, asked, answer=answer, count=count)


def _page(
    request: web.Request,
    values: dict[str, str],
    *,
    status: int = 200,
    answer: dict[str, object] | None = None,
    count: int = 0,
    minutes: int = 0,
) -> web.Response:
    return render(
        request,
        "five.html",
        status=status,
        values=values,
        answer=answer,
        count=count,
        minutes=minutes,
    )


def _elements_of_text(qr: str) -> dict[str, str] | None:
    try:
        told: QrText = parse_qr_text(qr.strip().rpartition("#")[2])
    except Refused:
        return None
    return {
        "code": told.code,
        "number": str(told.number),
        "check_code": told.check_code,
        "date": told.date,
        "amount": format_yuan(told.total_fen),
    }


def _elements(given: dict[str, str]) -> dict[str, str] | None:
    """Return the elements in the one form of each; None when one has no such form."""
    plain = {name: _SPACES.sub("", value) for name, value in given.items()}
    date = _DATE.fullmatch(plain["date"])
    amount = plain["amount"].lstrip("¥￥").replace(",", "").replace("，", "")
    is_code = re.fullmatch(r"[0-9]{8}", plain["code"], re.ASCII)
    is_number = re.fullmatch(r"[0-9]{1,10}", plain["number"], re.ASCII)
    is_check_code = re.fullmatch(r"[0-9A-Za-z]{1,20}", plain["check_code"], re.ASCII)
    if not (date and is_code and is_number and is_check_code):
        return None
    try:
        fen = parse_fen(amount.removeprefix("-"), "amount")
    except Refused:
        return None
    told = format_yuan(-fen if amount.startswith("-") else fen)
    return plain | {"date": "".join(date.groups()), "amount": told}
