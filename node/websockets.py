"""Links as websockets over TLS 1.3, made with aiohttp.

Rule: a link exists only after the handshake proved whose it is. A frame is one binary message of
at most `FRAME_SIZE_MAX` bytes; anything else ends the link.
Source: RFC 6455.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakSet

import aiohttp
from aiohttp import web

from node.ports import FRAME_SIZE_MAX, Link, Roster
from node.tls import LinkIdentity
from primitives.errors import NodeFault, PeerFault
from primitives.settings import EXIT_CONFIGURATION

PATH = "/piaolian/1"
"""Where the listener expects the upgrade; the number is that of the framing."""
CLOSE_TIMEOUT_S = 2.0
"""How long a closing side waits for the other's farewell."""

Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Where to listen and how long to wait."""

    file: str
    """The configuration file, for errors."""
    host: str
    """Address to listen on."""
    port: int
    """Port to listen on."""
    connect_timeout_ms: int
    """Milliseconds until a connection attempt is given up."""
    heartbeat_ms: int
    """Milliseconds of silence after which a link is pinged; half of it later it is closed."""


class WebsocketLink:
    """The port `Link` over one websocket."""

    def __init__(self, agency: str, address: str, socket: Socket, certificate: bytes) -> None:
        self.agency = agency
        self.address = address
        self.certificate = certificate
        self._socket = socket

    async def send(self, frame: bytes) -> None:
        """Hand one frame to the connection; waits while its buffer is full."""
        try:
            await self._socket.send_bytes(frame)
        except (OSError, RuntimeError, aiohttp.ClientError) as error:
            raise PeerFault("link.closed", "the connection is gone") from error

    async def receive(self) -> bytes:
        """Return the next frame."""
        message = await self._socket.receive()
        if message.type is aiohttp.WSMsgType.BINARY:
            frame: bytes = message.data
            return frame
        if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.ERROR):
            await self.close()
            raise PeerFault("link.malformed", "not a binary frame of at most 4 MiB")
        raise PeerFault("link.closed", "the other side closed the connection")

    async def close(self) -> None:
        """Close the connection; harmless when it is closed."""
        with contextlib.suppress(OSError, RuntimeError, aiohttp.ClientError):
            await self._socket.close()


class WebsocketTransport:
    """The port `Transport`: one listener, one client session, links to members only."""

    def __init__(self, identity: LinkIdentity, settings: LinkSettings) -> None:
        self._identity = identity
        self._settings = settings
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self._listening: socket.socket | None = None
        self._site: web.SockSite | None = None
        self._changing = asyncio.Lock()
        self._links: WeakSet[WebsocketLink] = WeakSet()

    async def trust(self, roster: Roster) -> None:
        """Make links with exactly these members from now on; links that are up stay up.

        The socket goes on listening while the contexts are made anew: nobody is turned away.
        """
        async with self._changing:
            self._identity.trust(roster)
            self._contexts.clear()
            if self._site is not None:
                await self._site.stop()
                await self._serve()

    async def listen(self, accept: Callable[[Link], Awaitable[None]]) -> None:
        """Accept links from now on; `accept` runs as long as its link is used."""

        async def upgrade(request: web.Request) -> web.WebSocketResponse:
            certificate = _certificate_of(request.transport)
            agency = self._identity.agency_of(certificate)
            if agency is None or certificate is None:
                raise web.HTTPForbidden
            opened = web.WebSocketResponse(
                max_msg_size=FRAME_SIZE_MAX,
                heartbeat=self._settings.heartbeat_ms / 1000,
                timeout=CLOSE_TIMEOUT_S,
                compress=False,
            )
            await opened.prepare(request)
            link = WebsocketLink(agency, request.remote or "", opened, certificate)
            await self._use(link, accept)
            return opened

        application = web.Application()
        application.router.add_get(PATH, upgrade)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        self._listening = self._open_socket()
        await self._serve()

    async def connect(self, agency: str, address: str) -> Link:
        """Open a link to `agency` at `address`."""
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        if agency not in self._contexts:
            self._contexts[agency] = self._identity.client_context(agency)
        timeout = aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S)
        try:
            async with asyncio.timeout(self._settings.connect_timeout_ms / 1000):
                opened = await self._session.ws_connect(
                    f"https://{address}{PATH}",
                    ssl=self._contexts[agency],
                    max_msg_size=FRAME_SIZE_MAX,
                    heartbeat=self._settings.heartbeat_ms / 1000,
                    timeout=timeout,
                    compress=0,
                )
        except aiohttp.ClientConnectorCertificateError as error:
            raise PeerFault("link.wrong_key", f"{address} does not hold {agency}'s key") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise PeerFault("link.refused", f"{address} did not open a link") from error
        certificate = _peer_certificate(opened) or b""
        if self._identity.agency_of(certificate) != agency:
            await opened.close()
            raise PeerFault("link.wrong_key", f"{address} does not hold {agency}'s key")
        link = WebsocketLink(agency, address, opened, certificate)
        self._links.add(link)
        return link

    async def close(self) -> None:
        """Stop listening and close all links."""
        await asyncio.gather(*(link.close() for link in tuple(self._links)))
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._listening is not None:
            self._listening.close()

    async def _use(self, link: WebsocketLink, accept: Callable[[Link], Awaitable[None]]) -> None:
        self._links.add(link)
        try:
            await accept(link)
        finally:
            self._links.discard(link)
            await link.close()

    async def _serve(self) -> None:
        """Answer on the listening socket with the contexts of the present roster."""
        assert self._runner is not None
        assert self._listening is not None
        self._site = web.SockSite(
            self._runner, self._listening.dup(), ssl_context=self._identity.server_context()
        )
        await self._site.start()

    def _open_socket(self) -> socket.socket:
        settings = self._settings
        try:
            family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
            return socket.create_server((settings.host, settings.port), family=family, backlog=128)
        except OSError as error:
            raise NodeFault(
                "links.port_in_use",
                f"{settings.file}: links.listen: cannot listen on "
                f"{settings.host}:{settings.port}: {error.strerror or error}",
                "links.listen",
                EXIT_CONFIGURATION,
            ) from error


def _certificate_of(transport: asyncio.BaseTransport | None) -> bytes | None:
    tls = transport.get_extra_info("ssl_object") if transport is not None else None
    return tls.getpeercert(binary_form=True) if tls is not None else None


def _peer_certificate(socket: aiohttp.ClientWebSocketResponse) -> bytes | None:
    tls = socket.get_extra_info("ssl_object")
    return tls.getpeercert(binary_form=True) if tls is not None else None
