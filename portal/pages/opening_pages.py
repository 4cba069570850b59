"""Who opened a patient's records, and when: the node's journal, put into words.

Rule: the patient's own page is told apart from the hospital's readers; names of readers are names
of desks and programs, as the journal has them, never of people.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from portal.pages.context import PORTAL, own_session
from portal.pages.record_pages import own_document
from portal.pages.rendering import render
from portal.projection.rows import DocumentRow
from portal.records.record_view import Record
from primitives.errors import Unavailable

routes = web.RouteTableDef()

NEWEST_MAX: Final = 48
"""Documents whose openings are shown together: those published last."""
SHOWN_MAX: Final = 400
AT_ONCE: Final = 8
NAME_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Opening:
    """One look at one document."""

    time_ms: int
    """When."""
    who: str
    """`here` this login, `own` another login of the patient's, `reader` the hospital."""
    reader: str
    """The reader's name in the journal."""
    what: str
    """What was taken: `record`, `proof`, …"""
    document: str
    """Which document."""


@routes.get("/records/openings")
async def all_openings(request: web.Request) -> web.StreamResponse:
    """Show who opened the newest documents."""
    documents = request.config_dict[PORTAL].projection.documents
    patient = own_session(request).patient
    rows = await documents.newest(patient, count=NEWEST_MAX, skip=0)
    count = await documents.count(patient)
    return await _page(request, rows, count=count, document="")


@routes.get("/records/{document}/openings")
async def openings(request: web.Request) -> web.StreamResponse:
    """Show who opened one document."""
    row = await own_document(request)
    return await _page(request, [row], count=1, document=row.document)


async def _page(
    request: web.Request, rows: Sequence[DocumentRow], *, count: int, document: str
) -> web.StreamResponse:
    portal, session = request.config_dict[PORTAL], own_session(request)
    found: list[Opening] = []
    here = (session.name, hashlib.sha256(session.name.encode()).hexdigest()[:32])
    for start in range(0, len(rows), AT_ONCE):
        asked = [row.document for row in rows[start : start + AT_ONCE]]
        told = await asyncio.gather(*(portal.node.openings(name) for name in asked))
        for name, items in zip(asked, told, strict=True):
            found += [_read(item, name, here) for item in items]
    found.sort(key=lambda opening: opening.time_ms, reverse=True)
    known: dict[str, Record] = dict(portal.opened.shelf(session).records())
    return render(
        request,
        "record_openings.html",
        openings=found[:SHOWN_MAX],
        known=known,
        document=document,
        shown=len(rows),
        count=count,
    )


def _read(item: dict[str, Any], document: str, here: tuple[str, ...]) -> Opening:
    try:
        session, reader = str(item.get("session") or ""), str(item["who"])[:NAME_MAX]
        who = "here" if session in here else "own" if session else "reader"
        what = str(item["what"])[:NAME_MAX]
        return Opening(int(item["time_ms"]), who, reader, what, document)
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable("node.malformed", "an opening has another form") from error
