"""What is open on the chain and concerns this agency: orders, debts, locks, work of the node.

An index in memory, derived from the chain alone: built at the start from the leaves, kept by what
each final block changes. It holds what is open and nothing of what is closed: about 300 bytes an
entry, so that a million open orders take 0.3 GB, its written limit. Building it reads every order,
payment, endorsement and leaf of originals once: about 3 s a million of them, in slices.

Rule: a hospital keeps what concerns itself, a payer its own locks, a provider its own payments;
finance and everybody else keep all. What is late is asked with a time, never stored.
"""

import asyncio
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Any, Final, NamedTuple

from ledger.agencies import HOSPITAL, INSURER, PROVIDER_ROLE
from ledger.bills import Bill
from ledger.endorsement import Endorsement, Withheld, endorsement_key
from ledger.faces import Faces
from ledger.orders import CHARGE, DEPOSIT, OPEN, PAID, UNPAID, Order
from ledger.originals import Originals, originals_key
from ledger.payments import Payment
from ledger.ranges import NumberRange
from node.finalizer import FinalBlock
from node.heights import Heights
from node.node import Node
from primitives.codec import Message, decode
from storage.store import StateView

LEAVES_PER_SLICE: Final = 200
"""Leaves read before others have their turn: about 1 ms."""
EXPIRIES_KEPT: Final = 1_000
"""Closed orders whose expiry may still be remembered, beside as many as are open."""
LEAF_SIZE_MAX: Final = 1024 * 1024
_TYPES: Final[dict[bytes, type[Message]]] = {
    b"d": Order,
    b"y": Payment,
    b"b": Bill,
    b"f": Faces,
    b"e": Endorsement,
    b"o": Originals,
}


class OrderName(NamedTuple):
    """Names an order."""

    hospital: str
    """Whose."""
    order: str
    """Its number."""


class OpenOrder(NamedTuple):
    """An order that waits for money or its bill, or whose money is owed back."""

    sort: int
    """CHARGE or DEPOSIT."""
    state: int
    """A state of `ledger.orders.ORDER`."""
    money: int
    """A state of `ledger.orders.MONEY`."""
    expiry_ms: int
    """The last time at which it may be paid."""
    paid_ms: int
    """When its last payment took effect; 0 without one."""
    owed_fen: int
    """What is owed back now."""
    due_by_ms: int
    """When that is due; 0 while nothing is."""

    @property
    def awaits_bill(self) -> bool:
        """Whether it is paid and its bill is to be issued without anybody's asking."""
        return self.sort == CHARGE and self.state == OPEN and self.money == PAID

    @property
    def may_lapse(self) -> bool:
        """Whether it may end once nobody can pay it any more."""
        is_settled_later = self.sort == DEPOSIT and self.money != UNPAID
        return self.state == OPEN and self.money != PAID and not is_settled_later


class PaymentName(NamedTuple):
    """Names a payment."""

    provider: str
    """Who recorded it."""
    reference: str
    """Its number there."""


class UnappliedPayment(NamedTuple):
    """A payment that found no order and is owed back."""

    payee: str
    """The hospital."""
    order: str
    """The order it named."""
    owed_fen: int
    """What is owed back now."""
    due_by_ms: int
    """When that is due."""
    reason: str
    """Why it found no place."""


class HeldLock(NamedTuple):
    """A claim holds a bill."""

    payer: str
    """Who."""
    until_ms: int
    """When its lease ends."""


class OpenMatters:
    """See the module.

    Args:
        node: started.
        agency: whom it must concern.
        roles: of that agency.
    """

    def __init__(self, node: Node, agency: str, roles: tuple[str, ...]) -> None:
        self._node = node
        self._agency = agency
        self._hospital = agency if roles == (HOSPITAL,) else ""
        self._payer = agency if roles == (INSURER,) else ""
        self._provider = agency if roles == (PROVIDER_ROLE,) else ""
        self._newer: set[bytes] | None = None
        self.is_complete = False
        """Whether the start's leaves are all in."""
        self.orders: dict[OrderName, OpenOrder] = {}
        """Those open, and those whose money is owed back."""
        self.paid: dict[OrderName, int] = {}
        """Those that await their bill, with the time of their last payment."""
        self.owing: dict[OrderName, int] = {}
        """Those whose money is owed back, with the time at which it is due."""
        self._expiries: list[tuple[int, OrderName]] = []
        self.unapplied: dict[PaymentName, UnappliedPayment] = {}
        """Payments that are owed back."""
        self.locks: dict[tuple[str, int], HeldLock] = {}
        """By code and number of the bill."""
        self.withheld: dict[int, tuple[Withheld, ...]] = {}
        """By height, the bills that finance withholds its endorsement from."""
        self.unendorsed = Heights()
        """Blocks with bills that finance has not endorsed."""
        self.unanchored = Heights()
        """Blocks with own bills whose originals are not anchored."""
        self.impossible: set[int] = set()
        """Those of them whose originals this node cannot make, as far as this run knows."""

    async def build(self) -> None:
        """Read all that is open from the leaves, while blocks go on; keep it from then on."""
        newer = self._newer = set()
        self._node.watch(self._took)
        with self._node.store.snapshot() as rows:
            for count, (key, value) in enumerate(self._leaves(rows), 1):
                if key not in newer:
                    self._learn(key, decode(value, _TYPES[key[:1]], LEAF_SIZE_MAX))
                if count % LEAVES_PER_SLICE == 0:
                    await asyncio.sleep(0)
            for count, block in enumerate(blocks_with_bills(rows, self._agency), 1):
                self._learn_block(block, newer)
                if count % LEAVES_PER_SLICE == 0:
                    await asyncio.sleep(0)
        self._newer = None
        self.is_complete = True

    def expired(self, before_ms: int, most: int) -> list[OrderName]:
        """Return open orders that could be paid until a time before `before_ms`, at most so many.

        Those that are paid, or are deposits with money on them, wait for their bill instead and are
        not asked about again. Others are returned until they are cancelled.
        """
        found: list[OrderName] = []
        while self._expiries and self._expiries[0][0] < before_ms and len(found) < most:
            found.append(heappop(self._expiries)[1])
        lapsed = [name for name in found if name in self.orders and self.orders[name].may_lapse]
        for name in lapsed:
            heappush(self._expiries, (self.orders[name].expiry_ms, name))
        return lapsed

    def give_up(self, height: int) -> None:
        """Note that the originals of a block cannot be made here."""
        self.unanchored.discard(height)
        self.impossible.add(height)

    def providers_of(self, name: OrderName) -> list[PaymentName]:
        """Return the payments on an order: who owes its money back, and of which payment."""
        return [PaymentName(*found) for found in self._node.store.payments_of(*name)]

    def _leaves(self, rows: StateView) -> Iterator[tuple[bytes, bytes]]:
        """Yield the orders, the payments and the bills that may be locked."""
        yield from rows.leaves(f"d/{self._hospital}/".encode() if self._hospital else b"d/")
        yield from rows.leaves(f"y/{self._provider}/".encode() if self._provider else b"y/")
        for key, value in rows.leaves(b"r/"):
            numbers = decode(value, NumberRange, LEAF_SIZE_MAX)
            if numbers.tally.locked:
                _, code, first = key.split(b"/")
                before = b"b/%b/%010d" % (code, int(first) - 1)
                for bill_key, bill in rows.leaves(b"b/%b/" % code, after=before):
                    if int(bill_key[-10:]) > numbers.last:
                        break
                    yield bill_key, bill

    def _took(self, block: FinalBlock) -> None:
        """Learn what a final block changed."""
        for key, fact in block.executed.draft.facts.items():
            if not self.locks and type(fact) is Bill and fact.claim is None:
                continue  # Most of a full block.
            if key[:1] in _TYPES and key[1:2] == b"/":
                self._learn(key, fact)
                if self._newer is not None:
                    self._newer.add(key)

    def _learn(self, key: bytes, fact: Any) -> None:
        match fact:
            case Bill():
                self._learn_bill(key, fact)
            case Order():
                self._learn_order(key, fact)
            case Payment():
                self._learn_payment(key, fact)
            case Faces():
                self._learn_faces(int(key[2:]), fact)
            case Endorsement():
                self._learn_endorsement(int(key[2:]), fact)
            case Originals():
                _, height, issuer, _ = key.split(b"/")
                if issuer.decode() == self._agency:
                    self.unanchored.discard(int(height))
                    self.impossible.discard(int(height))
            case _:
                raise AssertionError("the types of leaves are those above")

    def _learn_bill(self, key: bytes, bill: Bill) -> None:
        name = (key[2:10].decode(), int(key[11:]))
        lock = None if bill.claim is None else bill.claim.lock
        concerns = lock is not None and (
            self._payer in ("", lock.payer) and self._hospital in ("", bill.issuer)
        )
        if lock is not None and concerns:
            self.locks[name] = HeldLock(lock.payer, lock.until_ms)
        else:
            self.locks.pop(name, None)

    def _learn_order(self, key: bytes, order: Order) -> None:
        _, hospital, number, _ = key.decode().split("/")
        name = OrderName(hospital, number)
        concerns = self._hospital in ("", hospital)
        if not concerns or (order.state != OPEN and not order.owed_fen):
            for kept in (self.orders, self.paid, self.owing):
                kept.pop(name, None)
            return
        known = self.orders.get(name)
        matter = self.orders[name] = OpenOrder(
            order.sort,
            order.state,
            order.money,
            order.expiry_ms,
            order.paid_ms,
            order.owed_fen,
            order.due_by_ms,
        )
        if known is None and matter.state == OPEN:
            self._remember_expiry(order.expiry_ms, name)
        if matter.awaits_bill:
            self.paid[name] = matter.paid_ms
        else:
            self.paid.pop(name, None)
        if matter.owed_fen:
            self.owing[name] = matter.due_by_ms
        else:
            self.owing.pop(name, None)

    def _remember_expiry(self, expiry_ms: int, name: OrderName) -> None:
        """Note when an order lapses; those that are closed are forgotten now and then."""
        if len(self._expiries) > 2 * len(self.orders) + EXPIRIES_KEPT:
            self._expiries = [item for item in self._expiries if item[1] in self.orders]
            heapify(self._expiries)
        heappush(self._expiries, (expiry_ms, name))

    def _learn_payment(self, key: bytes, payment: Payment) -> None:
        _, provider, reference, _ = key.decode().split("/")
        name = PaymentName(provider, reference)
        concerns = self._provider in ("", provider) and self._hospital in ("", payment.payee)
        if payment.owed_fen and concerns:
            self.unapplied[name] = UnappliedPayment(
                payment.payee,
                payment.order,
                payment.owed_fen,
                payment.due_by_ms,
                payment.reason,
            )
        else:
            self.unapplied.pop(name, None)

    def _learn_faces(self, height: int, faces: Faces) -> None:
        self.unendorsed.add(height)
        if self._agency in dict(faces.issuers):
            self.unanchored.add(height)

    def _learn_endorsement(self, height: int, endorsement: Endorsement) -> None:
        self.unendorsed.discard(height)
        if endorsement.withheld:
            self.withheld[height] = endorsement.withheld
        else:
            self.withheld.pop(height, None)

    def _learn_block(self, block: "BlockWithBills", newer: set[bytes]) -> None:
        """Learn of a block from the start's leaves what no newer block changed."""
        key = endorsement_key(block.height)
        if key not in newer:
            if block.endorsement is None:
                self.unendorsed.add(block.height)
            else:
                self._learn_endorsement(block.height, block.endorsement)
        is_open = block.is_own and not block.is_anchored
        if is_open and originals_key(block.height, self._agency) not in newer:
            self.unanchored.add(block.height)


class BlockWithBills(NamedTuple):
    """A block that made bills."""

    height: int
    """Its height."""
    endorsement: Endorsement | None
    """Finance's, if there is one."""
    is_own: bool
    """Whether bills of the agency are in it."""
    is_anchored: bool
    """Whether their originals are anchored."""


def blocks_with_bills(rows: StateView, agency: str) -> Iterator[BlockWithBills]:
    """Yield all blocks that made bills, ascending, by reading three kinds of leaves side by side.

    Args:
        rows: the leaves.
        agency: whose bills and originals are asked for.
    """
    endorsements = ((int(key[2:]), value) for key, value in rows.leaves(b"e/"))
    own = b"/%b/" % agency.encode()
    anchored = (int(key[2:14]) for key, _ in rows.leaves(b"o/") if key[14:] == own)
    endorsed, value = next(endorsements, (-1, b""))
    anchored_height = next(anchored, -1)
    for key, faces in rows.leaves(b"f/"):
        height = int(key[2:])
        issuers = decode(faces, Faces, LEAF_SIZE_MAX).issuers
        is_anchored = anchored_height == height
        found = decode(value, Endorsement, LEAF_SIZE_MAX) if endorsed == height else None
        yield BlockWithBills(height, found, agency in dict(issuers), is_anchored)
        if found is not None:
            endorsed, value = next(endorsements, (-1, b""))
        if is_anchored:
            anchored_height = next(anchored, -1)
