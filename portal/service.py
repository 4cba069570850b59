"""Builds the portal from its settings and keeps it running until it is told to stop."""

import asyncio
import secrets
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from portal.accounts.bindings import Bindings
from portal.accounts.login import Logins, Sources
from portal.clock import Clock
from portal.config import Config, read_portal_key
from portal.logs import Log
from portal.messages.console import ConsoleMessages
from portal.node_client import NodeClient
from portal.pages.app import make_app
from portal.pages.context import Portal, read_genesis
from portal.projection.bills import Projection
from portal.projection.follower import Follower
from portal.pseudonyms import Pseudonyms
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION

SHUTDOWN_S = 5.0
"""Requests in hand get this long to end."""


@dataclass(frozen=True, slots=True)
class Running:
    """A portal that serves."""

    portal: Portal
    """Its parts."""
    follower: Follower
    """What keeps the projection in step; run it."""
    url: str
    """Where patients find it."""


async def start(config: Config, clock: Clock, log: Log, stack: AsyncExitStack) -> Running:
    """Build everything and listen; what was opened closes with `stack`.

    Raises:
        NodeFault: when settings, files or the address cannot be used.
    """
    pseudonyms = Pseudonyms(read_portal_key(config.accounts.portal_key))
    genesis = read_genesis(config.node.genesis)
    context = _web_context(config)
    projection = Projection(config.data.folder / "projection.sqlite")
    stack.callback(projection.close)
    bindings = Bindings(config.data.folder / "accounts.sqlite")
    stack.callback(bindings.close)
    node = await stack.enter_async_context(NodeClient(config.node))
    follower = Follower(projection, node, pseudonyms=pseudonyms, chain=genesis.chain, log=log)
    logins = Logins(
        config.accounts,
        Sources(pseudonyms=pseudonyms, projection=projection, node=node, bindings=bindings),
        messages=ConsoleMessages(config.messages.console_file, clock),
        clock=clock,
        log=log,
    )
    stack.push_async_callback(logins.settle)
    portal = Portal(
        config=config,
        genesis=genesis,
        node=node,
        projection=projection,
        progress=follower.progress,
        bindings=bindings,
        logins=logins,
        clock=clock,
        log=log,
        csrf_key=secrets.token_bytes(32),
    )
    return Running(portal, follower, await _listen(portal, context, stack))


async def serve(config: Config, clock: Clock, log: Log, stop: asyncio.Event) -> None:
    """Run until `stop` is set or the projection fails.

    Raises:
        NodeFault: what ended it, other than `stop`.
    """
    async with AsyncExitStack() as stack:
        running = await start(config, clock, log, stack)
        log.event("portal.started", listen=running.url)
        follow = asyncio.create_task(running.follower.run())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({follow, stopped}, return_when=asyncio.FIRST_COMPLETED)
        is_failed = follow.done()
        follow.cancel()
        stopped.cancel()
        if is_failed:
            await follow
        await asyncio.gather(follow, stopped, return_exceptions=True)
    log.event("portal.stopped")


async def _listen(portal: Portal, context: ssl.SSLContext | None, stack: AsyncExitStack) -> str:
    runner = web.AppRunner(
        make_app(portal),
        access_log=None,
        keepalive_timeout=30.0,
        shutdown_timeout=SHUTDOWN_S,
        handle_signals=False,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    host, port = portal.config.listen_address()
    try:
        await web.TCPSite(runner, host, port, ssl_context=context).start()
    except OSError as error:
        raise NodeFault(
            "portal.address_in_use",
            f"{portal.config.file}: web.listen: cannot listen on {host}:{port} "
            f"({error.strerror}); choose another port or stop what uses it",
            "web.listen",
            EXIT_CONFIGURATION,
        ) from error
    bound = runner.addresses[0][1]
    return f"{'http' if context is None else 'https'}://{host}:{bound}"


def _web_context(config: Config) -> ssl.SSLContext | None:
    certificate, key = config.web.certificate, config.web.key
    if certificate is None or key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(Path(certificate), Path(key))
    except (OSError, ssl.SSLError) as error:
        raise NodeFault(
            "certificate.unusable",
            f"{config.file}: web.certificate: {certificate} and {key} cannot be used together",
            "web.certificate",
            EXIT_CONFIGURATION,
        ) from error
    return context
