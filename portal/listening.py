"""Serving an application on an address, and running until told to stop."""

import asyncio
import signal
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from aiohttp import web

from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION

SHUTDOWN_S = 5.0
"""Requests in hand get this long to end."""


async def listen(
    app: web.Application,
    address: tuple[str, int],
    *,
    file: Path,
    stack: AsyncExitStack,
    context: ssl.SSLContext | None = None,
) -> str:
    """Serve an application until `stack` closes; return its address.

    Args:
        app: what is served.
        address: host and port; port 0 takes any.
        file: the settings that name the address, for the sentence when it is taken.
        stack: ends it.
        context: TLS, if any.

    Raises:
        NodeFault: `portal.address_in_use`, exit code 78.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=30.0,
        shutdown_timeout=SHUTDOWN_S,
        handle_signals=False,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    host, port = address
    try:
        await web.TCPSite(runner, host, port, ssl_context=context).start()
    except OSError as error:
        raise NodeFault(
            "portal.address_in_use",
            f"{file}: web.listen: cannot listen on {host}:{port} "
            f"({error.strerror}); choose another port or stop what uses it",
            "web.listen",
            EXIT_CONFIGURATION,
        ) from error
    bound = runner.addresses[0][1]
    return f"{'http' if context is None else 'https'}://{host}:{bound}"


async def run_beside(stop: asyncio.Event, *works: Coroutine[Any, Any, None]) -> None:
    """Run endless work until `stop` is set or one of it ends.

    Raises:
        HouseError: what ended it, other than `stop`.
    """
    tasks = [asyncio.create_task(work) for work in works]
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({*tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in tasks if task.done()]
    for task in (*tasks, stopped):
        task.cancel()
    await asyncio.gather(*tasks, stopped, return_exceptions=True)
    for task in failed:
        await task


async def run_until_told(serve: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run `serve` until SIGTERM or Ctrl-C sets the event it is given."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(stop)
