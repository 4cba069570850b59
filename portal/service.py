"""Builds the portal from its settings and keeps it running until it is told to stop."""

import asyncio
import secrets
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from portal.accounts.bindings import Bindings
from portal.accounts.login import Logins, Sources
from portal.checks import CheckCounts, CheckLimits
from portal.clock import Clock
from portal.config import Config, read_portal_key
from portal.listening import listen, run_beside
from portal.logs import Log
from portal.messages.console import ConsoleMessages
from portal.node_client import NodeClient
from portal.pages.app import make_app
from portal.pages.context import Portal, read_genesis
from portal.payments.opening import open_adapter
from portal.projection.follower import Follower
from portal.projection.projection import Projection
from portal.pseudonyms import Pseudonyms
from portal.records.opened import OpenedRecords
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION

FORGET_S = 30.0
"""Sessions that are over are gone after so much longer at most."""


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
    check_counts = CheckCounts(config.data.folder / "checks.sqlite")
    stack.callback(check_counts.close)
    payments = await open_adapter(config, clock, log, stack)
    portal = Portal(
        config=config,
        genesis=genesis,
        node=node,
        projection=projection,
        progress=follower.progress,
        bindings=bindings,
        logins=logins,
        payments=payments,
        clock=clock,
        log=log,
        pseudonyms=pseudonyms,
        watchers=follower.watchers,
        opened=OpenedRecords(node),
        check_counts=check_counts,
        check_limits=CheckLimits(config.check),
        csrf_key=secrets.token_bytes(32),
    )
    address, file = config.listen_address(), config.file
    url = await listen(make_app(portal), address, file=file, stack=stack, context=context)
    return Running(portal, follower, url)


async def serve(config: Config, clock: Clock, log: Log, stop: asyncio.Event) -> None:
    """Run until `stop` is set or the projection fails.

    Raises:
        NodeFault: what ended it, other than `stop`.
    """
    async with AsyncExitStack() as stack:
        running = await start(config, clock, log, stack)
        log.event("portal.started", listen=running.url)
        await run_beside(stop, running.follower.run(), _forget_idle(running.portal))
    log.event("portal.stopped")


async def _forget_idle(portal: Portal) -> None:
    """Let go of sessions that are over, with what is open for them, even when nobody asks."""
    while True:
        await asyncio.sleep(FORGET_S)
        portal.logins.sessions.forget(portal.clock.now_ms())


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
