"""From lines of the hospital's system to bills and orders on the chain, each number once.

Rule: sealed and synced before the transaction leaves the node. A business number that is on its
way, or on the chain, answers with its bill or order when the line says the same, and conflicts
otherwise.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ledger.bill_details import RETENTION_YEARS, BillDetails, read_bill_line
from ledger.bills import Bill, DocumentReference, bill_key
from ledger.checks import parameters_of
from ledger.issuing import IssueBill
from ledger.orders import OpenOrder, Order, order_key
from ledger.transaction import Transaction, decode_transaction
from node.desk import Desk
from node.intents import PLAIN, BillIntent, Intent, Made, OrderIntent
from node.judging import judge
from node.node import Node
from node.ports import Clock, Entropy, Executor
from node.settling import Settling
from node.slots import Draft, IssuedAt, OpenedAt, Slot, wait_for
from node.vault.packs import SealedPlace
from node.vault.places import holds_lines, place_of_order, sealed_place
from node.vault.store import Vault
from primitives.errors import HouseError, NodeFault, PeerFault, Refused, Unavailable

BILLS_PER_TRANSACTION = 200
PACK_CIPHERTEXT_MAX = 16 * 1024 * 1024
"""A pack of very long bills is split, so that one file stays small."""
LINES_PER_SLICE = 4
"""Lines worked on before others have their turn: about 2 ms."""
_NO_NUMBERS = ("bill.no_open_range",)
"""Refusals that hold for all later drafts of the same place and kind."""
_CHECK_CODE_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class Issuing:
    """The issuer's side of the node.

    Args:
        node: takes the transactions.
        vault: keeps the details.
        settling: follows what was handed in.
        vault_thread: where the vault's disk work runs.
        desk: signs.
        clock: for periods and dates.
        entropy: for check codes.
    """

    def __init__(
        self,
        node: Node,
        vault: Vault,
        *,
        settling: Settling,
        vault_thread: Executor,
        desk: Desk,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._node = node
        self._vault = vault
        self._settling = settling
        self._thread = vault_thread
        self._desk = desk
        self._agency = desk.agency
        self._clock = clock
        self._entropy = entropy

    async def issue(
        self, lines: Sequence[bytes], wait_ms: int, intent: Intent = PLAIN
    ) -> list[Slot | HouseError]:
        """Make a bill or an order of each line, idempotently by business number.

        Args:
            lines: each one JSON object as the hospital's system wrote it.
            wait_ms: how long to wait for the outcomes.
            intent: what shall become of each line.

        Returns:
            For each line its slot (whose outcome may still be unknown), or why it is refused.
        """
        answers: list[Slot | HouseError] = []
        fresh: list[tuple[Slot, BillDetails]] = []
        try:
            for place, line in enumerate(lines):
                answers.append(await self._take(line, intent, fresh))
                await _give_way(place)
            await self._send_all(fresh, intent)
        finally:
            self._release(slot for slot, _ in fresh)
        slots = [answer for answer in answers if isinstance(answer, Slot)]
        await wait_for(slots, wait_ms)
        return answers

    async def _take(
        self, line: bytes, intent: Intent, fresh: list[tuple[Slot, BillDetails]]
    ) -> Slot | HouseError:
        """Find the line's slot, or make one; a new one goes to `fresh` as well."""
        parameters = parameters_of(self._node.state)
        try:
            details = read_bill_line(line, parameters, self._clock.now_ms())
            intent.check(details)
        except Refused as error:
            return error
        number, is_order = details.business_number, isinstance(intent, OrderIntent)
        while (slot := self._settling.slots.get(number)) is not None:
            if not slot.text:
                # It was found waiting at start; its text is in its pack.
                slot.text = await self._thread.run(partial(self._waiting_text, slot))
            if slot.text:
                is_same = slot.is_order == is_order and is_same_text(slot.text, line)
                return slot if is_same else _conflict()
            # The pack was settled or dropped meanwhile, and the slot goes with it: look again.
        existing = await self._existing(number, line, intent)
        if existing is not None:
            return existing
        slot = self._settling.slots[number] = Slot(number, line, is_order)
        if isinstance(intent, BillIntent) and intent.replaces is not None:
            slot.replaces = (intent.replaces.code, intent.replaces.number)
        fresh.append((slot, details))
        return slot

    def _waiting_text(self, slot: Slot) -> bytes:
        file = self._vault.shelf.read_waiting(slot.transaction_id)
        packed = None if file is None else file.packed_at(slot.operation_index)
        if file is None or packed is None:
            return b""
        return self._vault.shelf.open_waiting(file, packed).text

    async def _existing(self, number: str, line: bytes, intent: Intent) -> Slot | HouseError | None:
        """Return what has this business number; None when nothing has, or it is to be replaced."""
        state = self._node.state
        found = state.bill_of(self._agency, number)
        if isinstance(intent, OrderIntent):
            order = state.leaf(order_key(self._agency, number), Order)
            if order is None:
                return None if found is None else _conflict(*found)
            slot = Slot(number, line, is_order=True, is_old=True)
            slot.finish(OpenedAt(number, order.height, ""))
            place, commitment = place_of_order(order), order.document.commitment
            return await self._compared(slot, place, commitment)
        name = intent.replaces
        if found is None or (name is not None and found == (name.code, name.number)):
            return None
        bill = state.leaf(bill_key(*found), Bill)
        assert bill is not None, "the index leads to a bill"
        slot = Slot(number, line, check_code=bill.check_code, is_old=True)
        slot.finish(IssuedAt(*found, bill.check_code, bill.height, ""))
        return await self._compared(slot, sealed_place(state, bill), bill.document.commitment)

    async def _compared(
        self, slot: Slot, place: SealedPlace, commitment: bytes
    ) -> Slot | HouseError:
        """Return the slot of what is on the chain if it was made of this very line."""
        outcome = slot.outcome
        named = (outcome.code, outcome.number) if isinstance(outcome, IssuedAt) else ()
        await self._settling.settled(place.height)
        try:
            opened = await self._thread.run(lambda: self._vault.shelf.open(place, commitment))
        except Refused:
            # Handed in by another system of this agency, which keeps the details itself.
            return _conflict(*named)
        except (PeerFault, NodeFault) as error:
            return error
        return slot if is_same_text(opened.text, slot.text) else _conflict(*named)

    async def _send_all(self, fresh: Sequence[tuple[Slot, BillDetails]], intent: Intent) -> None:
        if not fresh:
            return
        period = await self._thread.run(lambda: self._vault.prepare(self._clock.now_ms()))
        drafts: list[Draft] = []
        size = 0
        for place, (slot, details) in enumerate(fresh):
            let_go = await self._let_go(details, intent)
            draft = self._seal(slot, details, period, intent, let_go)
            if draft is not None:
                drafts.append(draft)
                size += len(draft.sealed.ciphertext)
            if len(drafts) == BILLS_PER_TRANSACTION or size > PACK_CIPHERTEXT_MAX:
                await self._send(drafts)
                drafts, size = [], 0
            await _give_way(place)
        await self._send(drafts)

    async def _let_go(self, details: BillDetails, intent: Intent) -> list[SealedPlace]:
        """Return which holders of a line's list lines count no more, or will not with it."""
        holders = self._vault.lines.holders(self._vault.line_hashes(details))
        if not holders:
            return []
        replaced = None
        if isinstance(intent, BillIntent) and intent.replaces is not None:
            name = intent.replaces
            old = self._node.state.leaf(bill_key(name.code, name.number), Bill)
            replaced = None if old is None else sealed_place(self._node.state, old)
        return [
            place
            for place in holders
            if place == replaced or not await self._thread.run(partial(self._holds, place))
        ]

    def _holds(self, place: SealedPlace) -> bool:
        """Tell whether what was sealed at a place still holds its list lines (disk)."""
        file = self._vault.shelf.read(place.height, place.transaction_index)
        if file is None:
            return True
        transaction = decode_transaction(file.pack.transaction, self._desk.chain)
        operation = transaction.envelope.operations[place.operation_index]
        assert isinstance(operation, IssueBill | OpenOrder), "only bills and orders are sealed"
        return holds_lines(self._node.state, self._agency, operation, place)

    def _seal(
        self,
        slot: Slot,
        details: BillDetails,
        period: str,
        intent: Intent,
        let_go: Sequence[SealedPlace],
    ) -> Draft | None:
        try:
            sealed = self._vault.seal(details, period, let_go)
        except (Refused, PeerFault) as error:
            self._settling.refuse(slot, error)
            return None
        document = sealed.document
        self._vault.lines.reserve(document.lines)
        random_bytes = self._entropy.random_bytes
        made = Made(
            make_check_code(random_bytes),
            make_check_code(random_bytes),
            DocumentReference(document.commitment, document.ciphertext_hash, RETENTION_YEARS),
            sealed.holder_key,
        )
        slot.check_code = "" if slot.is_order else made.check_code
        return Draft(slot, intent.operations(self._node.state, details, made), sealed)

    async def _send(self, drafts: list[Draft]) -> None:
        """Pack the drafts that the ledger would take, and hand the pack in."""
        while drafts:
            operations = [operation for draft in drafts for operation in draft.operations]
            transaction = self._desk.transaction(operations)
            refusal = self._refusal(transaction) or await self._hand_in(transaction, drafts)
            if refusal is None:
                return
            drafts = self._without_refused(drafts, refusal)

    def _refusal(self, transaction: Transaction) -> HouseError | None:
        """Ask the ledger before anything is written."""
        try:
            judge(self._node, transaction, self._clock.now_ms())
        except Refused as error:
            return error
        return None

    async def _hand_in(self, transaction: Transaction, drafts: list[Draft]) -> HouseError | None:
        sealed = []
        index = -1
        for draft in drafts:
            index += len(draft.operations)
            draft.slot.operation_index = index
            sealed.append((index, draft.sealed))
        await self._thread.run(
            lambda: self._vault.write_waiting(transaction.id, transaction.data, sealed)
        )
        lines = tuple(line for draft in drafts for line in draft.sealed.document.lines)
        self._settling.register(transaction, [draft.slot for draft in drafts], lines)
        refusal: HouseError | None
        try:
            refusal = self._node.submit(transaction.data).refusal
        except Unavailable as error:
            refusal = error
        if refusal is not None:
            await self._settling.forget(transaction.id)
        return refusal

    def _without_refused(self, drafts: list[Draft], refusal: HouseError) -> list[Draft]:
        """Refuse the draft the refusal names (all, when it names none); return the rest."""
        place = refusal.facts.pop("operation", None)
        if not isinstance(place, int):
            for draft in drafts:
                self._give_up(draft, refusal)
            return []
        of_operation = [draft for draft in drafts for _ in draft.operations]
        culprit = of_operation[place]
        rest = []
        is_after = False
        for draft in drafts:
            is_after = is_after or draft is culprit
            is_out = is_after and _wants_same(draft, culprit) and refusal.code in _NO_NUMBERS
            if draft is culprit or is_out:
                self._give_up(draft, refusal)
            else:
                rest.append(draft)
        return rest

    def _release(self, slots: Iterable[Slot]) -> None:
        """Free the numbers that were taken and, because something broke, never handed in."""
        for slot in slots:
            if not slot.transaction_id and not slot.done.is_set():
                error = Unavailable("issuing.interrupted", "it was not handed in; try again")
                self._settling.refuse(slot, error)

    def _give_up(self, draft: Draft, error: HouseError) -> None:
        self._vault.lines.release(draft.sealed.document.lines)
        self._settling.refuse(draft.slot, error)


def _wants_same(draft: Draft, other: Draft) -> bool:
    """Tell whether two drafts take their numbers from the same ranges."""
    first, second = draft.operations[-1], other.operations[-1]
    if not isinstance(first, IssueBill) or not isinstance(second, IssueBill):
        return False
    return (first.place, first.kind) == (second.place, second.kind)


def make_check_code(random_bytes: Callable[[int], bytes]) -> str:
    """Return six random characters of 0-9a-z, each as likely as any other."""
    fair = 256 - 256 % len(_CHECK_CODE_ALPHABET)
    code = ""
    while len(code) < 6:
        code += "".join(
            _CHECK_CODE_ALPHABET[byte % len(_CHECK_CODE_ALPHABET)]
            for byte in random_bytes(12)
            if byte < fair
        )
    return code[:6]


def is_same_text(first: bytes, second: bytes) -> bool:
    """Tell whether two lines say the same: byte for byte, or as JSON with figures as written."""
    if first == second:
        return True
    try:
        return _figures_as_text(first) == _figures_as_text(second)
    except ValueError:
        return False


def _figures_as_text(text: bytes) -> object:
    parsed: object = json.loads(text, parse_float=str, parse_int=str)
    return parsed


def _conflict(code: str = "", number: int = 0) -> Refused:
    facts: dict[str, str | int] = {"bill_code": code, "bill_number": number} if code else {}
    return Refused(
        "bill.business_number_conflict",
        "this business number was used with other content",
        "busNo",
        **facts,
    )


async def _give_way(place: int) -> None:
    """Let others have their turn after each slice of lines."""
    if place % LINES_PER_SLICE == LINES_PER_SLICE - 1:
        await asyncio.sleep(0)
