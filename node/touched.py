"""Which bills, orders and documents a block touched, whatever it did to them.

Rule: read from the operations and their results, so that any block can be asked at any time after;
what the things are now stands in their leaves.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.bills import Bill, bill_key
from ledger.block import decode_body, header_hash
from ledger.books import ArchiveBill, BookBill
from ledger.claims import LockClaim, ReleaseClaim, ReverseSettlement, SettleClaim
from ledger.endorsement import EndorseBills
from ledger.holders import RotateHolder
from ledger.issuing import BillIssued, IssueBill, IssueExtras
from ledger.operations import Operation, Result
from ledger.orders import CancelOrder, OpenOrder
from ledger.originals import AnchorOriginals
from ledger.papers import ExchangeForPaper, VoidPaper
from ledger.payments import Payment, RecordPayment, RecordRefund, payment_key
from ledger.publishing import DocumentName, PublishDocument, SupersedeDocument
from ledger.receipt import decode_receipt
from ledger.reversal import BillReversed, ReverseBill
from ledger.state import BillNumber, Facts
from ledger.transaction import decode_transaction
from node.node import Node
from node.open_matters import OrderName, PaymentName

_OF_A_BILL = (
    LockClaim,
    SettleClaim,
    ReleaseClaim,
    ReverseSettlement,
    RotateHolder,
    BookBill,
    ArchiveBill,
    ExchangeForPaper,
    VoidPaper,
)
"""Operations that name one bill and touch nothing else."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a block touched, each thing once and in the order of the block."""

    bills: dict[BillNumber, None] = field(default_factory=dict)
    """Bills by code and number: made, reversed, replaced, claimed, booked, on paper, moved."""
    orders: dict[OrderName, None] = field(default_factory=dict)
    """Orders: opened, paid, refunded, cancelled, billed."""
    payments: dict[PaymentName, None] = field(default_factory=dict)
    """Payments: recorded, refunded."""
    heights: dict[int, None] = field(default_factory=dict)
    """Blocks whose bills were endorsed, or whose originals were anchored."""
    documents: dict[DocumentName, None] = field(default_factory=dict)
    """Documents: published, superseded."""

    def add(self, facts: Facts, sender: str, operation: Operation, result: Result) -> None:
        """Note what one operation touched.

        Args:
            facts: the state after the block, or later.
            sender: who asked.
            operation: what was asked.
            result: what came of it.
        """
        if isinstance(result, BillIssued | BillReversed):
            self.bills[result.code, result.number] = None
        match operation:
            case IssueBill(extras=extras) if extras is not None:
                self._add_extras(sender, extras)
            case ReverseBill():
                self._add_reversed(facts, sender, (operation.code, operation.number))
            case OpenOrder():
                self.orders[OrderName(sender, operation.order)] = None
            case CancelOrder():
                self.orders[OrderName(operation.hospital, operation.order)] = None
            case RecordPayment():
                self.orders[OrderName(operation.payee, operation.order)] = None
                self.payments[PaymentName(sender, operation.reference)] = None
            case RecordRefund():
                self._add_refunded(facts, sender, operation.payment)
            case EndorseBills() | AnchorOriginals():
                self.heights[operation.height] = None
            case _ if isinstance(operation, _OF_A_BILL):
                self.bills[operation.code, operation.number] = None
            case _:
                pass

    def add_document(
        self, name: DocumentName, operation: PublishDocument | SupersedeDocument
    ) -> None:
        """Note a document of this name, and the one that it amends."""
        if isinstance(operation, SupersedeDocument):
            self.documents[operation.old] = None
        self.documents[name] = None

    def _add_extras(self, sender: str, extras: IssueExtras) -> None:
        if extras.replaces is not None:
            self.bills[extras.replaces.code, extras.replaces.number] = None
        if extras.order is not None:
            self.orders[OrderName(sender, extras.order)] = None

    def _add_reversed(self, facts: Facts, sender: str, name: BillNumber) -> None:
        self.bills[name] = None
        bill = facts.leaf(bill_key(*name), Bill)
        if bill is not None and bill.order is not None:
            self.orders[OrderName(sender, bill.order)] = None

    def _add_refunded(self, facts: Facts, sender: str, reference: str) -> None:
        self.payments[PaymentName(sender, reference)] = None
        payment = facts.leaf(payment_key(sender, reference), Payment)
        if payment is not None:
            self.orders[OrderName(payment.payee, payment.order)] = None


async def touched_by(node: Node, height: int) -> Touched:
    """Return what a final block touched; others have their turn between transactions."""
    store, touched = node.store, Touched()
    header = store.header(height)
    assert header is not None, "a final block has its header"
    body = store.body(height, header_hash(header))
    assert body is not None, "a final block has its body"
    for data in decode_body(body).transactions:
        transaction = decode_transaction(data, node.genesis.chain)
        committed = node.outcome(transaction.id).receipt
        assert committed is not None, "a block's transactions have their receipts"
        envelope = transaction.envelope
        pairs: Iterable[tuple[Operation, Result]] = zip(
            envelope.operations, decode_receipt(committed.receipt).results, strict=True
        )
        for index, (operation, result) in enumerate(pairs):
            if isinstance(operation, PublishDocument | SupersedeDocument):
                name = DocumentName(envelope.agency, height, committed.index, index)
                touched.add_document(name, operation)
            else:
                touched.add(node.state, envelope.agency, operation, result)
        await asyncio.sleep(0)
    return touched
