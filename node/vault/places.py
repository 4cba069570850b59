"""Where the details of a bill or an order, or a record, are sealed, asked of the chain.

Rule: a bill that an order was paid for has the order's document, a red bill its blue one's; nothing
is sealed twice. A document holds its list lines as long as what it was sealed for counts.
"""

from ledger.bills import ISSUED, RED, Bill, bill_key
from ledger.issuing import IssueBill
from ledger.orders import BILLED, OPEN, OpenOrder, Order, order_key
from ledger.publishing import DocumentName
from ledger.state import Facts
from node.vault.packs import SealedPlace


def sealed_place(facts: Facts, bill: Bill) -> SealedPlace:
    """Return where a bill's details were sealed."""
    blue = bill
    if bill.validity == RED:
        assert bill.counterpart is not None, "a red bill names its blue one"
        found = facts.leaf(bill_key(bill.counterpart.code, bill.counterpart.number), Bill)
        assert found is not None, "a bill's counterpart has its leaf"
        blue = found
    if blue.order is not None:
        order = facts.leaf(order_key(blue.issuer, blue.order), Order)
        if order is not None and order.document == blue.document:
            return place_of_order(order)
    return _place_of(blue)


def place_of_order(order: Order) -> SealedPlace:
    """Return where an order's details were sealed."""
    return _place_of(order)


def place_of_document(name: DocumentName) -> SealedPlace:
    """Return where a record was sealed: its name says it."""
    return SealedPlace(name.height, name.transaction_index, name.operation_index)


def holds_lines(
    facts: Facts, agency: str, operation: IssueBill | OpenOrder, place: SealedPlace
) -> bool:
    """Tell whether what was sealed for an operation still counts, so that it holds its list lines.

    Args:
        facts: the present state.
        agency: who sealed it.
        operation: what was sealed.
        place: where the operation stands in the chain.
    """
    if isinstance(operation, IssueBill):
        number = facts.bill_of(agency, operation.business_number)
        bill = None if number is None else facts.leaf(bill_key(*number), Bill)
        return bill is not None and bill.validity == ISSUED and _place_of(bill) == place
    order = facts.leaf(order_key(agency, operation.order), Order)
    if order is None or order.state not in (OPEN, BILLED):
        return False
    if order.bill is None:
        return True
    bill = facts.leaf(bill_key(order.bill.code, order.bill.number), Bill)
    return bill is not None and bill.document == order.document


def _place_of(thing: Bill | Order) -> SealedPlace:
    return SealedPlace(thing.height, thing.transaction_index, thing.operation_index)
