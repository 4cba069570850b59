"""From a patient's bundle to records on the chain, each resource in one of them at a time.

Rule: sealed and synced before the transaction leaves the node, like a bill's details. What says
the same again answers with its document, however it is spaced; other content under the name of its
resources is refused, unless it is meant as an amendment: then it supersedes the document. A
bundle's records stand in as few transactions as they fit in, of each all or none.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from exchange.fhir_bundle import RecordDocument, SplitBundle
from ledger.bills import DocumentReference
from ledger.checks import parameters_of
from ledger.documents import LeafView, apart_from_attachments, leaf_views_of, sealed_size_class
from ledger.operations import Operation
from ledger.publishing import (
    DocumentName,
    PublishDocument,
    PublishedDocument,
    SupersedeDocument,
    document_key,
    write_document_name,
)
from ledger.transaction import Transaction
from node.desk import Desk
from node.judging import judge
from node.node import Node
from node.patients import Patients
from node.ports import Clock, Executor
from node.settling import Settling
from node.slots import PublishedAt, Slot, record_key, wait_for
from node.vault.lines import RESOURCE
from node.vault.packs import NO_VISIT, PackWriter, SealedPlace
from node.vault.places import place_of_document
from node.vault.store import RecordText, SealedRecord, Vault
from primitives.errors import HouseError, NodeFault, PeerFault, Refused, Unavailable

RECORDS_PER_TRANSACTION: Final = 200
PACK_TEXT_MAX: Final = 32 * 1024 * 1024
"""Bytes of text in one pack, so that one file stays small; a longer record has one to itself."""
BUNDLES_AT_ONCE: Final = 4
"""Bundles in memory at the same time, of 16 MiB at most each; more wait their turn."""
AMENDMENT: Final = "amendment"
"""The reason the chain is told; the record itself says why."""


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A record that is to be published."""

    slot: Slot
    document: RecordDocument
    resources: tuple[bytes, ...]


class Publishing:
    """The side of a hospital's node that publishes records.

    Args:
        node: takes the transactions.
        vault: keeps the records.
        settling: follows what was handed in.
        vault_thread: where the vault's disk work runs.
        desk: signs.
        clock: for periods.
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
    ) -> None:
        self._node = node
        self._vault = vault
        self._settling = settling
        self._thread = vault_thread
        self._desk = desk
        self._clock = clock
        self._patients = Patients(vault, vault_thread, chain=desk.chain)
        self.room = asyncio.Semaphore(BUNDLES_AT_ONCE)
        """Held by who has a bundle in memory."""

    async def publish(
        self, bundle: SplitBundle, *, patient_number: str, is_amendment: bool, wait_ms: int
    ) -> list[Slot | HouseError]:
        """Publish the records of a bundle, idempotently by the names of their resources.

        Args:
            bundle: as it was read.
            patient_number: the hospital's number of the patient; empty to take the bundle's own.
            is_amendment: whether a record may take the place of another.
            wait_ms: how long to wait for the outcomes.

        Returns:
            For each record its slot (whose outcome may still be unknown), or why it is refused.

        Raises:
            Refused: `record.unknown_patient`, `record.other_patient`.
            Unavailable: `vault.full`.
        """
        patient = await self._patients.pseudonym_of(
            bundle.patient, patient_number, self._clock.now_ms()
        )
        answers: list[Slot | HouseError] = []
        fresh: list[_Fresh] = []
        try:
            for document in bundle.documents:
                answer = await self._take(document, patient, is_amendment, fresh)
                answers.append(answer)
                await asyncio.sleep(0)
            self._take_room(fresh)
            await self._send_all(fresh, patient)
        finally:
            self._release(fresh)
        await wait_for([answer for answer in answers if isinstance(answer, Slot)], wait_ms)
        return answers

    async def _take(
        self, document: RecordDocument, patient: bytes, is_amendment: bool, fresh: list[_Fresh]
    ) -> Slot | HouseError:
        """Find the record's slot, or make one; a new one goes to `fresh` as well."""
        lines = self._vault.lines
        resources = tuple(lines.hash(name, RESOURCE) for name in document.resources)
        digest = await self._thread.run(lambda: _digest(_leaves(document)))
        slot = Slot(record_key(resources[0]), digest, is_record=True)
        found = self._settling.slots.get(slot.business_number)
        places = lines.holders(resources)
        if found is None:
            refusal = await self._compare(slot, places, patient, is_amendment)
            if refusal is not None or slot.is_old:
                return refusal or slot
            # Somebody else may have asked for it meanwhile.
            found = self._settling.slots.get(slot.business_number)
        if found is not None:
            found.text = found.text or await self._thread.run(partial(self._waiting_digest, found))
            return found if found.text == slot.text else _on_its_way()
        if lines.taken(resources, places) is not None:
            return _on_its_way()
        self._settling.slots[slot.business_number] = slot
        lines.reserve(resources)
        fresh.append(_Fresh(slot, document, resources))
        return slot

    async def _compare(
        self, slot: Slot, places: Sequence[SealedPlace], patient: bytes, is_amendment: bool
    ) -> HouseError | None:
        """Compare a record with the document that has its resources; return why it is refused.

        What an amendment left out stands in no document any more.
        """
        held = [DocumentName(self._desk.agency, *place) for place in places]
        names = [name for name in held if self._leaf(name).superseded_by is None]
        if len(names) > 1:
            return Refused(
                "record.resource_elsewhere", "its resources stand in several documents", "entry"
            )
        for name in names:
            try:
                slot.is_old = await self._is_same(name, patient, slot.text)
            except HouseError as error:
                return error
            if slot.is_old:
                slot.finish(PublishedAt(name, name.height, ""))
            elif not is_amendment:
                return _differs(name)
            else:
                slot.supersedes = name
        return None

    def _take_room(self, fresh: Sequence[_Fresh]) -> None:
        sizes = [sealed_size_class(item.document.size) for item in fresh]
        self._vault.space.take(sum(sizes))
        for item, size in zip(fresh, sizes, strict=True):
            item.slot.size = size

    def _leaf(self, name: DocumentName) -> PublishedDocument:
        leaf = self._node.state.leaf(document_key(name), PublishedDocument)
        if leaf is None:
            detail = "vault/lines.index names a document that the chain does not have; restore it"
            raise NodeFault("vault.damaged", detail, "vault")
        return leaf

    async def _is_same(self, name: DocumentName, patient: bytes, digest: bytes) -> bool:
        """Tell whether a document says what has this digest.

        Raises:
            Refused: `record.other_patient` when it is another patient's.
            NodeFault: `vault.damaged`.
        """
        place = place_of_document(name)
        commitment = self._leaf(name).document.commitment
        await self._settling.settled(place.height)

        def read() -> tuple[bytes, bytes]:
            opened = self._vault.shelf.open_record(place, commitment)
            people = self._vault.shelf.people(place.height, place.transaction_index)
            return people[place.operation_index].patient, _digest(leaf_views_of(opened.text))

        owner, known = await self._thread.run(read)
        if owner != patient:
            raise Refused("record.other_patient", "it stands in another patient's record", "entry")
        return known == digest

    def _waiting_digest(self, slot: Slot) -> bytes:
        """Return the digest of a record that was found waiting at start (disk)."""
        file = self._vault.shelf.read_waiting(slot.transaction_id)
        packed = None if file is None else file.packed_at(slot.operation_index)
        if file is None or packed is None:
            return b""
        return _digest(leaf_views_of(self._vault.shelf.open_waiting(file, packed).text))

    async def _send_all(self, fresh: Sequence[_Fresh], patient: bytes) -> None:
        group: list[_Fresh] = []
        size = 0
        for item in fresh:
            if len(group) == RECORDS_PER_TRANSACTION or size + item.document.size > PACK_TEXT_MAX:
                await self._send(group, patient)
                group, size = [], 0
            group.append(item)
            size += item.document.size
        await self._send(group, patient)

    async def _send(self, group: Sequence[_Fresh], patient: bytes) -> None:
        """Seal records into one pack and hand it in; refused is all of it or nothing."""
        if not group:
            return
        writer = await self._thread.run(self._vault.begin)
        try:
            refusal = await self._seal_and_hand_in(writer, group, patient)
        except (Refused, PeerFault) as error:
            refusal = error
        finally:
            await self._thread.run(writer.discard)
        if refusal is not None:
            for item in group:
                self._vault.lines.release(item.resources)
                self._settling.refuse(item.slot, refusal)

    async def _seal_and_hand_in(
        self, writer: PackWriter, group: Sequence[_Fresh], patient: bytes
    ) -> HouseError | None:
        period = await self._thread.run(lambda: self._vault.prepare(self._clock.now_ms()))
        sealed = [
            await self._thread.run(
                partial(self._vault.seal_record, writer, self._text(item, patient), period)
            )
            for item in group
        ]
        operations = [
            self._operation(item, record) for item, record in zip(group, sealed, strict=True)
        ]
        transaction = self._desk.transaction(operations)
        judge(self._node, transaction, self._clock.now_ms())
        for index, item in enumerate(group):
            item.slot.operation_index = index
        keep = partial(self._vault.keep_waiting, writer, transaction.id, transaction.data, sealed)
        await self._thread.run(keep)
        return await self._hand_in(transaction, group)

    async def _hand_in(
        self, transaction: Transaction, group: Sequence[_Fresh]
    ) -> HouseError | None:
        lines = tuple(resource for item in group for resource in item.resources)
        self._settling.register(transaction, [item.slot for item in group], lines)
        refusal: HouseError | None
        try:
            refusal = self._node.submit(transaction.data).refusal
        except Unavailable as error:
            refusal = error
        if refusal is not None:
            await self._settling.forget(transaction.id)
        return refusal

    def _text(self, item: _Fresh, patient: bytes) -> RecordText:
        document = item.document
        visit = NO_VISIT if document.start is None else self._vault.visit(patient, document.start)
        leaves = _leaves(document)
        return RecordText(leaves, document.parts, document.size, patient, visit, item.resources)

    def _operation(self, item: _Fresh, sealed: SealedRecord) -> Operation:
        kind, document = item.document.kind, sealed.document
        years = dict(parameters_of(self._node.state).document_kinds).get(kind)
        if years is None:
            raise Refused("document.unknown_kind", "the province keeps no such kind", "kind")
        reference = DocumentReference(document.commitment, document.ciphertext_hash, years)
        if item.slot.supersedes is None:
            return PublishDocument(kind, sealed.size_class, reference)
        old = item.slot.supersedes
        return SupersedeDocument(old, AMENDMENT, kind, sealed.size_class, reference)

    def _release(self, fresh: Iterable[_Fresh]) -> None:
        """Free the records that, because something broke, were never handed in."""
        for item in fresh:
            if not item.slot.transaction_id and not item.slot.done.is_set():
                self._vault.lines.release(item.resources)
                error = Unavailable("publishing.interrupted", "it was not handed in; try again")
                self._settling.refuse(item.slot, error)


def _digest(leaves: Iterable[LeafView]) -> bytes:
    """Return a hash of what a record says: its JSON without blanks, figures as they are written."""
    hasher = hashlib.sha256()
    for path, value in leaves:
        short, attachments = apart_from_attachments(value)
        parsed = json.loads(short, parse_float=_figure, parse_int=_figure)
        hasher.update(json.dumps([path, parsed], sort_keys=True).encode())
        for attachment in attachments:
            hasher.update(attachment)
    return hasher.digest()


def _figure(text: str) -> str:
    return f"figure {text}"


def _leaves(document: RecordDocument) -> list[LeafView]:
    return [LeafView(path, value) for path, value in document.leaves()]


def _on_its_way() -> Refused:
    return Refused(
        "record.on_its_way", "another version of it is being published; try again", "entry"
    )


def _differs(name: DocumentName) -> Refused:
    text = write_document_name(name)
    detail = f"document {text} says something else of the same resources; amend it, if you mean to"
    return Refused("record.differs", detail, "entry", document=text)
