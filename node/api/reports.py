"""Finance's view, computed from the leaves: every number, every day, everything that is open.

Rule: a report adds up what the chain certifies and nothing else; whoever runs a node gets the same.
"""

import asyncio
from collections.abc import Iterator

from ledger.bills import Bill
from ledger.checks import parameters_of
from ledger.day_totals import DayTotal
from ledger.endorsement import Endorsement
from ledger.orders import CANCELLED, OPEN, PAID, Order
from ledger.payments import UNAPPLIED, Payment
from ledger.ranges import NumberRange as RangeLeaf
from node.api import report_answers as answers
from node.api.call import Call, Services
from node.api.encoding import base64url
from node.api.pages import LEAF_SIZE_MAX, SCAN_MAX, page_of, parts_of, read_page
from node.api.ranges import all_ranges
from primitives.codec import decode

SUMMED = (
    *("allotted", "blue", "red", "void", "unused", "gaps", "blue_fen", "red_fen"),
    *("locked", "withheld", "owing"),
)
"""What a unit's ranges are added up in."""
_Matters = Iterator[tuple[bytes, list[answers.OpenMatter]]]
"""A state key that was looked at, and what is open there."""


async def get_ranges_report(call: Call) -> answers.RangesReport:
    """Return what became of every number that was allotted; filter: unit."""
    unit, height = call.text("unit"), call.services.node.head.height
    items = [item async for item in all_ranges(call) if unit in ("", item.unit)]
    units: dict[str, list[answers.NumberRange]] = {}
    for item in items:
        units.setdefault(item.unit, []).append(item)
    sums = [
        answers.UnitSums(
            unit=name,
            ranges=len(ranges),
            **{field: sum(getattr(item, field) for item in ranges) for field in SUMMED},
        )
        for name, ranges in sorted(units.items())
    ]
    return answers.RangesReport(height=height, items=items, units=sums)


async def get_days_report(call: Call) -> answers.DaysReport:
    """Return a page of what units made a day; filters: unit, first and last day."""
    unit, first, last = call.text("unit"), call.text("first"), call.text("last")

    def read(key: bytes, value: bytes) -> answers.DayReport | None:
        of, date = parts_of(key)
        if date < first or (last and date > last):
            return None
        total = decode(value, DayTotal, LEAF_SIZE_MAX)
        return answers.DayReport(
            unit=of,
            date=date,
            blue=total.blue,
            red=total.red,
            blue_fen=total.blue_fen,
            red_fen=total.red_fen,
        )

    prefix = f"t/{unit}/" if unit else "t/"
    items, following = await read_page(call, prefix.encode(), read)
    return answers.DaysReport(items=items, next=following)


async def get_open_report(call: Call) -> answers.OpenReport:
    """Return a page of what somebody must still settle, by state key."""
    page, services = page_of(call), call.services
    items: list[answers.OpenMatter] = []
    for seen, (key, matters) in enumerate(_matters(services, page.after), 1):
        items += matters
        if len(items) >= page.limit or seen >= SCAN_MAX:
            return answers.OpenReport(items=items, next=base64url(key))
        if seen % 100 == 0:
            await asyncio.sleep(0)
    return answers.OpenReport(items=items, next=None)


def _matters(services: Services, after: bytes) -> _Matters:
    """Yield what is open above a state key, kind by kind, in the order of their keys."""
    now_ms = services.node.head.time_ms
    bill_due_ms = parameters_of(services.view).bill_due_ms
    yield from _locks(services, after, now_ms)
    for key, value in services.store.leaves(b"d/", after=_above(after, b"d/")):
        yield key, _of_order(key, decode(value, Order, LEAF_SIZE_MAX), now_ms, bill_due_ms)
    for key, value in services.store.leaves(b"e/", after=_above(after, b"e/")):
        yield key, _of_endorsement(key, decode(value, Endorsement, LEAF_SIZE_MAX))
    for key, value in services.store.leaves(b"y/", after=_above(after, b"y/")):
        yield key, _of_payment(key, decode(value, Payment, LEAF_SIZE_MAX), now_ms)


def _above(after: bytes, prefix: bytes) -> bytes:
    """Return where to go on below a prefix: at its beginning when the last key lies before it."""
    return after if after[:2] >= prefix else b""


def _locks(services: Services, after: bytes, now_ms: int) -> _Matters:
    """Yield the locks past their lease, in the ranges that have locked bills at all."""
    if after[:2] > b"b/":
        return
    for range_key, value in services.store.leaves(b"r/"):
        numbers = decode(value, RangeLeaf, LEAF_SIZE_MAX)
        code, first = parts_of(range_key)
        end = b"b/%b/%010d" % (code.encode(), numbers.last)
        start = b"b/%b/%010d" % (code.encode(), int(first) - 1)
        if not numbers.tally.locked or end <= after:
            continue
        for key, leaf in services.store.leaves(b"b/%b/" % code.encode(), after=max(start, after)):
            if key > end:
                break
            yield key, _of_bill(key, decode(leaf, Bill, LEAF_SIZE_MAX), now_ms)


def _of_bill(key: bytes, bill: Bill, now_ms: int) -> list[answers.OpenMatter]:
    lock = bill.claim.lock if bill.claim is not None else None
    if lock is None or now_ms < lock.until_ms:
        return []
    code, number = parts_of(key)
    return [
        answers.OpenMatter(
            matter="lock_past_lease",
            key=key.decode(),
            agency=lock.payer,
            since_ms=lock.until_ms,
            late=True,
            code=code,
            number=number,
            amount_fen=lock.amount_fen,
            reason=lock.purpose,
        )
    ]


def _of_order(key: bytes, order: Order, now_ms: int, bill_due_ms: int) -> list[answers.OpenMatter]:
    hospital, number = parts_of(key)
    found = []
    if order.state == OPEN and order.money == PAID:
        found.append(
            answers.OpenMatter(
                matter="order_without_bill",
                key=key.decode(),
                agency=hospital,
                since_ms=order.paid_ms,
                late=now_ms > order.paid_ms + bill_due_ms,
                reference=number,
                amount_fen=order.paid_fen,
            )
        )
    if order.owed_fen:
        found.append(
            answers.OpenMatter(
                matter="refund_due",
                key=key.decode(),
                agency=hospital,
                since_ms=order.due_by_ms,
                late=now_ms > order.due_by_ms,
                reference=number,
                amount_fen=order.owed_fen,
                reason="order_cancelled" if order.state == CANCELLED else "order_overpaid",
            )
        )
    return found


def _of_endorsement(key: bytes, endorsement: Endorsement) -> list[answers.OpenMatter]:
    return [
        answers.OpenMatter(
            matter="withheld",
            key=key.decode(),
            agency=endorsement.agency,
            since_ms=endorsement.time_ms,
            late=False,
            code=item.code,
            number=f"{item.number:010d}",
            reason=item.reason,
        )
        for item in endorsement.withheld
    ]


def _of_payment(key: bytes, payment: Payment, now_ms: int) -> list[answers.OpenMatter]:
    if payment.state != UNAPPLIED or not payment.owed_fen:
        return []
    provider, reference = parts_of(key)
    return [
        answers.OpenMatter(
            matter="payment_unapplied",
            key=key.decode(),
            agency=provider,
            since_ms=payment.due_by_ms,
            late=now_ms > payment.due_by_ms,
            reference=reference,
            amount_fen=payment.owed_fen,
            reason=payment.reason,
        )
    ]
