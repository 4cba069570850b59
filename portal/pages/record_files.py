"""Records as files to keep: the receipt of one, and everything in one file.

Rule: streamed, one document at a time; a file that cannot be completed ends without its last
bracket, so that nobody takes it for whole.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from aiohttp import web

from portal.accounts.sessions import Session
from portal.node_client import OpenedText
from portal.pages.context import PORTAL, Portal, own_session
from portal.pages.headers import HEADERS
from portal.pages.record_pages import own_document
from portal.projection.rows import DocumentRow
from primitives.errors import HouseError

routes = web.RouteTableDef()

FORMAT: Final = "piaolian-records-1"
PIECE: Final = 64 * 1024
"""Characters of a text that are written at once."""


@routes.get("/records/all.json")
async def all_file(request: web.Request) -> web.StreamResponse:
    """Hand out all documents, each version, with the names of their receipts."""
    portal, session = request.config_dict[PORTAL], own_session(request)
    documents = portal.projection.documents
    row = await documents.every(session.patient, after=None)
    text = await _text(portal, session, row) if row is not None else None
    response = _file("records.json")
    await response.prepare(request)
    await response.write(f'{{"format":"{FORMAT}","documents":['.encode())
    is_first = True
    try:
        while row is not None and text is not None:
            for piece in _document_pieces(row, text, is_first=is_first):
                await response.write(piece)
            is_first = False
            row = await documents.every(session.patient, after=row)
            text = await _text(portal, session, row) if row is not None else None
    except HouseError as error:
        portal.log.event("page.file_cut", code=error.code)
        return response
    await response.write(b"]}\n")
    return response


@routes.get("/records/{document}/receipt.json")
async def receipt_file(request: web.Request) -> web.StreamResponse:
    """Hand out the portable receipt of a document with its text."""
    portal, session = request.config_dict[PORTAL], own_session(request)
    row = await own_document(request)
    proof = await portal.node.document_proof(row.document)
    text = await _text(portal, session, row)
    response = _file(f"receipt-{row.document}.json")
    await response.prepare(request)
    for piece in _receipt_pieces(proof, text):
        await response.write(piece)
    return response


async def _text(portal: Portal, session: Session, row: DocumentRow) -> OpenedText:
    return (await portal.opened.open(session, row.document)).text


def _receipt_pieces(proof: dict[str, Any], text: OpenedText) -> Iterator[bytes]:
    """Yield the receipt: the proof, and in its details the text and the origin of its salts."""
    rest = {name: value for name, value in proof.items() if name != "details"}
    yield json.dumps(rest, ensure_ascii=False)[:-1].encode()
    yield b', "details": {"seed": ' + json.dumps(text.seed).encode() + b', "text": "'
    for start in range(0, len(text.text), PIECE):
        piece = text.text[start : start + PIECE]
        yield json.dumps(piece, ensure_ascii=False)[1:-1].encode()
    yield b'"}}\n'


def _document_pieces(row: DocumentRow, text: OpenedText, *, is_first: bool) -> Iterator[bytes]:
    told = {
        "document": row.document,
        "kind": row.kind,
        "time_ms": row.time_ms,
        "state": row.state,
        "supersedes": row.supersedes or None,
        "superseded_by": row.superseded_by or None,
        "receipt": f"receipt-{row.document}.json",
        "seed": text.seed,
    }
    yield (b"\n" if is_first else b",\n") + json.dumps(told)[:-1].encode() + b', "record": '
    for start in range(0, len(text.text), PIECE):
        yield text.text[start : start + PIECE].encode()
    yield b"}"


def _file(name: str) -> web.StreamResponse:
    return web.StreamResponse(
        headers=HEADERS
        | {
            "Content-Type": "application/json",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
