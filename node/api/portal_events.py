"""A final block as a hospital's own portal hears it.

Rule: nothing of other hospitals is told, and nothing personal: a patient is a keyed hash, found
where the details were sealed.
"""

import asyncio
from collections.abc import Iterable, Iterator
from functools import partial

import msgspec

from ledger.bills import Bill, bill_key
from ledger.endorsement import Endorsement, endorsement_key
from ledger.faces import Faces, faces_key
from ledger.orders import Order, order_key
from ledger.originals import Originals, originals_key
from ledger.payments import Payment, payment_key
from ledger.publishing import (
    DOCUMENT,
    DocumentName,
    PublishedDocument,
    document_key,
    write_document_name,
)
from ledger.state import BillNumber
from node.api.answers import Block
from node.api.bill_face import face_of
from node.api.call import Call, Services
from node.api.encoding import base64url
from node.api.orders import order_answer
from node.api.payments import payment_answer
from node.api.portal_answers import (
    PortalBill,
    PortalDocument,
    PortalEvent,
    PortalHeight,
    PortalOrder,
    PortalPayment,
    WithheldBill,
)
from node.open_matters import OrderName, PaymentName
from node.touched import touched_by
from node.vault.packs import SealedPlace
from node.vault.places import place_of_document, place_of_order, sealed_place
from node.vault.shelf import Person

THINGS_PER_SLICE = 50
"""Bills or orders read before others have their turn: a few milliseconds."""


async def portal_event(call: Call, block: Block) -> PortalEvent:
    """Return what of this hospital a block made or changed, as it stands now."""
    services = call.services
    await services.settling.settled(block.height)
    touched = await touched_by(services.node, block.height)
    people = _People(services)
    return PortalEvent(
        height=block.height,
        hash=block.hash,
        time_ms=block.time_ms,
        bills=await _bills(services, touched.bills, people),
        orders=await _orders(services, touched.orders, people),
        payments=list(_payments(services, touched.payments)),
        documents=await _documents(services, touched.documents, people),
        heights=await _heights(services, touched.heights),
    )


class _People:
    """Whose the sealed documents are; each pack is read once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[tuple[int, int], dict[int, Person]] = {}

    async def of(self, place: SealedPlace) -> Person | None:
        """Return whose document it is; None when it is not here."""
        at = place.height, place.transaction_index
        if at not in self._known:
            read = partial(self._services.vault.shelf.people, *at)
            self._known[at] = await self._services.vault_thread.run(read)
        return self._known[at].get(place.operation_index)


async def _bills(
    services: Services, names: Iterable[BillNumber], people: _People
) -> list[PortalBill]:
    found = []
    for place, (code, number) in enumerate(names, 1):
        bill = services.view.leaf(bill_key(code, number), Bill)
        # The vault has no pack of others' bills; do not look for one.
        if bill is not None and bill.issuer == services.agency:
            person = await people.of(sealed_place(services.view, bill))
            if person is not None:
                face = msgspec.structs.asdict(face_of(services, code, number, bill))
                patient, visit = base64url(person.patient), base64url(person.visit)
                found.append(PortalBill(**face, patient=patient, visit=visit))
        if place % THINGS_PER_SLICE == 0:
            await asyncio.sleep(0)
    return found


async def _orders(
    services: Services, names: Iterable[OrderName], people: _People
) -> list[PortalOrder]:
    found = []
    for place, name in enumerate(names, 1):
        order = services.view.leaf(order_key(*name), Order)
        if order is not None and name.hospital == services.agency:
            person = await people.of(place_of_order(order))
            if person is not None:
                told = msgspec.structs.asdict(order_answer(services, *name, order))
                found.append(PortalOrder(**told, patient=base64url(person.patient)))
        if place % THINGS_PER_SLICE == 0:
            await asyncio.sleep(0)
    return found


async def _documents(
    services: Services, names: Iterable[DocumentName], people: _People
) -> list[PortalDocument]:
    found = []
    for place, name in enumerate(names, 1):
        leaf = services.view.leaf(document_key(name), PublishedDocument)
        if leaf is not None and name.custodian == services.agency:
            person = await people.of(place_of_document(name))
            if person is not None:
                found.append(_document(name, leaf, person))
        if place % THINGS_PER_SLICE == 0:
            await asyncio.sleep(0)
    return found


def _document(name: DocumentName, leaf: PublishedDocument, person: Person) -> PortalDocument:
    old, new = leaf.supersedes, leaf.superseded_by
    return PortalDocument(
        document=write_document_name(name),
        kind=leaf.kind,
        size_class=leaf.size_class,
        time_ms=leaf.time_ms,
        height=leaf.height,
        state=DOCUMENT.state_name(leaf.state),
        supersedes=None if old is None else write_document_name(old),
        superseded_by=None if new is None else write_document_name(new),
        patient=base64url(person.patient),
        visit=base64url(person.visit),
    )


def _payments(services: Services, names: Iterable[PaymentName]) -> Iterator[PortalPayment]:
    for name in names:
        payment = services.view.leaf(payment_key(*name), Payment)
        if payment is not None and payment.payee == services.agency:
            told = msgspec.structs.asdict(payment_answer(*name, payment))
            owed_fen, due_by_ms = payment.owed_fen, payment.due_by_ms or None
            yield PortalPayment(**told, owed_fen=owed_fen, due_by_ms=due_by_ms)


async def _heights(services: Services, heights: Iterable[int]) -> list[PortalHeight]:
    found = []
    for height in heights:
        faces = services.view.leaf(faces_key(height), Faces)
        if faces is not None and services.agency in dict(faces.issuers):
            endorsement = services.view.leaf(endorsement_key(height), Endorsement)
            originals = services.view.leaf(originals_key(height, services.agency), Originals)
            told = PortalHeight(
                height=height,
                endorsement="pending" if endorsement is None else "endorsed",
                withheld=[] if endorsement is None else await _withheld(services, endorsement),
                delivered=originals is not None,
            )
            found.append(told)
    return found


async def _withheld(services: Services, endorsement: Endorsement) -> list[WithheldBill]:
    """Return this hospital's own bills among those withheld."""
    found = []
    for place, item in enumerate(endorsement.withheld, 1):
        bill = services.view.leaf(bill_key(item.code, item.number), Bill)
        if bill is not None and bill.issuer == services.agency:
            number = f"{item.number:010d}"
            found.append(WithheldBill(code=item.code, number=number, reason=item.reason))
        if place % THINGS_PER_SLICE == 0:
            await asyncio.sleep(0)
    return found
