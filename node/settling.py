"""Transactions of bills, orders and records on their way, followed until they are final or dead.

Rule: a pack is at its place in the vault, its lines recorded, before anybody hears that its bills
are issued or its records published. What a crash leaves waiting is handed in again, byte for byte.
"""

import asyncio
from collections.abc import Mapping, Sequence

from ledger.issuing import BillIssued
from ledger.operations import Result
from ledger.orders import Order, order_key
from ledger.publishing import DocumentName, is_superseded
from ledger.receipt import decode_receipt
from ledger.transaction import Transaction, decode_transaction
from node.answers import CommittedReceipt, Outcome
from node.node import Node
from node.ports import Executor, Journal
from node.slots import IssuedAt, Made, OnTheWay, OpenedAt, PublishedAt, Slot, slot_of
from node.vault.packs import PackedDocument
from node.vault.store import Vault
from primitives.errors import HouseError, Refused, Unavailable


class Settling:
    """What waits for the chain's decision.

    Args:
        node: knows the outcomes.
        vault: keeps the packs.
        vault_thread: where its disk work runs.
        chain: the chain id.
        agency: the issuer.
        journal: for what an operator wants to know.
    """

    def __init__(
        self,
        node: Node,
        vault: Vault,
        *,
        vault_thread: Executor,
        chain: bytes,
        agency: str,
        journal: Journal,
    ) -> None:
        self._node = node
        self._vault = vault
        self._thread = vault_thread
        self._chain = chain
        self._agency = agency
        self._journal = journal
        self.slots: dict[str, Slot] = {}
        """Business numbers on their way."""
        self._on_the_way: dict[bytes, OnTheWay] = {}
        self._height = 0
        self._moved = asyncio.Event()

    async def start(self) -> None:
        """Count the records that the chain has, and reconcile what waits from an earlier run."""
        self._height = self._node.head.height
        for transaction_id in await self._thread.run(self._look):
            await self._restore(transaction_id)
        await self._follow(self._height)

    def _look(self) -> list[bytes]:
        """Count the chain's records; return the ids of the transactions that wait (disk)."""
        self._vault.space.count(self._node.store.leaves(f"j/{self._agency}/".encode()))
        return self._vault.shelf.waiting()

    async def run(self) -> None:
        """Follow the chain, settling what became final, until the node stops."""
        async for height in self._node.subscribe(after=self._height):
            await self._follow(height)

    async def settled(self, height: int) -> None:
        """Wait until the vault has followed the chain up to `height`."""
        while self._height < height:
            await self._moved.wait()

    def register(
        self, transaction: Transaction, slots: Sequence[Slot], lines: tuple[bytes, ...]
    ) -> None:
        """Follow a transaction whose pack waits, from now on."""
        for slot in slots:
            slot.transaction_id = transaction.id
            self.slots[slot.business_number] = slot
        self._vault.lines.reserve(lines)
        expiry_ms = transaction.envelope.expiry_ms
        self._on_the_way[transaction.id] = OnTheWay(
            transaction.id, transaction.data, expiry_ms, tuple(slots), lines
        )

    async def forget(self, transaction_id: bytes) -> None:
        """Stop following a transaction that the node did not take; its slots stay."""
        del self._on_the_way[transaction_id]
        await self._thread.run(lambda: self._vault.drop(transaction_id))

    def refuse(self, slot: Slot, error: HouseError) -> None:
        """End a slot that will not become a bill."""
        self.slots.pop(slot.business_number, None)
        self._vault.space.give_back(slot.size)
        slot.finish(error)

    async def _restore(self, transaction_id: bytes) -> None:
        file = await self._thread.run(lambda: self._vault.shelf.read_waiting(transaction_id))
        if file is None:
            return
        transaction = decode_transaction(file.pack.transaction, self._chain)
        packed = {each.operation_index: each for each in file.pack.documents}
        found = [
            slot_of(operation, index, packed[index].lines[0] if index in packed else b"")
            for index, operation in enumerate(transaction.envelope.operations)
        ]
        slots = [slot for slot in found if slot is not None]
        if self._node.outcome(transaction_id).receipt is None:
            self._count(slots, packed)
        lines = tuple(line for packed in file.pack.documents for line in packed.lines)
        self.register(transaction, slots, lines)

    def _count(self, slots: Sequence[Slot], packed: Mapping[int, PackedDocument]) -> None:
        """Count the records among what waits; the chain tells only of those that it has."""
        for slot in slots:
            if slot.is_record:
                slot.size = packed[slot.operation_index].size
                self._vault.space.add(slot.size)

    async def _follow(self, height: int) -> None:
        """Settle what the chain up to `height` decides."""
        for waiting in list(self._on_the_way.values()):
            submission = self._node.outcome(waiting.id)
            if submission.receipt is not None:
                await self._settle(waiting, submission.receipt)
            elif self._is_over(waiting):
                await self._abandon(waiting)
            elif submission.status is Outcome.UNKNOWN:
                self._hand_in_again(waiting)
        self._height = max(self._height, height)
        self._moved.set()
        self._moved = asyncio.Event()

    def _hand_in_again(self, waiting: OnTheWay) -> None:
        try:
            self._node.submit(waiting.data)
        except Unavailable:
            # The next block is the next occasion.
            return

    def _is_over(self, waiting: OnTheWay) -> bool:
        """Tell whether it can no longer commit: too late, or one of its numbers is used."""
        if self._node.head.time_ms > waiting.expiry_ms:
            return True
        return any(self._is_taken(slot) for slot in waiting.slots)

    def _is_taken(self, slot: Slot) -> bool:
        """Tell whether a slot's number was used by another transaction."""
        state, agency, number = self._node.state, self._agency, slot.business_number
        if slot.is_record:
            return slot.supersedes is not None and is_superseded(state, slot.supersedes)
        if slot.is_order:
            return state.leaf(order_key(agency, number), Order) is not None
        return state.bill_of(agency, number) not in (None, slot.replaces)

    async def _settle(self, waiting: OnTheWay, committed: CommittedReceipt) -> None:
        height, index = committed.height, committed.index
        held = await self._thread.run(lambda: self._vault.commit(waiting.id, height, index))
        self._vault.lines.hold(held)
        self._vault.lines.release(waiting.lines)
        del self._on_the_way[waiting.id]
        results = decode_receipt(committed.receipt).results
        for slot in waiting.slots:
            self.slots.pop(slot.business_number, None)
            name = DocumentName(self._agency, height, index, slot.operation_index)
            slot.finish(_outcome(slot, results[slot.operation_index], waiting.id, name))

    async def _abandon(self, waiting: OnTheWay) -> None:
        await self._thread.run(lambda: self._vault.drop(waiting.id))
        self._vault.lines.release(waiting.lines)
        del self._on_the_way[waiting.id]
        self._journal.event("issuing.abandoned", transaction=waiting.id.hex()[:24])
        for slot in waiting.slots:
            error = Refused("transaction.expired", "it did not commit; hand it in again")
            self.refuse(slot, error)


def _outcome(slot: Slot, result: Result, transaction_id: bytes, name: DocumentName) -> Made:
    """Return what became of a slot, `name` telling where its operation stands."""
    height, transaction = name.height, transaction_id.hex()
    if slot.is_record:
        return PublishedAt(name, height, transaction)
    if slot.is_order:
        return OpenedAt(slot.business_number, height, transaction)
    assert isinstance(result, BillIssued), "its operation issues a bill"
    return IssuedAt(result.code, result.number, slot.check_code, height, transaction)
