"""Medical records: publish a bundle, list, get, read, see who looked.

Rule: a bundle is read once and refused as a whole when it cannot be read; its records are each
told what became of them. A text leaves the node only when the opening is on record, durably.
"""

import asyncio
import io
from functools import partial
from typing import Final

from aiohttp import web

from exchange.fhir_bundle import BUNDLE_SIZE_MAX, split_bundle
from ledger.publishing import (
    DOCUMENT,
    DocumentName,
    PublishedDocument,
    document_key,
    read_document_name,
    write_document_name,
)
from node.api.call import Call
from node.api.details import portal_session
from node.api.encoding import base64url, bill_number, not_found
from node.api.pages import LEAF_SIZE_MAX, read_page
from node.api.problems import note_fault, problem_of
from node.api.record_answers import (
    OpeningAnswer,
    Openings,
    PublishedRecord,
    PublishedRecords,
    RecordFace,
    RecordFaces,
    RecordHistory,
)
from node.slots import PublishedAt, Slot, wait_for
from node.vault.openings import Opening
from node.vault.places import place_of_document
from primitives.codec import decode
from primitives.errors import HouseError, Refused

FHIR: Final = "application/fhir+json"
JSON: Final = "application/json"
PATIENT_NUMBER: Final = "Patient-Number"
PATIENT_NUMBER_MAX: Final = 100
HISTORY_MAX: Final = 1_000
CHUNK_SIZE: Final = 256 * 1024
BODY_TIMEOUT_S: Final = 60.0
"""Who sends slower keeps others from publishing."""
WRITE_TIMEOUT_S: Final = 30.0
"""For each chunk of a text."""


async def publish_records(call: Call) -> PublishedRecords:
    """Publish a patient's bundle, a record each visit and one of the rest.

    With `amend=1` a record whose resources say something else than before takes the place of the
    document that has them.
    """
    wait_ms, services = call.wait_ms(), call.services
    is_amendment = call.integer("amend", 0, 1) == 1
    number = call.request.headers.get(PATIENT_NUMBER, "")
    if len(number) > PATIENT_NUMBER_MAX:
        raise Refused("request.wrong_value", "at most 100 characters", PATIENT_NUMBER)
    async with services.publishing.room:
        data = await _read_body(call)
        bundle = await services.vault_thread.run(partial(split_bundle, data))
        outcomes = await services.publishing.publish(
            bundle, patient_number=number, is_amendment=is_amendment, wait_ms=0
        )
        records = [(each.name, each.kind, len(each.resources)) for each in bundle.documents]
        del data, bundle
    # Whoever waits for the chain has handed its bundle on, and keeps nobody from publishing.
    await wait_for([outcome for outcome in outcomes if isinstance(outcome, Slot)], wait_ms)
    items = [
        _published(call, *record, outcome)
        for record, outcome in zip(records, outcomes, strict=True)
    ]
    return PublishedRecords(items=items)


async def get_records(call: Call) -> RecordFaces:
    """Return a page of own documents, oldest first."""
    agency = call.services.agency

    def read(key: bytes, value: bytes) -> RecordFace:
        document = decode(value, PublishedDocument, LEAF_SIZE_MAX)
        return _face(agency, document)

    items, following = await read_page(call, f"j/{agency}/".encode(), read)
    return RecordFaces(items=items, next=following)


async def get_record(call: Call) -> RecordFace:
    """Return a document as the chain knows it."""
    name, document = _find(call, call.path("custodian"))
    return _face(name.custodian, document)


async def get_record_history(call: Call) -> RecordHistory:
    """Return a document with those before and after it."""
    name, document = _find(call, call.path("custodian"))
    view, line = call.services.view, [document]
    while line[0].supersedes is not None and len(line) < HISTORY_MAX:
        before = view.leaf(document_key(line[0].supersedes), PublishedDocument)
        assert before is not None, "what is amended has its leaf"
        line.insert(0, before)
    while line[-1].superseded_by is not None and len(line) < 2 * HISTORY_MAX:
        after = view.leaf(document_key(line[-1].superseded_by), PublishedDocument)
        assert after is not None, "what amends has its leaf"
        line.append(after)
    return RecordHistory(items=[_face(name.custodian, item) for item in line])


async def get_record_text(call: Call) -> web.StreamResponse:
    """Stream an own document's text. The opening is recorded."""
    name, document = _find(call, call.path("custodian"))
    return await _stream(call, name, document, session="")


async def get_portal_record(call: Call) -> web.StreamResponse:
    """Stream an own document's text for a logged-in patient's session; limited per session."""
    session = portal_session(call)
    name, document = _find(call, call.services.agency)
    call.services.limits.count_opening(session, call.services.clock.now_ms())
    return await _stream(call, name, document, session=session)


async def get_record_openings(call: Call) -> Openings:
    """Return who opened an own document of late."""
    name, _ = _find(call, call.services.agency)
    return await _openings(call, write_document_name(name))


async def get_bill_openings(call: Call) -> Openings:
    """Return who opened a bill's details of late."""
    code, number = bill_number(call.path("code"), call.path("number"))
    return await _openings(call, f"{code}/{number}")


async def _openings(call: Call, thing: str) -> Openings:
    services = call.services
    found = await services.vault_thread.run(partial(services.openings.of, thing))
    return Openings(
        items=[
            OpeningAnswer(time_ms=it.time_ms, who=it.who, session=it.session, what=it.what)
            for it in found
        ]
    )


async def _read_body(call: Call) -> bytes:
    """Return the bundle's bytes; a longer body is left unread.

    Raises:
        Refused: `request.wrong_type`, `record.too_large`, `record.too_slow`.
    """
    request = call.request
    if request.content_type not in (FHIR, JSON):
        raise Refused("request.wrong_type", f"send {FHIR}, or {JSON}")
    body = io.BytesIO()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.content.iter_any():
                body.write(chunk)
                if body.tell() > BUNDLE_SIZE_MAX:
                    most = BUNDLE_SIZE_MAX // 1024**2
                    raise Refused("record.too_large", f"at most {most} MiB a bundle")
    except TimeoutError as error:
        raise Refused("record.too_slow", f"send it within {BODY_TIMEOUT_S:.0f} s") from error
    return body.getvalue()


async def _stream(
    call: Call, name: DocumentName, document: PublishedDocument, *, session: str
) -> web.StreamResponse:
    services, place = call.services, place_of_document(name)
    if name.custodian != services.agency:
        raise Refused("record.not_here", "only the custodian's own node holds the record")
    await services.settling.settled(place.height)
    opening = Opening(
        time_ms=services.clock.now_ms(),
        who=call.caller.name,
        session=session,
        what="record",
        document=write_document_name(name),
    )

    def record_and_open() -> tuple[bytes, bytes]:
        services.openings.record(opening)
        opened = services.vault.shelf.open_record(place, document.document.commitment)
        return opened.text, opened.seed

    text, seed = await services.vault_thread.run(record_and_open)
    headers = {"Document-Seed": base64url(seed), "Content-Length": str(len(text))}
    response = web.StreamResponse(headers=headers)
    response.content_type = JSON
    await response.prepare(call.request)
    try:
        await _write_all(response, memoryview(text))
    except (TimeoutError, ConnectionError):
        # Who reads no further is not waited for; the opening is on record all the same.
        return response
    return response


async def _write_all(response: web.StreamResponse, text: memoryview) -> None:
    for start in range(0, len(text), CHUNK_SIZE):
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await response.write(text[start : start + CHUNK_SIZE])
    await response.write_eof()


def _find(call: Call, custodian: str) -> tuple[DocumentName, PublishedDocument]:
    """Return the document that the path names.

    Raises:
        Refused: `document.malformed_name`, `record.not_found`.
    """
    name = read_document_name(custodian, call.path("document"))
    is_plain = "/" not in custodian
    leaf = call.services.view.leaf(document_key(name), PublishedDocument) if is_plain else None
    if leaf is None:
        raise not_found("record")
    return name, leaf


def _face(custodian: str, document: PublishedDocument) -> RecordFace:
    old, new = document.supersedes, document.superseded_by
    name = DocumentName(
        custodian, document.height, document.transaction_index, document.operation_index
    )
    return RecordFace(
        custodian=custodian,
        document=write_document_name(name),
        kind=document.kind,
        size_class=document.size_class,
        time_ms=document.time_ms,
        height=document.height,
        state=DOCUMENT.state_name(document.state),
        supersedes=None if old is None else write_document_name(old),
        superseded_by=None if new is None else write_document_name(new),
        commitment=document.document.commitment.hex(),
        ciphertext_hash=document.document.ciphertext_hash.hex(),
        retention_years=document.document.retention_years,
        key_id=document.key_id.hex(),
    )


def _published(
    call: Call, resource: str, kind: str, entries: int, outcome: Slot | HouseError
) -> PublishedRecord:
    """Return what became of one record."""
    told = partial(PublishedRecord, resource=resource, kind=kind, entries=entries)
    result = outcome.outcome if isinstance(outcome, Slot) else outcome
    if isinstance(result, HouseError):
        note_fault(call.services, result)
        return told(status="refused", problem=problem_of(result))
    assert isinstance(outcome, Slot), "what is no slot is refused"
    old = outcome.supersedes
    supersedes = None if old is None else write_document_name(old)
    if not isinstance(result, PublishedAt):
        is_waited = call.wait_ms() > 0
        return told(
            status="unknown" if is_waited else "accepted",
            supersedes=supersedes,
            transaction=outcome.transaction_id.hex(),
        )
    name = result.document
    transaction = result.transaction_id or call.services.blocks.transaction_id(
        name.height, name.transaction_index
    )
    return told(
        status="exists" if outcome.is_old else "committed",
        document=write_document_name(name),
        supersedes=supersedes,
        height=result.height,
        transaction=transaction,
    )
