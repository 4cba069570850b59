"""The bills that a block made, blue and red, in its order: what finance endorses of it.

Rule: read from the chain alone, so that any block can be worked on at any time after.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from ledger.bills import Bill, bill_key
from ledger.block import decode_body, header_hash
from ledger.issuing import BillIssued
from ledger.receipt import decode_receipt
from ledger.reversal import BillReversed
from ledger.transaction import decode_transaction
from node.node import Node

BILLS_PER_SLICE: Final = 50
"""Bills read before others have their turn: about 2 ms."""


@dataclass(frozen=True, slots=True)
class MadeBill:
    """A bill that a block made, with its leaf as it is now."""

    code: str
    """票据代码."""
    number: int
    """票据号码."""
    bill: Bill
    """Its leaf."""


async def bills_of_block(node: Node, height: int) -> list[MadeBill]:
    """Return the bills that a final block made, in its order.

    Args:
        node: has the block.
        height: of a block that is final here.
    """
    store = node.store
    header = store.header(height)
    assert header is not None, "a final block has its header"
    body = store.body(height, header_hash(header))
    assert body is not None, "a final block has its body"
    found: list[MadeBill] = []
    seen = 0
    for data in decode_body(body).transactions:
        transaction = decode_transaction(data, node.genesis.chain)
        committed = node.outcome(transaction.id).receipt
        assert committed is not None, "a block's transactions have their receipts"
        for result in decode_receipt(committed.receipt).results:
            seen += 1
            if isinstance(result, BillIssued | BillReversed):
                bill = node.state.leaf(bill_key(result.code, result.number), Bill)
                assert bill is not None, "a bill that was made has its leaf"
                found.append(MadeBill(result.code, result.number, bill))
            if seen % BILLS_PER_SLICE == 0:
                await asyncio.sleep(0)
    return found
