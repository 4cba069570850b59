"""Medical records: the timeline, what is new on it, one record with its earlier versions.

Rule: a page shows its own patient's documents only, others' do not exist here; what is new is
asked for by the open page itself, piece by piece, and is no visit.
"""

from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from portal.node_client import is_document_name
from portal.pages.catalogue import text
from portal.pages.context import PORTAL, own_session
from portal.pages.guards import NEWS
from portal.pages.rendering import language_of, render, render_text
from portal.projection.rows import DocumentRow
from portal.records.record_view import KINDS
from portal.records.timeline import (
    Choice,
    Entry,
    entries_of,
    read_choice,
    sheet_of,
    years_of,
)
from portal.records.trends import Trend, ids_in, trends_of
from primitives.errors import HouseError

routes = web.RouteTableDef()

PART_SIZE: Final = 400
"""Documents that are opened for one view; older ones are a part of their own."""
NEWS_MAX: Final = 40
"""Documents in one answer of what is new."""
VERIFY_SIZE_MAX: Final = 2 * 1024 * 1024
"""Bytes of a document that the page's own check takes on; longer ones are checked from a file."""


@routes.get("/records")
async def record_list(request: web.Request) -> web.StreamResponse:
    """Show the patient's records by visit, newest first, or those of one kind or year."""
    portal, session = request.config_dict[PORTAL], own_session(request)
    # What is published while the page is made is told as news.
    revision = await portal.projection.revision(session.patient)
    count = await portal.projection.documents.count(session.patient)
    parts = max(1, -(-count // PART_SIZE))
    part = min(_number(request, "part"), parts)
    entries, failure = await entries_of_part(request, part)
    choice = read_choice(request.query)
    at = request.query.get("at", "")
    sheet = sheet_of(entries, choice, number=_number(request, "page"), at=at)
    records = portal.opened.shelf(session).records()
    return render(
        request,
        "records.html",
        sheet=sheet,
        choice=choice,
        kinds=KINDS,
        years=years_of(entries),
        trends=() if choice.kind not in ("", "results") else trends_of(records),
        part=part,
        parts=parts,
        count=count,
        at=at,
        revision=revision,
        failure=failure,
        is_current=portal.progress.is_connected,
        **_words(request),
    )


@routes.get(NEWS)
async def news(request: web.Request) -> web.StreamResponse:
    """Return what changed after a mark, as parts of the page."""
    portal, session = request.config_dict[PORTAL], own_session(request)
    documents = portal.projection.documents
    try:
        mark = request.query.get("after", "0")
        changes = await documents.changed_after(session.patient, mark, count=NEWS_MAX)
    except ValueError as error:
        raise web.HTTPNotFound from error
    rows = [row for row in changes.rows if not row.superseded_by]
    entries, failure = await _entries(request, rows)
    choice = read_choice(request.query)
    items = [await _item(request, entry, choice) for entry in reversed(entries)]
    count = await documents.count(session.patient)
    answer = {
        "revision": changes.mark,
        "more": not changes.is_all,
        "items": items,
        "trends": _trend_items(request, entries, choice),
        "count": text("records.count", language_of(request), count=count),
        "again": failure is not None,
    }
    return web.json_response(answer)


@routes.get("/records/print")
async def print_page(request: web.Request) -> web.StreamResponse:
    """Show all records of a part in full, to be printed."""
    portal, session = request.config_dict[PORTAL], own_session(request)
    count = await portal.projection.documents.count(session.patient)
    parts = max(1, -(-count // PART_SIZE))
    part = min(_number(request, "part"), parts)
    entries, failure = await entries_of_part(request, part)
    return render(
        request,
        "records_print.html",
        entries=entries,
        part=part,
        parts=parts,
        count=count,
        failure=failure,
        now_ms=portal.clock.now_ms(),
        **_words(request),
    )


@routes.get("/records/{document}")
async def record_page(request: web.Request) -> web.StreamResponse:
    """Show one record, in force or amended, with all versions of it."""
    portal, session = request.config_dict[PORTAL], own_session(request)
    row = await own_document(request)
    entries, failure = await _entries(request, [row])
    return render(
        request,
        "record.html",
        entry=entries[0],
        line=await portal.projection.documents.line(session.patient, row.document),
        choice=Choice(),
        failure=failure,
        revision=await portal.projection.revision(session.patient),
        **_words(request),
    )


async def own_document(request: web.Request) -> DocumentRow:
    """Return the document of the path if it is this patient's; others' do not exist here."""
    session, document = own_session(request), request.match_info["document"]
    if not is_document_name(document):
        raise web.HTTPNotFound
    documents = request.config_dict[PORTAL].projection.documents
    row = await documents.one(session.patient, document)
    if row is None:
        raise web.HTTPNotFound
    return row


async def entries_of_part(
    request: web.Request, part: int
) -> tuple[tuple[Entry, ...], HouseError | None]:
    """Return the records of a part, from 1, and why some of them cannot be opened."""
    documents = request.config_dict[PORTAL].projection.documents
    patient, skip = own_session(request).patient, (part - 1) * PART_SIZE
    return await _entries(request, await documents.newest(patient, count=PART_SIZE, skip=skip))


async def _entries(
    request: web.Request, rows: Sequence[DocumentRow]
) -> tuple[tuple[Entry, ...], HouseError | None]:
    portal, session = request.config_dict[PORTAL], own_session(request)
    opened, failure = await portal.opened.open_all(session, [row.document for row in rows])
    if failure is not None:
        portal.log.event("page.records_closed", code=failure.code)
    visits = frozenset(row.visit for row in rows)
    bills = await portal.projection.bills_of_visits(session.patient, visits)
    return entries_of(rows, opened, bills), failure


async def _item(request: web.Request, entry: Entry, choice: Choice) -> dict[str, Any]:
    """Return a record as news: what takes its place, and in whose stead."""
    documents, row = request.config_dict[PORTAL].projection.documents, entry.row
    line = await documents.line(row.patient, row.document) if row.supersedes else ()
    html = ""
    if entry.fits(choice):
        html = render_text(
            request, "record_part.html", entry=entry, choice=choice, **_words(request)
        )
    return {
        "id": entry.id,
        "place": entry.place,
        "html": html,
        "instead": [f"doc-{it.document}" for it in line if it.document != row.document],
        "closed": entry.record is None,
    }


def _trend_items(
    request: web.Request, entries: Sequence[Entry], choice: Choice
) -> list[dict[str, str]]:
    if choice.kind not in ("", "results"):
        return []
    portal, session = request.config_dict[PORTAL], own_session(request)
    only = frozenset().union(*(ids_in(it.record) for it in entries if it.record is not None))
    found: tuple[Trend, ...] = ()
    if only:
        found = trends_of(portal.opened.shelf(session).records(), only=only)
    return [
        {"id": trend.id, "html": render_text(request, "trend_part.html", trend=trend)}
        for trend in found
    ]


def _words(request: web.Request) -> dict[str, Any]:
    """Return what each record's part needs besides itself."""
    return {
        "names": request.config_dict[PORTAL].genesis.names,
        "size_max": VERIFY_SIZE_MAX,
    }


def _number(request: web.Request, name: str) -> int:
    given = request.query.get(name, "1")
    is_number = given.isascii() and given.isdigit() and len(given) <= 6
    return max(1, int(given)) if is_number else 1
