"""From lines of the hospital's system to bills on the chain, each business number once.

Rule: sealed and synced before the transaction leaves the node. A business number that is on its
way, or on the chain, answers with its bill when the line says the same, and conflicts otherwise.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ledger.bill_details import (
    RETENTION_YEARS,
    BillDetails,
    issue_bill,
    read_bill_line,
)
from ledger.bills import Bill, DocumentReference, bill_key
from ledger.checks import parameters_of
from ledger.issuing import IssueBill
from ledger.transaction import Transaction, decode_transaction
from node.desk import Desk
from node.judging import judge
from node.node import Node
from node.ports import Clock, Entropy, Executor
from node.settling import Settling
from node.slots import Draft, IssuedAt, Slot
from node.vault.store import Vault
from primitives.errors import HouseError, NodeFault, PeerFault, Refused, Unavailable

BILLS_PER_TRANSACTION = 200
PACK_CIPHERTEXT_MAX = 16 * 1024 * 1024
"""A pack of very long bills is split, so that one file stays small."""
LINES_PER_SLICE = 4
"""Lines worked on before others have their turn: about 2 ms."""
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

    async def issue(self, lines: Sequence[bytes], wait_ms: int) -> list[Slot | HouseError]:
        """Issue a bill a line, idempotently by business number.

        Args:
            lines: each one JSON object as the hospital's system wrote it.
            wait_ms: how long to wait for the outcomes.

        Returns:
            For each line its slot (whose outcome may still be unknown), or why it is refused.
        """
        answers: list[Slot | HouseError] = []
        fresh: list[tuple[Slot, BillDetails]] = []
        try:
            for place, line in enumerate(lines):
                answers.append(await self._take(line, fresh))
                await _give_way(place)
            await self._send_all(fresh)
        finally:
            self._release(slot for slot, _ in fresh)
        slots = [answer for answer in answers if isinstance(answer, Slot)]
        await _wait_for(slots, wait_ms)
        return answers

    async def _take(self, line: bytes, fresh: list[tuple[Slot, BillDetails]]) -> Slot | HouseError:
        """Find the line's slot, or make one; a new one goes to `fresh` as well."""
        parameters = parameters_of(self._node.state)
        try:
            details = read_bill_line(line, parameters, self._clock.now_ms())
        except Refused as error:
            return error
        number = details.business_number
        while (slot := self._settling.slots.get(number)) is not None:
            if not slot.text:
                # It was found waiting at start; its text is in its pack.
                slot.text = await self._thread.run(partial(self._waiting_text, slot))
            if slot.text:
                return slot if is_same_text(slot.text, line) else _conflict()
            # The pack was settled or dropped meanwhile, and the slot goes with it: look again.
        existing = self._node.state.bill_of(self._agency, number)
        if existing is not None:
            return await self._existing(existing, line)
        slot = self._settling.slots[number] = Slot(number, line)
        fresh.append((slot, details))
        return slot

    def _waiting_text(self, slot: Slot) -> bytes:
        pack = self._vault.shelf.read_waiting(slot.transaction_id)
        if pack is None:
            return b""
        transaction = decode_transaction(pack.transaction, self._desk.chain)
        place = next(
            index
            for index, operation in enumerate(transaction.envelope.operations)
            if isinstance(operation, IssueBill)
            and operation.business_number == slot.business_number
        )
        return self._vault.shelf.open_packed(pack, place).text

    async def _existing(self, number: tuple[str, int], line: bytes) -> Slot | HouseError:
        """Return the bill that has this business number if it is this very bill."""
        bill = self._node.state.leaf(bill_key(*number), Bill)
        assert bill is not None, "the index leads to a bill"
        await self._settling.settled(bill.height)
        try:
            opened = await self._thread.run(lambda: self._vault.shelf.open(bill))
        except Refused:
            # Handed in by another system of this agency, which keeps the details itself.
            return _conflict(*number)
        except (PeerFault, NodeFault) as error:
            return error
        if not is_same_text(opened.text, line):
            return _conflict(*number)
        slot = Slot(bill.business_number, line, check_code=bill.check_code, is_old=True)
        slot.finish(IssuedAt(*number, bill.check_code, bill.height, ""))
        return slot

    async def _send_all(self, fresh: Sequence[tuple[Slot, BillDetails]]) -> None:
        if not fresh:
            return
        period = await self._thread.run(lambda: self._vault.prepare(self._clock.now_ms()))
        drafts: list[Draft] = []
        size = 0
        for place, (slot, details) in enumerate(fresh):
            draft = self._seal(slot, details, period)
            if draft is not None:
                drafts.append(draft)
                size += len(draft.sealed.ciphertext)
            if len(drafts) == BILLS_PER_TRANSACTION or size > PACK_CIPHERTEXT_MAX:
                await self._send(drafts)
                drafts, size = [], 0
            await _give_way(place)
        await self._send(drafts)

    def _seal(self, slot: Slot, details: BillDetails, period: str) -> Draft | None:
        try:
            sealed = self._vault.seal(details, period)
        except (Refused, PeerFault) as error:
            self._settling.refuse(slot, error)
            return None
        self._vault.lines.reserve(sealed.lines)
        slot.check_code = make_check_code(self._entropy.random_bytes)
        document = DocumentReference(sealed.commitment, sealed.ciphertext_hash, RETENTION_YEARS)
        operation = issue_bill(
            details,
            check_code=slot.check_code,
            document=document,
            holder_key=sealed.holder_key,
        )
        return Draft(slot, operation, sealed)

    async def _send(self, drafts: list[Draft]) -> None:
        """Pack the drafts that the ledger would take, and hand the pack in."""
        while drafts:
            transaction = self._desk.transaction([draft.operation for draft in drafts])
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
        pack = self._vault.pack(transaction.data, [draft.sealed for draft in drafts])
        await self._thread.run(lambda: self._vault.write_waiting(transaction.id, pack))
        lines = tuple(line for draft in drafts for line in draft.sealed.lines)
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
        culprit = drafts[place].operation
        rest = []
        for index, draft in enumerate(drafts):
            same = (draft.operation.place, draft.operation.kind) == (culprit.place, culprit.kind)
            is_out = refusal.code == "bill.no_open_range" and same and index > place
            if index == place or is_out:
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
        self._vault.lines.release(draft.sealed.lines)
        self._settling.refuse(draft.slot, error)


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


async def _wait_for(slots: Sequence[Slot], wait_ms: int) -> None:
    """Wait until all slots are done or the time is over."""
    try:
        async with asyncio.timeout(wait_ms / 1000):
            for slot in slots:
                await slot.done.wait()
    except TimeoutError:
        return


async def _give_way(place: int) -> None:
    """Let others have their turn after each slice of lines."""
    if place % LINES_PER_SLICE == LINES_PER_SLICE - 1:
        await asyncio.sleep(0)
