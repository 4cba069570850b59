"""A town in which money moves: hospital and finance act by themselves, a bank records.

The fourth agency, health, is here the bank (a payment provider) and a second insurer.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from ledger.agencies import PROVIDER, AgencyKey
from ledger.genesis import write_genesis
from ledger.operations import Operation
from ledger.orders import CHARGE, Order, order_key
from ledger.parameters import Parameters
from ledger.payments import RecordPayment, RecordRefund
from ledger.ranges import AllotNumbers
from node.answers import CommittedReceipt
from node.intents import PLAIN, Intent, OrderIntent
from node.slots import IssuedAt, OpenedAt, Slot
from primitives.errors import HouseError
from primitives.signing import key_id
from tests.support.network import Weather
from tests.support.office import PLACE, Office, line
from tests.support.town import Town
from tests.support.virtual_loop import machine
from tests.support.world import AGENCIES, EPOCH_MS, SeededSigner, agency_of, seed_bytes

BANK = "health"
DUE_FEN = 600
"""The own payment of `line`."""
DAY_MS = 86_400_000
RULES = Parameters(
    round_timeout_ms=500, statutory_payers=(("health", 3), ("insurance", 1)), heartbeat_ms=5_000
)


def market_genesis(parameters: Parameters = RULES) -> bytes:
    """Return a genesis whose agency health is a provider and an insurer, too."""
    agencies = []
    for place, name in enumerate(AGENCIES):
        agency = agency_of(name, place)
        if name == BANK:
            public = SeededSigner(name).public_key(PROVIDER)
            key = AgencyKey(key_id(public), PROVIDER, 1, public)
            roles = ("insurer", "health", "provider")
            agency = msgspec.structs.replace(agency, roles=roles, keys=(*agency.keys, key))
        agencies.append((name, agency))
    return write_genesis(
        name="market",
        time_ms=EPOCH_MS - 1_000,
        parameters=parameters,
        agencies=agencies,
        validators=AGENCIES,
    )


class Market(Town):
    """Four nodes with offices, all of which act by themselves."""

    def __init__(
        self, seed: int = 1, *, weather: Weather | None = None, parameters: Parameters = RULES
    ) -> None:
        super().__init__(seed, weather=weather, genesis=market_genesis(parameters))
        self.offices: dict[str, Office] = {}

    async def open(self, last: int = 1_000_000) -> None:
        """Start everything and allot inpatient numbers to the hospital."""
        await self.start()
        for agency in AGENCIES:
            await self.staff(agency)
        allot = AllotNumbers("hospital", PLACE, "02", "46060226", 1, last)
        await self.hand_in("finance", allot)
        await self.level()

    async def staff(self, agency: str) -> None:
        """Open an agency's office beside its running node, as the program does."""
        office = Office(self[agency])
        await office.open()
        office.act()
        self.offices[agency] = office

    async def restart(self, agency: str) -> None:
        """Start a crashed machine again."""
        await self[agency].start()
        self.checker.restarted(agency, self[agency].running.head.height)
        await self.staff(agency)

    async def hand_in(
        self, agency: str, *operations: Operation, purpose: str = "desk"
    ) -> CommittedReceipt:
        """Have operations committed at an agency's node."""
        desk = self.offices[agency].services.desk
        transaction = desk.transaction(operations, purpose)
        node = self[agency].running
        submission = node.submit(transaction.data)
        if submission.refusal is not None:
            raise submission.refusal
        receipt = await node.wait(transaction.id, 20_000)
        assert receipt is not None, "it is not final in time"
        return receipt

    async def order(
        self, *numbers: str, sort: int = CHARGE, instalments: int = 1, life_ms: int = DAY_MS
    ) -> None:
        """Open an order for each number."""
        expiry_ms = self["hospital"].clock.now_ms() + life_ms
        intent = OrderIntent(sort, instalments, expiry_ms)
        lines = [line(number) for number in numbers]
        answers = await self.offices["hospital"].services.issuing.issue(lines, 20_000, intent)
        for answer in answers:
            assert isinstance(answer, Slot), answer
            assert isinstance(answer.outcome, OpenedAt), answer.outcome

    async def send_lines(self, lines: Sequence[bytes], intent: Intent = PLAIN) -> None:
        """Send lines until each has its bill or order, as the hospital's system would.

        A request dies with the node that serves it.
        """
        while True:
            name = machine.set("hospital")
            try:
                issuing = self.offices["hospital"].services.issuing
                task = asyncio.get_running_loop().create_task(issuing.issue(lines, 2_000, intent))
            finally:
                machine.reset(name)
            await asyncio.wait({task}, timeout=5)
            if task.done() and not task.cancelled() and task.exception() is None:
                answers = task.result()
                slots = [answer for answer in answers if isinstance(answer, Slot)]
                ends = [slot.outcome for slot in slots]
                if len(ends) == len(lines) and all(
                    isinstance(end, IssuedAt | OpenedAt) for end in ends
                ):
                    return
            task.cancel()
            await asyncio.sleep(0.3)

    async def pay(self, number: str, reference: str, amount_fen: int = DUE_FEN) -> None:
        """Have a payment recorded, whatever it finds; a second record of it changes nothing."""
        await self.record(RecordPayment(
            "hospital", number, amount_fen, reference, self[BANK].clock.now_ms(),
            seed_bytes("notice", reference),
        ))  # fmt: skip

    async def refund(self, payment: str, amount_fen: int) -> None:
        """Have a refund recorded."""
        await self.record(RecordRefund(
            payment, f"r-{payment}", amount_fen, self[BANK].clock.now_ms(),
            seed_bytes("refund", payment),
        ))  # fmt: skip

    async def record(self, operation: RecordPayment | RecordRefund) -> None:
        """Hand a fact in at the bank's node until it stands on the chain."""
        done = ("payment.recorded", "refund.recorded")
        await self.insist(BANK, operation, purpose="provider", done=done)

    async def insist(
        self, agency: str, operation: Operation, *, purpose: str = "desk", done: Sequence[str]
    ) -> None:
        """Hand an operation in at an agency's node until it is final, whatever dies meanwhile.

        Args:
            agency: whose operation it is.
            operation: what is wanted.
            purpose: of the key that signs it.
            done: the refusals that say it is settled already.
        """
        while True:
            node = self[agency].node
            desk = self.offices[agency].services.desk
            transaction = desk.transaction([operation], purpose)
            try:
                refusal = node.submit(transaction.data).refusal if node is not None else None
                if node is None:
                    await asyncio.sleep(0.2)
                elif refusal is None:
                    if await node.wait(transaction.id, 2_000) is not None:
                        return
                elif refusal.code in done:
                    return
                else:
                    assert refusal.code == "transaction.name_waiting", refusal
                    await asyncio.sleep(0.2)
            except HouseError:
                await asyncio.sleep(0.2)

    def order_leaf(self, number: str, at: str = "hospital") -> Order:
        """Return an order as a node knows it."""
        order = self[at].running.state.leaf(order_key("hospital", number), Order)
        assert order is not None, "there is no such order"
        return order

    def order_leaves(self, numbers: Sequence[str]) -> list[Order]:
        """Return orders as the hospital's node knows them."""
        return [self.order_leaf(number) for number in numbers]
