"""What must hold whatever happens: asked of the ledger's own state, in plain words.

Source: the law's invariants of ranges, papers, claims, documents and money.
"""

from typing import Any

from tests.model.reading import Plain

Name = tuple[str, int]


def check(state: Plain) -> None:
    """Assert every invariant of a state as `tests.model.reading` tells it."""
    tables: dict[str, dict[tuple[Any, ...], Any]] = {}
    for name, content in state.items():
        tables.setdefault(name[0], {})[name[1:]] = content
    bills = tables.get("bill", {})
    _ranges_never_overlap(tables.get("range", {}))
    _each_number_stays_with_its_owner(tables.get("range", {}), bills, tables.get("burnt", {}))
    for name, bill in bills.items():
        _claims_stay_within_the_burden(bill)
        _red_mirrors_blue(name, bill, bills)
    orders = tables.get("order", {})
    for name, order in orders.items():
        _a_paid_order_has_one_live_bill_or_owes_and_pays_back(name, order, bills)
    _amendments_are_lines_linked_both_ways(tables.get("document", {}))
    _money_is_conserved(orders, tables.get("payment", {}), tables.get("refund", {}))


def _ranges_never_overlap(ranges: dict[tuple[Any, ...], Any]) -> None:
    last_of: dict[str, int] = {}
    for code, first in sorted(ranges):
        assert first > last_of.get(code, 0)
        last_of[code] = ranges[code, first][3]


def _each_number_stays_with_its_owner(
    ranges: dict[tuple[Any, ...], Any], bills: dict[Any, Any], burnt: dict[Any, Any]
) -> None:
    assert not bills.keys() & burnt.keys()
    used: dict[tuple[str, int], list[int]] = {}
    for (code, number), bill in bills.items():
        first = bill[8]
        unit, place, kind, last = ranges[code, first][:4]
        assert first <= number <= last
        assert (unit, place, kind) == (bill[0], bill[1], bill[2])
        used.setdefault((code, first), []).append(bill[4][0])
    for name, r in ranges.items():
        blue, red, void, blue_fen, red_fen, *open_ = r[7]
        totals = used.get(name, [])
        assert len(totals) == blue + red
        assert sum(totals) == blue_fen + red_fen
        assert blue + red + void <= r[3] - name[1] + 1
        assert min(open_) >= 0


def _claims_stay_within_the_burden(bill: Any) -> None:
    paid = [item for item in bill[17] if not item[4]]
    assert sum(item[2] for item in paid) <= max(0, bill[4][3] + bill[4][4])
    classes = [item[1] for item in paid]
    assert len(classes) == len(set(classes))


def _red_mirrors_blue(name: Name, bill: Any, bills: dict[Name, Any]) -> None:
    if bill[10] == "issued":
        assert bill[11] is None
        return
    other = bills[bill[11]]
    assert other[11] == name
    assert {bill[10], other[10]} == {"red", "reversed"}
    assert all(mine == -theirs for mine, theirs in zip(bill[4], other[4], strict=True))


def _a_paid_order_has_one_live_bill_or_owes_and_pays_back(
    name: tuple[str, str], order: Any, bills: dict[Name, Any]
) -> None:
    state, money, paid, owed, refunded, bill = (order[i] for i in (4, 5, 7, 9, 10, 12))
    live = [b for b in bills.values() if (b[0], b[14], b[10]) == (*name, "issued")]
    assert len(live) <= 1
    assert bool(live) == (state == "billed")
    if state == "billed":
        assert live[0] is bills[bill]
        assert paid - refunded == live[0][4][4] + owed
    elif state in ("cancelled", "reversed"):
        assert paid - refunded == owed
    else:
        assert owed == refunded == 0
    assert (money == "refunded") == (paid == refunded > 0)
    assert bool(order[11]) == bool(owed)


def _amendments_are_lines_linked_both_ways(documents: dict[tuple[Any, ...], Any]) -> None:
    """Each line begins once, never branches, and its newest document alone is in force."""
    firsts = newest = 0
    for name, (*_, before, after, state) in documents.items():
        firsts += before is None
        newest += state == "published"
        assert (state == "published") == (after is None)
        for other, place in ((before, -2), (after, -3)):
            assert other is None or (documents[other][place], other[0]) == (name, name[0])
        assert before is None or before[1:] < name[1:]
    assert firsts == newest


def _money_is_conserved(
    orders: dict[Any, Any], payments: dict[Any, Any], refunds: dict[Any, Any]
) -> None:
    into: dict[Any, list[int]] = {}
    back: dict[Any, int] = {}
    for (provider, _), (payment, amount) in refunds.items():
        back[provider, payment] = back.get((provider, payment), 0) + amount
    for name, (payee, order, amount, applied, *_, refunded, _) in payments.items():
        assert refunded == back.get(name, 0) <= amount
        if applied:
            sums = into.setdefault((payee, order), [0, 0])
            sums[0] += amount
            sums[1] += refunded
        else:
            assert payments[name][5] == amount - refunded
    for name, order in orders.items():
        assert [order[7], order[10]] == into.get(name, [0, 0])
