"""Orders, payments and refunds, told again from the law."""

from typing import Any

from tests.model.province import Act, Province, need, refuse

Name = tuple[str, int]


def open_order(
    p: Province,
    act: Act,
    order: str,
    deposit: bool,
    terms: tuple[Any, ...],
    instalments: int,
    expiry: int,
) -> None:
    """Open an order; `terms` are place, kind, amounts, document and holder key."""
    amounts = terms[2]
    need(not p.members[act.sender].is_frozen, "the unit is frozen")
    need((act.sender, order) not in p.orders, "an order number serves once")
    need(amounts[0] == sum(amounts[1:]) and min(amounts[1:]) >= 0, "amounts do not add up")
    need(amounts[4] > 0, "nothing is due")
    need(act.now < expiry <= act.now + p.settings.order_life_max_ms, "no such expiry")
    need(instalments <= p.settings.instalments_max, "too many instalments")
    p.orders[act.sender, order] = {
        "deposit": deposit,
        "terms": terms,
        "instalments": instalments,
        "expiry": expiry,
        "state": "open",
        "money": "unpaid",
        "count": 0,
        "paid": 0,
        "paid_at": 0,
        "owed": 0,
        "refunded": 0,
        "due_by": 0,
        "bill": None,
    }


def cancel_order(p: Province, act: Act, hospital: str, order: str) -> None:
    found = p.orders.get((hospital, order))
    if found is None:
        refuse("no such order")
    member = p.members[act.sender]
    own = act.sender == hospital and "hospital" in member.roles
    if found["money"] == "paid":
        late = act.now > found["paid_at"] + p.settings.bill_due_ms
    else:
        late = act.now > found["expiry"]
    need(own or ("provider" in member.roles and late), "not yours to cancel")
    need(found["state"] == "open", "it is not open")
    found["state"] = "cancelled"
    _owe(p, act, found, found["paid"] - found["refunded"])


def bill_order(
    p: Province,
    act: Act,
    order: str,
    terms: tuple[Any, ...],
    replaces: Name | None,
    bill: Name,
    range_first: int,
) -> None:
    """Give an order its bill."""
    found = p.orders.get((act.sender, order))
    if found is None:
        refuse("no such order")
    enough = ("paid", "part_refunded") + (("prepay",) if found["deposit"] else ())
    need(found["state"] in ("open", "reversed") and found["money"] in enough, "not to be billed")
    if found["state"] == "reversed":
        need(replaces is not None and replaces == found["bill"], "name the reversed bill")
    elif not found["deposit"]:
        need(terms == found["terms"], "not what the order said")
    rest = found["paid"] - found["refunded"] - terms[2][4]
    need(rest >= 0, "not covered")
    if found["owed"] and found["bill"] is not None:
        p.range_of(found["bill"])["counts"]["owing"] -= 1
    if rest:
        p.ranges[bill[0], range_first]["counts"]["owing"] += 1
    found["money"] = "paid" if found["money"] == "prepay" else found["money"]
    found["state"], found["bill"] = "billed", bill
    _owe(p, act, found, rest)


def reverse_order(p: Province, act: Act, order: str, bill: Name) -> None:
    """Let an order owe all its money, for its bill is reversed."""
    found = p.orders[act.sender, order]
    held = found["paid"] - found["refunded"]
    if held and not found["owed"]:
        p.range_of(bill)["counts"]["owing"] += 1
    found["state"] = "reversed"
    _owe(p, act, found, held)


def _owe(p: Province, act: Act, order: dict[str, Any], amount: int) -> None:
    since = order["due_by"] or act.now + p.settings.refund_due_ms
    order["owed"], order["due_by"] = amount, since if amount else 0


def record_payment(
    p: Province, act: Act, payee: str, order: str, amount: int, reference: str, paid_at: int
) -> str:
    """Record a payment; return why it is unapplied, or nothing."""
    need((act.sender, reference) not in p.payments, "a reference serves once")
    need(paid_at <= act.now + 500, "in the future")
    found = p.orders.get((payee, order))
    why = _why_not(found, amount, paid_at)
    p.payments[act.sender, reference] = {
        "payee": payee,
        "order": order,
        "amount": amount,
        "applied": not why,
        "why": why,
        "owed": amount if why else 0,
        "due_by": act.now + p.settings.refund_due_ms if why else 0,
        "refunded": 0,
        "reconciled": False,
    }
    if not why:
        assert found is not None
        found["paid"] += amount
        found["count"] += 1
        found["paid_at"] = act.now
        is_full = not found["deposit"] and found["paid"] == found["terms"][2][4]
        found["money"] = "paid" if is_full else "prepay"
    return why


def _why_not(order: dict[str, Any] | None, amount: int, paid_at: int) -> str:
    if order is None:
        return "order_unknown"
    if order["state"] != "open":
        return f"order_{order['state']}"
    if paid_at > order["expiry"]:
        return "order_expired"
    if order["deposit"]:
        return ""
    left = order["terms"][2][4] - order["paid"]
    if left == 0:
        return "order_paid"
    is_part = amount < left and order["count"] + 1 < order["instalments"]
    return "" if amount == left or is_part else "amount_differs"


def record_refund(p: Province, act: Act, payment: str, reference: str, amount: int) -> None:
    need((act.sender, reference) not in p.refunds, "a refund number serves once")
    found = p.payments.get((act.sender, payment))
    if found is None:
        refuse("no such payment")
    need(found["refunded"] + amount <= found["amount"], "more than was paid")
    if found["applied"]:
        _refund_order(p, p.orders[found["payee"], found["order"]], amount)
    else:
        found["owed"] -= amount
        found["due_by"] = found["due_by"] if found["owed"] else 0
    found["refunded"] += amount
    p.refunds[act.sender, reference] = {"payment": payment, "amount": amount}


def _refund_order(p: Province, order: dict[str, Any], amount: int) -> None:
    need(amount <= order["owed"], "so much is not owed")
    order["refunded"] += amount
    order["owed"] -= amount
    order["money"] = "refunded" if order["refunded"] == order["paid"] else "part_refunded"
    if not order["owed"]:
        order["due_by"] = 0
        if order["bill"] is not None:
            p.range_of(order["bill"])["counts"]["owing"] -= 1


def reconcile_payments(p: Province, act: Act, references: list[str]) -> None:
    need(all((act.sender, item) in p.payments for item in references), "no such payment")
    for item in references:
        p.payments[act.sender, item]["reconciled"] = True
