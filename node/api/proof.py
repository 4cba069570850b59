"""Portable receipts: a fact, and everything that proves it to somebody without a node."""

from aiohttp import web

from ledger.bills import Bill, bill_key
from node.api.bills import find_bill
from node.api.call import Call
from node.api.details import open_details
from node.api.encoding import bill_number, from_base64url
from node.proving import prove
from primitives.errors import Refused
from primitives.trie import KEY_SIZE_MAX
from proofs.document import details_of_text
from proofs.jsonfile import Base64Url
from proofs.receipt import (
    BillFact,
    LeafFact,
    NoBillFact,
    NoLeafFact,
    PortableReceipt,
    dump_receipt,
)


async def get_proof(call: Call) -> web.Response:
    """Return the portable receipt of a bill; `details=1` puts its details in, for the issuer."""
    code, number, bill = find_bill(call)
    details = None
    if call.text("details") == "1":
        call.caller.require("details")
        opened = await open_details(call, bill, code, number=number, what="proof")
        details = details_of_text(opened.text.decode(), opened.seed)
    receipt = prove(call.services.node, BillFact(code=code, number=number), details)
    return _file(receipt, f"{code}-{number:010d}.json")


async def get_absence(call: Call) -> web.Response:
    """Return the proof that no bill has this code and number."""
    code, number = bill_number(call.text("code"), call.text("number"))
    if call.services.view.leaf(bill_key(code, number), Bill) is not None:
        raise Refused("absence.bill_exists", "there is a bill with this code and number", "number")
    receipt = prove(call.services.node, NoBillFact(code=code, number=number))
    return _file(receipt, f"{code}-{number:010d}-absent.json")


async def get_fact(call: Call) -> web.Response:
    """Return the portable receipt of any state key, whether a fact stands there or none."""
    key = from_base64url(call.path("key"), "key")
    if not 1 <= len(key) <= KEY_SIZE_MAX:
        raise Refused("request.wrong_value", f"a state key has 1 to {KEY_SIZE_MAX} bytes", "key")
    is_there = call.services.view.value(key) is not None
    fact = LeafFact(Base64Url(key)) if is_there else NoLeafFact(Base64Url(key))
    name = key.decode("ascii", "replace").strip("/")
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in name)
    receipt = prove(call.services.node, fact)
    return _file(receipt, f"{plain}{'' if is_there else '-absent'}.json")


def _file(receipt: PortableReceipt, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="piaolian-{name}"'}
    return web.Response(
        body=dump_receipt(receipt), content_type="application/json", headers=headers
    )
