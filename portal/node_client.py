"""The portal's only source: its agency's own node, asked over HTTP.

Rule: every question has a timeout and a size limit; the node's certificate is pinned; whatever
goes wrong on the way is `Unavailable`, what the node refuses is `Refused` with the node's code.
"""

import json
import re
import ssl
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from portal.config import NodeSection, read_secret
from primitives.errors import NodeFault, Refused, Unavailable
from primitives.settings import EXIT_CONFIGURATION

ANSWER_SIZE_MAX = 16 * 1024 * 1024
"""A receipt with the longest details, and room to spare."""
RECORD_SIZE_MAX = 16 * 1024 * 1024 + 256 * 1024
"""A document's text: a record of 16 MiB and what is written around its entries."""
RECORD_TIMEOUT_S = 60.0
EVENT_SIZE_MAX = 16 * 1024 * 1024
"""A block of 5,000 bills, each with where it stands."""
SILENCE_MAX_S = 180.0
"""The chain gives a block a minute at least: a longer silence is a dead line."""

TOO_MANY = "node.too_many"
"""The code of a refusal that time mends."""

_CODE = re.compile(r"[0-9]{8}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{10}", re.ASCII)
_DOCUMENT = re.compile(r"(0|[1-9][0-9]{0,11})-(0|[1-9][0-9]{0,4})-(0|[1-9][0-9]{0,3})", re.ASCII)
_ORDER = re.compile(r"[0-9A-Za-z._|*-]{1,64}", re.ASCII)


def is_bill_name(code: str, number: str) -> bool:
    """Tell whether these are a bill's code (8 digits) and number (10 digits)."""
    return bool(_CODE.fullmatch(code) and _NUMBER.fullmatch(number))


def is_order_number(number: str) -> bool:
    """Tell whether this is an order's number: 1 to 64 of `0-9A-Za-z._|*-`."""
    return bool(_ORDER.fullmatch(number))


def is_document_name(name: str) -> bool:
    """Tell whether this is a document's name: block, transaction, operation, `812-0-3`."""
    return bool(_DOCUMENT.fullmatch(name))


def document_parts(name: str) -> tuple[int, int, int]:
    """Return block, transaction and operation that a document's name tells.

    Raises:
        ValueError: when it is no such name.
    """
    found = _DOCUMENT.fullmatch(name)
    if found is None:
        raise ValueError("no document is named so")
    height, transaction, operation = (int(part) for part in found.groups())
    return height, transaction, operation


@dataclass(frozen=True, slots=True)
class OpenedText:
    """The text of a document, opened for a session."""

    text: str = field(repr=False)
    """One JSON object, as it was published."""
    seed: str = field(repr=False)
    """Where the salts of its leaves come from, base64url."""


class NodeClient:
    """A connection to the node; use it as an async context manager.

    Args:
        settings: where the node is and how it is trusted.

    Raises:
        NodeFault: when token or certificate cannot be used.
    """

    def __init__(self, settings: NodeSection) -> None:
        self._url = settings.url.rstrip("/")
        self._timeout_s = settings.timeout_ms / 1000
        self._headers = {"Authorization": f"Bearer {read_secret(settings.token)}"}
        self._ssl = _context(settings.certificate) if settings.url.startswith("https") else False
        self._session: aiohttp.ClientSession | None = None
        self._agency = ""

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            connector=aiohttp.TCPConnector(limit=32, ssl=self._ssl),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        assert self._session is not None
        await self._session.close()

    async def status(self) -> dict[str, Any]:
        """Return the node's status: chain, height, ready and more."""
        return await self._ask("GET", "/v1/status")

    async def contact(self, code: str, number: str) -> str:
        """Return the phone in a bill's sealed details; empty when it has none."""
        answer = await self._ask("POST", "/v1/portal/contact", {"code": code, "number": number})
        return str(answer.get("phone") or "")

    async def details(self, code: str, number: str, session: str) -> dict[str, str]:
        """Return `text` (the original line) and `seed` of a bill, opened for a session.

        Args:
            code: 票据代码.
            number: 票据号码.
            session: opaque name of the portal session, for the node's limit and journal.
        """
        path = f"/v1/portal/bills/{quote(code)}/{quote(number)}/details"
        answer = await self._ask("GET", f"{path}?{urlencode({'session': session})}")
        return {"text": str(answer["text"]), "seed": str(answer["seed"])}

    async def order_details(self, number: str, session: str) -> str:
        """Return the original line of an own order, opened for a session; see `details`."""
        path = f"/v1/portal/orders/{quote(number, safe='')}/details"
        answer = await self._ask("GET", f"{path}?{urlencode({'session': session})}")
        return str(answer["text"])

    async def check(self, elements: dict[str, str]) -> dict[str, Any]:
        """Ask whether five elements are those of one bill; see `POST /v1/check`."""
        return await self._ask("POST", "/v1/check", elements)

    async def pdf(self, code: str, number: str, session: str) -> bytes:
        """Return a bill as a PDF, opened for a session; see `details`."""
        path = f"/v1/portal/bills/{quote(code)}/{quote(number)}/pdf"
        return await self._fetch("GET", f"{path}?{urlencode({'session': session})}")

    async def face(self, code: str, number: str) -> dict[str, Any]:
        """Return the public face of a bill."""
        return await self._ask("GET", f"/v1/bills/{quote(code)}/{quote(number)}")

    async def proof(self, code: str, number: str) -> dict[str, Any]:
        """Return the portable receipt of a bill without details."""
        return await self._ask("GET", f"/v1/bills/{quote(code)}/{quote(number)}/proof")

    async def record(self, document: str, session: str) -> OpenedText:
        """Return the text of a document, opened for a session; see `details`."""
        path = f"/v1/portal/records/{quote(document)}?{urlencode({'session': session})}"
        timeout = aiohttp.ClientTimeout(total=RECORD_TIMEOUT_S, sock_read=self._timeout_s)
        async with self._answer("GET", path, timeout=timeout) as response:
            seed = response.headers.get("Document-Seed", "")
            data = await _read_limited(response, RECORD_SIZE_MAX)
        try:
            return OpenedText(data.decode(), seed)
        except UnicodeDecodeError as error:
            raise Unavailable("node.malformed", "a document is no text") from error

    async def openings(self, document: str) -> tuple[dict[str, Any], ...]:
        """Return who opened a document: `time_ms`, `who`, `session`, `what`, newest first."""
        answer = await self._ask("GET", f"/v1/portal/records/{quote(document)}/openings")
        return tuple(item for item in answer.get("items", ()) if isinstance(item, dict))

    async def document_proof(self, document: str) -> dict[str, Any]:
        """Return the portable receipt of an own document's leaf, without its text."""
        if not self._agency:
            self._agency = str((await self.status())["agency"])
        height, transaction, operation = document_parts(document)
        key = f"j/{self._agency}/{height:012d}-{transaction:05d}-{operation:04d}/"
        name = urlsafe_b64encode(key.encode()).rstrip(b"=").decode()
        return await self._ask("GET", f"/v1/facts/{name}")

    async def events(self, after: int) -> AsyncIterator[dict[str, Any]]:
        """Yield the node's blocks with own bills, above a height, as long as the line holds.

        Raises:
            Unavailable: `node.away` when the line breaks.
        """
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=self._timeout_s, sock_read=SILENCE_MAX_S
        )
        try:
            assert self._session is not None
            async with self._session.get(
                f"{self._url}/v1/portal/events?from={after}", timeout=timeout
            ) as response:
                await _raise_problem(response)
                async for data in _event_data(response.content):
                    yield _object(data)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _away(error) from error

    async def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        return _object(await self._fetch(method, path, body))

    async def _fetch(self, method: str, path: str, body: object = None) -> bytes:
        async with self._answer(method, path, json=body) as response:
            return await _read_limited(response, ANSWER_SIZE_MAX)

    @asynccontextmanager
    async def _answer(
        self, method: str, path: str, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        assert self._session is not None
        # The path is quoted here: it must not be quoted again.
        url = URL(self._url + path, encoded=True)
        try:
            async with self._session.request(method, url, **options) as response:
                await _raise_problem(response)
                yield response
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _away(error) from error


async def _event_data(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Yield the data of each server-sent event."""
    rest, data = b"", b""
    async for chunk in content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for raw in lines:
            line = raw.removesuffix(b"\r")
            if line.startswith(b"data:"):
                data += line[5:].removeprefix(b" ")
            elif not line and data:
                yield data
                data = b""
        if len(rest) + len(data) > EVENT_SIZE_MAX:
            raise Unavailable("node.malformed", "an event is too long")


async def _raise_problem(response: aiohttp.ClientResponse) -> None:
    if response.status == 200:
        return
    try:
        problem = _object(await _read_limited(response, ANSWER_SIZE_MAX))
    except Unavailable:
        problem = {}
    code = str(problem.get("code", "node.no_code"))
    if response.status >= 500 or response.status in (401, 403):
        raise Unavailable(code, "the node does not serve this now")
    if response.status == 429:
        raise Refused(TOO_MANY, "the node's limit is reached")
    raise Refused(code, "the node refuses this")


async def _read_limited(response: aiohttp.ClientResponse, size_max: int) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > size_max:
            raise Unavailable("node.malformed", "an answer is too long")
    return bytes(data)


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unavailable("node.malformed", "an answer is not JSON") from error
    if not isinstance(value, dict):
        raise Unavailable("node.malformed", "an answer is not an object")
    return value


def _away(error: Exception) -> Unavailable:
    return Unavailable("node.away", f"the node does not answer ({type(error).__name__})")


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        data = certificate.read_bytes()
        is_pem = data.startswith(b"-----")
        context.load_verify_locations(cadata=data.decode() if is_pem else data)
    except (OSError, ValueError, ssl.SSLError) as error:
        raise NodeFault(
            "certificate.unusable",
            f"{certificate}: not a certificate that can be read",
            "node.certificate",
            EXIT_CONFIGURATION,
        ) from error
    return context
