"""The bills that a block made, blue and red, in its order: what finance endorses of it.

Rule: read from the store as it lies, for a leaf proved from the trie costs twenty times as much;
then the faces are compared with the root that the certified state has of them.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from ledger.bills import Bill, Face, bill_key, face_of
from ledger.block import decode_body, header_hash
from ledger.faces import Faces, faces_key, faces_leaf
from ledger.issuing import BillIssued
from ledger.receipt import decode_receipt
from ledger.reversal import BillReversed
from ledger.state import VALUE_SIZE_MAX, BillNumber
from ledger.transaction import decode_transaction
from node.node import Node
from primitives.codec import decode
from primitives.errors import NodeFault

BILLS_PER_SLICE: Final = 50
"""Bills read before others have their turn: about 1 ms."""


@dataclass(frozen=True, slots=True)
class MadeBill:
    """A bill that a block made, with its leaf as it is now."""

    code: str
    """票据代码."""
    number: int
    """票据号码."""
    bill: Bill
    """Its leaf."""


async def faces_of_block(node: Node, height: int) -> tuple[Face, ...]:
    """Return the faces of the bills that a final block made, in its order."""
    recent = node.faces(height)
    if recent is not None:
        return recent
    made = await bills_of_block(node, height)
    return tuple(face_of(item.bill, item.code, item.number) for item in made)


async def bills_of_block(node: Node, height: int) -> list[MadeBill]:
    """Return the bills that a final block made, in its order.

    Raises:
        NodeFault: `state.damaged` when the stored bills are not those of the block.
    """
    found: list[MadeBill] = []
    for code, number in await _numbers(node, height):
        value = node.store.leaf(bill_key(code, number))
        if value is None:
            raise _damaged()
        found.append(MadeBill(code, number, decode(value, Bill, VALUE_SIZE_MAX)))
        if len(found) % BILLS_PER_SLICE == 0:
            await asyncio.sleep(0)
    known = node.state.leaf(faces_key(height), Faces)
    faces = [face_of(made.bill, made.code, made.number) for made in found]
    if known != (faces_leaf(faces) if faces else None):
        raise _damaged()
    return found


async def _numbers(node: Node, height: int) -> list[BillNumber]:
    """Return code and number of the bills that a block made, in its order."""
    store = node.store
    header = store.header(height)
    assert header is not None, "a final block has its header"
    body = store.body(height, header_hash(header))
    assert body is not None, "a final block has its body"
    numbers: list[BillNumber] = []
    for data in decode_body(body).transactions:
        transaction = decode_transaction(data, node.genesis.chain)
        committed = node.outcome(transaction.id).receipt
        assert committed is not None, "a block's transactions have their receipts"
        numbers += [
            (result.code, result.number)
            for result in decode_receipt(committed.receipt).results
            if isinstance(result, BillIssued | BillReversed)
        ]
        await asyncio.sleep(0)
    return numbers


def _damaged() -> NodeFault:
    return NodeFault("state.damaged", "the stored bills are not those of their block", "bills")
