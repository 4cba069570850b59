"""Builds the simulated company from its settings and keeps it running until it is told to stop."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import web

from portal.clock import Clock
from portal.listening import listen, run_beside
from portal.logs import Log
from portal.payments.simulator.api import Api
from portal.payments.simulator.company import Clockwork, Company, open_company
from portal.payments.simulator.config import Config
from portal.payments.simulator.payer_page import PayerPage

BODY_SIZE_MAX = 64 * 1024
"""A longer request is refused."""


@dataclass(frozen=True, slots=True)
class Running:
    """A company that serves."""

    company: Company
    """Its parts."""
    clockwork: Clockwork
    """What sends its notices; run it."""
    url: str
    """Where it is found."""


async def start(config: Config, clock: Clock, log: Log, stack: AsyncExitStack) -> Running:
    """Build everything and listen; what was opened closes with `stack`.

    Raises:
        NodeFault: when settings, files or the address cannot be used.
    """
    company = open_company(config, clock, log)
    stack.callback(company.database.close)
    api, page = Api(company), PayerPage(company)
    app = web.Application(middlewares=[api.guard], client_max_size=BODY_SIZE_MAX)
    app.add_routes([*api.routes(), *page.routes()])
    url = await listen(app, config.listen_address(), file=config.file, stack=stack)
    return Running(company, Clockwork(company), url)


async def serve(config: Config, clock: Clock, log: Log, stop: asyncio.Event) -> None:
    """Run until `stop` is set.

    Raises:
        NodeFault: what ended it, other than `stop`.
    """
    async with AsyncExitStack() as stack:
        running = await start(config, clock, log, stack)
        log.event("company.started", listen=running.url)
        await run_beside(stop, running.clockwork.run())
    log.event("company.stopped")
