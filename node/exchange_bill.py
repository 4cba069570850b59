"""A bill of this hospital as the outside formats take it: original, endorsement and status.

Rule: all of it is read from the chain and the vault at the time it is asked for; a document that is
not what was signed is never given out.
"""

from dataclasses import replace

from exchange.bill import StatusBlock
from exchange.national_xml import NationalDocument
from exchange.signatures import Endorsement as SupervisorSignature
from ledger.bills import REVERSED, Bill, bill_key, face_of
from ledger.endorsement import Endorsement, endorsement_key, withheld_reason
from ledger.papers import LIVE
from node.block_bills import bills_of_block
from node.node import Node
from node.original_making import OriginalMaker
from primitives import merkle
from primitives.codec import encode
from primitives.errors import Refused


async def exchange_document(
    node: Node, maker: OriginalMaker, code: str, number: int
) -> tuple[NationalDocument, int | None]:
    """Return an own bill's document with finance's endorsement and the bill's status.

    Args:
        node: has the chain.
        maker: makes the original.
        code: 票据代码.
        number: 票据号码.

    Returns:
        The document, and when finance endorsed it; None before.

    Raises:
        Refused: `bill.unknown`, `original.not_made`, `details.not_found`.
        NodeFault: `vault.damaged`.
    """
    document = await maker.document_of(code, number)
    bill = node.state.leaf(bill_key(code, number), Bill)
    if bill is None:
        raise Refused("bill.unknown", "no bill has this code and number", "number")
    endorsement = node.state.leaf(endorsement_key(bill.height), Endorsement)
    if endorsement is not None and withheld_reason(endorsement, code, number) is not None:
        endorsement = None
    status = status_of(bill, is_endorsed=endorsement is not None)
    document = replace(document, bill=replace(document.bill, status=status))
    if endorsement is None:
        return document, None
    supervisor = await _supervisor(node, endorsement, bill.height, (code, number))
    return replace(document, supervisor=supervisor), endorsement.time_ms


def status_of(bill: Bill, *, is_endorsed: bool) -> StatusBlock:
    """Return what became of a bill, in the words of the archive standard."""
    paper, books = bill.paper, bill.books
    is_out = paper is not None and paper.state == LIVE
    is_reversed = bill.validity == REVERSED
    red = bill.counterpart if is_reversed else None
    booking = books.bookings[-1] if books is not None and books.bookings else None
    return StatusBlock(
        is_endorsed=is_endorsed,
        is_exchanged=is_out,
        paper_code=paper.code if paper is not None and is_out else "",
        paper_number=paper.number if paper is not None and is_out else "",
        is_reversed=is_reversed,
        reversal_code=red.code if red is not None else "",
        reversal_number=red.number if red is not None else 0,
        is_accounted=booking is not None,
        accounted_date=f"{booking.date:08d}" if booking is not None else "",
        accounted_fen=booking.amount_fen if booking is not None else 0,
    )


async def _supervisor(
    node: Node, endorsement: Endorsement, height: int, name: tuple[str, int]
) -> SupervisorSignature:
    """Return finance's endorsement with the bill's place among its block's faces."""
    made = await bills_of_block(node, height)
    leaves = [merkle.leaf_hash(encode(face_of(item.bill, item.code, item.number))) for item in made]
    index = [(item.code, item.number) for item in made].index(name)
    return SupervisorSignature(
        key_id=endorsement.key_id,
        signature=endorsement.signature,
        height=height,
        faces_root=endorsement.root,
        index=index,
        count=endorsement.count,
        path=tuple(merkle.inclusion_proof(leaves, index)),
        withheld=endorsement.withheld,
    )
