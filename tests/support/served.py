"""The hospital's API on a real socket, in front of a simulated network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from node.api.auth import OPERATOR, Caller
from node.api.server import make_application
from primitives.errors import Refused
from tests.support.office import Office, open_town
from tests.support.town import Town

TestServer.__test__ = False
READER = Caller("reader", frozenset({"read"}))


@asynccontextmanager
async def served(
    caller: Caller | None = OPERATOR,
) -> AsyncIterator[tuple[ClientSession, Office, Town]]:
    """A client of the hospital's API, its office and its town."""

    def identify(_request) -> Caller:
        if caller is None:
            raise Refused("auth.missing", "send a token")
        return caller

    town, office = await open_town()
    server = TestServer(make_application(office.services, identify))
    await server.start_server()
    async with ClientSession(base_url=server.make_url("/")) as client:
        yield client, office, town
    await server.close()
    office.close()
    for machine in town.all:
        await machine.stop()
