"""Portable receipts: a fact, and everything that proves it to somebody without a node."""

from aiohttp import web

from ledger.bills import Bill, bill_key
from node.api.bills import find_bill
from node.api.call import Call, Services
from node.api.details import open_details
from node.api.encoding import bill_number
from primitives.errors import Refused, Unavailable
from proofs.document import details_of_text
from proofs.receipt import (
    BillFact,
    Details,
    Fact,
    NoBillFact,
    build_receipt,
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
    receipt = _receipt(call.services, BillFact(code=code, number=number), details)
    return _file(receipt, f"{code}-{number:010d}.json")


async def get_absence(call: Call) -> web.Response:
    """Return the proof that no bill has this code and number."""
    code, number = bill_number(call.text("code"), call.text("number"))
    if call.services.view.leaf(bill_key(code, number), Bill) is not None:
        raise Refused("absence.bill_exists", "there is a bill with this code and number", "number")
    receipt = _receipt(call.services, NoBillFact(code=code, number=number), None)
    return _file(receipt, f"{code}-{number:010d}-absent.json")


def _receipt(services: Services, fact: Fact, details: Details | None) -> bytes:
    view, head = services.view, services.node.head
    if head.height == 0:
        raise Unavailable("proof.no_block_yet", "there is no certified block to prove it by")
    assert view.state_root == head.state_root, "the state told is that of the head"
    header, certificate = (
        services.store.header(head.height),
        services.store.certificate(head.height),
    )
    assert header is not None, "the head has its header"
    assert certificate is not None, "the head has its certificate"
    key = bill_key(fact.code, fact.number)
    return dump_receipt(
        build_receipt(
            fact,
            view.prove(key),
            value=view.value(key),
            chain=services.desk.chain,
            header=header,
            certificate=certificate,
            details=details,
        )
    )


def _file(data: bytes, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="piaolian-{name}"'}
    return web.Response(body=data, content_type="application/json", headers=headers)
