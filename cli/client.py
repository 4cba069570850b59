"""The node's HTTP API, asked once or many times over one connection.

Rule: every question has a timeout and a size limit. What the node refuses is `Refused` with the
node's code; a question that changes the ledger and got no answer has an unknown outcome, never a
failed one.
"""

import errno
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from cli.exits import CommandError, Exit
from cli.target import Target
from primitives.errors import HouseError, Refused, Unavailable

ANSWER_SIZE_MAX = 64 * 1024 * 1024
"""A page of answers, a receipt, a genesis: all far below."""
CONNECT_TIMEOUT_S = 5.0

_KNOWN_KEYS = frozenset(("type", "title", "status", "code", "detail", "field", "fix"))


class NodeClient:
    """A connection to one node; use it as an async context manager.

    Args:
        target: which node.
        timeout_s: how long an answer may take, beside what the question itself waits.
    """

    def __init__(self, target: Target, timeout_s: float) -> None:
        self._target = target
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Make the connection pool; nothing is sent yet."""
        target = self._target
        connector: aiohttp.BaseConnector
        if target.tls is None:
            connector = aiohttp.UnixConnector(path=target.socket)
        else:
            connector = aiohttp.TCPConnector(ssl=target.tls)
        headers = {"Authorization": f"Bearer {target.token}"} if target.token else {}
        self._session = aiohttp.ClientSession(
            connector=connector, headers=headers, cookie_jar=aiohttp.DummyCookieJar()
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

    async def get(self, path: str, **query: str | int | None) -> dict[str, Any]:
        """Ask for a JSON object; a query value of None is left out.

        Raises:
            HouseError: `Refused`, `Unavailable`, or `CommandError` with the exit code.
        """
        return _object(await self.get_bytes(path, **query))

    async def get_bytes(self, path: str, **query: str | int | None) -> bytes:
        """Ask for a document as it is; see `get`."""
        wait_ms = int(query.get("wait_ms") or 0)
        data, _ = await self._ask("GET", path, query=query, wait_ms=wait_ms)
        return data

    async def get_with_header(self, path: str, header: str) -> tuple[bytes, str]:
        """Ask for a document and one of its answer's headers; see `get`."""
        data, headers = await self._ask("GET", path, query={}, wait_ms=0)
        return data, headers.get(header, "")

    async def post(
        self,
        path: str,
        body: bytes,
        *,
        media: str = "application/json",
        wait_ms: int = 0,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **query: str | int | None,
    ) -> dict[str, Any]:
        """Hand something in and wait for what became of it; `key` is its Idempotency-Key.

        Raises:
            HouseError: as `get`; `CommandError` with exit 6 when the answer did not come.
        """
        sent = {"Content-Type": media, **(headers or {})}
        sent |= {"Idempotency-Key": key} if key else {}
        asked = {"wait_ms": wait_ms, **query}
        data, _ = await self._ask(
            "POST", path, query=asked, wait_ms=wait_ms, body=body, headers=sent
        )
        return _object(data)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any],
        wait_ms: int,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[bytes, Mapping[str, str]]:
        assert self._session is not None
        timeout = aiohttp.ClientTimeout(
            total=self._timeout_s + wait_ms / 1000, sock_connect=CONNECT_TIMEOUT_S
        )
        try:
            async with self._session.request(
                method,
                self._target.base_url + path,
                params={name: str(value) for name, value in query.items() if value is not None},
                data=body,
                headers=headers or {},
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                data = await _read_limited(response)
                if response.status == 200:
                    return data, response.headers
                raise _problem(response, data)
        except aiohttp.ClientConnectorError as error:
            raise self._unreachable(error) from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken_off(method, error) from error

    def _unreachable(self, error: aiohttp.ClientConnectorError) -> CommandError:
        name = self._target.name
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return CommandError(
                Exit.UNREACHABLE,
                "node.wrong_certificate",
                f"what answers at {name} is not the node of the given certificate",
                field="--ca-file",
            )
        if error.errno in (errno.EACCES, errno.EPERM):
            return CommandError(
                Exit.PERMISSION,
                "node.not_permitted",
                f"this user may not open {name}; use the node's own user",
                field="--node",
            )
        return CommandError(
            Exit.UNREACHABLE,
            "node.unreachable",
            f"no node answers at {name}: is it running, and is the address right?",
            field="--node",
        )

    def _broken_off(self, method: str, error: Exception) -> CommandError:
        name = self._target.name
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return CommandError(
                Exit.UNREACHABLE, "node.unreachable", f"{name} does not answer", field="--node"
            )
        is_late = isinstance(error, TimeoutError)
        what = "did not answer in time" if is_late else "closed the connection without an answer"
        if method == "POST":
            return CommandError(
                Exit.OUTCOME_UNKNOWN,
                "outcome.unknown",
                f"{name} {what}: what was handed in may still become final; "
                "running the command again is safe",
            )
        return CommandError(Exit.UNREACHABLE, "node.silent", f"{name} {what}", field="--node")


async def _read_limited(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > ANSWER_SIZE_MAX:
            raise CommandError(Exit.UNEXPECTED, "answer.too_long", "the node's answer is too long")
    return bytes(data)


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise CommandError(
            Exit.UNEXPECTED, "answer.malformed", "what answers there does not speak like a node"
        )
    return value


def _problem(response: aiohttp.ClientResponse, data: bytes) -> HouseError:
    """Return the error that a problem document tells of."""
    status = response.status
    try:
        problem = _object(data)
    except CommandError as failure:
        if status != 503:
            return failure
        problem = {}
    code = str(problem.get("code") or "answer.no_code")
    said = f"HTTP {status} {response.reason or ''}".rstrip()
    detail = str(problem.get("detail") or problem.get("title") or said)
    field = str(problem.get("field") or "")
    facts = {
        name: value
        for name, value in problem.items()
        if name not in _KNOWN_KEYS and name.isidentifier() and isinstance(value, str | int)
    }
    if status in (401, 403):
        return CommandError(Exit.PERMISSION, code, detail, field=field)
    if status in (429, 503):
        return Unavailable(code, detail, field, **facts)
    if status >= 500 or status < 400:
        return CommandError(Exit.UNEXPECTED, code, detail, field=field)
    return Refused(code, detail, field, **facts)
