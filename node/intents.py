"""What shall become of a line of the hospital's system: a bill, or an order that is paid first.

Rule: both take the business number (busNo) for ever; an order's number is the number of the bill
that is issued once it is paid. A bill in another's place may reverse that one in the same
transaction, so that there is no moment without either.
"""

import re
from dataclasses import dataclass
from typing import Final

from ledger.bill_details import BillDetails
from ledger.bills import ISSUED, Bill, BillName, DocumentReference, bill_key
from ledger.issuing import InsuranceSettlement, IssueBill, IssueExtras
from ledger.numbering import ExplicitNumber
from ledger.operations import Operation
from ledger.orders import OpenOrder
from ledger.reversal import ReverseBill
from ledger.state import Facts
from primitives.errors import Refused

_ORDER_NUMBER: Final = re.compile(r"[0-9A-Za-z._|*-]{1,50}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Made:
    """What is made for one line before its operation: what the operation cannot do without."""

    check_code: str
    """Of the bill."""
    red_check_code: str
    """Of the red bill, if another bill is reversed with it."""
    document: DocumentReference
    """The sealed line."""
    holder_key: bytes
    """Made for this line alone."""


@dataclass(frozen=True, slots=True)
class BillIntent:
    """The line becomes a bill at once."""

    order: str = ""
    """The order whose money it proves; empty without one, or when `replaces` tells it."""
    replaces: BillName | None = None
    """The reversed bill in whose place it is issued."""
    reversal_reason: str = ""
    """When given, `replaces` is reversed in the same transaction, for this reason."""
    number: ExplicitNumber | None = None
    """In a range marked offline, the number itself."""
    insurance: InsuranceSettlement | None = None
    """The settlement that its fund payment comes from."""

    def check(self, details: BillDetails) -> None:
        """Any line that can be read may become a bill."""

    def operations(self, facts: Facts, details: BillDetails, made: Made) -> tuple[Operation, ...]:
        """Return the operations, the one that the line is sealed for last."""
        old = self._replaced(facts)
        order = self.order or (old.order or "" if old is not None else "")
        extras = IssueExtras(self.number, self.replaces, order or None, self.insurance)
        bill = IssueBill(
            place=details.place,
            kind=details.kind,
            business_number=details.business_number,
            check_code=made.check_code,
            amounts=details.amounts,
            document=made.document,
            holder_key=made.holder_key,
            extras=None if extras == IssueExtras() else extras,
        )
        if self.replaces is None or not self.reversal_reason or (old and old.validity != ISSUED):
            return (bill,)
        name = self.replaces
        reversal = ReverseBill(name.code, name.number, made.red_check_code, self.reversal_reason)
        return (reversal, bill)

    def _replaced(self, facts: Facts) -> Bill | None:
        name = self.replaces
        return None if name is None else facts.leaf(bill_key(name.code, name.number), Bill)


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """The line becomes a charge order (待缴费单); its bill is issued once it is paid."""

    sort: int
    """CHARGE or DEPOSIT of `ledger.orders`."""
    instalments: int
    """How many payments may make the amount due."""
    expiry_ms: int
    """The last time at which it may be paid."""

    def check(self, details: BillDetails) -> None:
        """Refuse with `order.malformed_number` a busNo that no order can have."""
        if _ORDER_NUMBER.fullmatch(details.business_number) is None:
            raise Refused(
                "order.malformed_number",
                "an order's number is 1 to 50 of letters, digits, point, dash, underscore, bar, "
                "star",
                "busNo",
            )

    def operations(self, facts: Facts, details: BillDetails, made: Made) -> tuple[Operation, ...]:
        """Return the operation that opens the order."""
        del facts
        order = OpenOrder(
            order=details.business_number,
            sort=self.sort,
            place=details.place,
            kind=details.kind,
            amounts=details.amounts,
            document=made.document,
            holder_key=made.holder_key,
            instalments=self.instalments,
            expiry_ms=self.expiry_ms,
        )
        return (order,)


Intent = BillIntent | OrderIntent
PLAIN: Final = BillIntent()
"""A bill that needs nothing but a number."""
