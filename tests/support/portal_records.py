"""The medical records of a made-up node: documents published, amended, opened; and their texts."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.record_texts import base64url, receipt_of

SEED = bytes(range(32))
CHUNK = 64 * 1024


@dataclass
class Shelf:
    """The documents of the node."""

    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name, as the event stream tells it."""
    texts: dict[str, str] = field(default_factory=dict)
    openings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    too_many: bool = False
    """Refuse every opening."""
    long_text: int = 0
    """Answer every text with so many blanks instead."""

    def publish(
        self, patient: str, height: int, *texts: str, visits: tuple[str, ...] = ()
    ) -> list[dict[str, Any]]:
        """Publish documents in a block; return them as the stream tells them."""
        told = [
            {
                "document": f"{height}-0-{operation}",
                "kind": "01",
                "size_class": 4096,
                "time_ms": 1_780_000_000_000 + height,
                "height": height,
                "state": "published",
                "supersedes": None,
                "superseded_by": None,
                "patient": patient,
                "visit": visits[operation] if visits else "",
            }
            for operation, _ in enumerate(texts)
        ]
        for document, text in zip(told, texts, strict=True):
            self.told[document["document"]] = document
            self.texts[document["document"]] = text
        return told

    def amend(self, old: str, height: int, text: str) -> list[dict[str, Any]]:
        """Put a document in the place of another; return both as the stream tells them."""
        before = self.told[old]
        (after,) = self.publish(before["patient"], height, text, visits=(before["visit"],))
        after["supersedes"] = old
        before |= {"state": "superseded", "superseded_by": after["document"]}
        return [before, after]

    def add_to(self, app: web.Application) -> None:
        """Serve the documents."""
        app.router.add_get("/v1/portal/records/{document}", self._text)
        app.router.add_get("/v1/portal/records/{document}/openings", self._openings)
        app.router.add_get("/v1/facts/{key}", self._fact)

    async def _text(self, request: web.Request) -> web.StreamResponse:
        document, session = request.match_info["document"], request.query["session"]
        if self.too_many:
            return web.json_response({"code": "vault.too_many_openings"}, status=429)
        opening = {"time_ms": 1_789_999_000_000, "who": "portal", "session": session}
        self.openings.setdefault(document, []).insert(0, opening | {"what": "record"})
        headers = {"Content-Type": "application/json", "Document-Seed": base64url(SEED)}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        data = self.texts[document].encode() if not self.long_text else b" " * self.long_text
        for start in range(0, len(data), CHUNK):
            await response.write(data[start : start + CHUNK])
        return response

    async def _openings(self, request: web.Request) -> web.Response:
        items = self.openings.get(request.match_info["document"], [])
        return web.json_response({"items": items[:100]})

    async def _fact(self, request: web.Request) -> web.Response:
        return web.json_response(json.loads(receipt_of(request.match_info["key"])))
