"""How each cell of orders, their money and payments is executed."""

import msgspec

from ledger.orders import (
    DEPOSIT,
    MONEY,
    ORDER,
    REVERSED,
    OpenOrder,
    Order,
    order_key,
)
from ledger.payments import PAYMENT, Payment, ReconcilePayments, payment_key
from tests.support.cells import Extra, Life, Offer, Way, offering, tries
from tests.support.ledgers import Chain, issue
from tests.support.lives import (
    bill_of_order,
    cancel,
    open_order,
    pay,
    refund,
    replacing,
    reverse,
)

OWN = 6110
"""What the patient owes of the made-up bill."""


def order_at(chain: Chain) -> Order:
    return chain.fact(order_key("hospital", "o-1"), Order)


def opened(chain: Chain, sort: int = 0) -> OpenOrder:
    order = open_order(chain, "o-1", sort=sort)
    chain.accept("hospital", order)
    return order


def paying(*amounts_fen: int, sort: int = 0) -> Way:
    """Return the way to an order that so much was paid on."""

    def way(chain: Chain) -> OpenOrder:
        order = opened(chain, sort)
        for place, amount_fen in enumerate(amounts_fen, 1):
            chain.accept("bank", pay(chain, "o-1", amount_fen, f"p-{place}"))
        return order

    return way


def cancelled(*amounts_fen: int, back_fen: int = 0) -> Way:
    """Return the way to a cancelled order that so much was paid on, and paid back."""

    def way(chain: Chain) -> OpenOrder:
        order = paying(*amounts_fen)(chain)
        chain.accept("hospital", cancel("o-1"))
        if back_fen:
            chain.accept("bank", refund(chain, "p-1", back_fen, "f-1"))
        return order

    return way


def billed(*, is_reversed: bool = False, back_fen: int = 0, sort: int = 0) -> Way:
    """Return the way to an order with its bill, which may be reversed and its money paid back."""

    def way(chain: Chain) -> OpenOrder:
        order = paying(OWN, sort=sort)(chain)
        chain.accept("hospital", bill_of_order(order, "a"))
        if is_reversed:
            chain.accept("hospital", reverse(1))
        if back_fen:
            chain.accept("bank", refund(chain, "p-1", back_fen, "f-1"))
        return order

    return way


def bill_it(chain: Chain, order: OpenOrder) -> str | None:
    """Offer the order's bill, or the one for what is held after a reversal."""
    operation = bill_of_order(order, "z")
    leaf = order_at(chain)
    if leaf.state == REVERSED:
        held_fen = leaf.paid_fen - leaf.refunded_fen
        amounts = issue("z", (held_fen, 0, 0, 0, held_fen)).amounts
        operation = replacing(msgspec.structs.replace(operation, amounts=amounts), 1)
    return tries(chain, "hospital", operation)


ORDERS = Life(
    ORDER,
    lambda chain, _: order_at(chain).state,
    {
        "open": paying(OWN),
        "cancelled": cancelled(OWN),
        "billed": billed(),
        "reversed": billed(is_reversed=True),
    },
    {
        "OpenOrder": offering("hospital", lambda _chain, order: order),
        "RecordPayment": offering("bank", lambda chain, _: pay(chain, "o-1", OWN, "p-9")),
        "CancelOrder": offering("hospital", lambda _chain, _: cancel("o-1")),
        "IssueBill": bill_it,
        "ReverseBill": offering("hospital", lambda _chain, _: reverse(1)),
    },
    (Extra("open", "RecordPayment", paying()),),
)


def pays(amount_fen: int) -> Offer:
    return offering("bank", lambda chain, _: pay(chain, "o-1", amount_fen, "p-9"))


def pays_back(amount_fen: int) -> Offer:
    return offering("bank", lambda chain, _: refund(chain, "p-1", amount_fen, "f-9"))


FUNDS = Life(
    MONEY,
    lambda chain, _: order_at(chain).money,
    {
        "unpaid": paying(),
        "prepay": paying(100),
        "paid": paying(OWN),
        "part_refunded": billed(is_reversed=True, back_fen=10),
        "refunded": billed(is_reversed=True, back_fen=OWN),
    },
    {
        "RecordPayment": pays(100),
        "BillCharge": bill_it,
        "BillDeposit": bill_it,
        "RecordRefund": pays_back(10),
    },
    (
        Extra("unpaid", "RecordPayment", paying(), pays(OWN), instead=False),
        Extra("prepay", "RecordPayment", paying(100), pays(OWN - 100), instead=False),
        Extra("unpaid", "BillDeposit", paying(sort=DEPOSIT)),
        Extra("prepay", "BillDeposit", paying(OWN, sort=DEPOSIT)),
        Extra("paid", "BillDeposit", billed(is_reversed=True, sort=DEPOSIT)),
        Extra("part_refunded", "BillDeposit", billed(is_reversed=True, back_fen=9, sort=DEPOSIT)),
        Extra("refunded", "BillDeposit", billed(is_reversed=True, back_fen=OWN, sort=DEPOSIT)),
        Extra("prepay", "RecordRefund", cancelled(100)),
        Extra("prepay", "RecordRefund", cancelled(100), pays_back(100)),
        Extra("paid", "RecordRefund", cancelled(OWN)),
        Extra("paid", "RecordRefund", cancelled(OWN), pays_back(OWN)),
        Extra(
            "part_refunded",
            "RecordRefund",
            cancelled(OWN, back_fen=10),
            pays_back(OWN - 10),
            instead=False,
        ),
    ),
)


def unapplied(chain: Chain) -> None:
    chain.accept("bank", pay(chain, "nothing", OWN, "p-1"))


PAYMENTS = Life(
    PAYMENT,
    lambda chain, _: chain.fact(payment_key("bank", "p-1"), Payment).state,
    {"applied": cancelled(OWN), "unapplied": unapplied},
    {
        "RecordRefund": pays_back(10),
        "ReconcilePayments": offering(
            "bank", lambda _chain, _: ReconcilePayments(("p-1",), bytes(32))
        ),
    },
)
