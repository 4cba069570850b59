"""One request as a handler sees it: who asks, with which parameters, of which node.

Rule: parameters are read by the same table that describes them; nothing is read twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import web

from ledger.state import View
from node.api.auth import Caller
from node.api.encoding import whole_number
from node.api.outline import BlockReader
from node.api.strict_json import decode_strictly
from node.check_limits import CheckLimits
from node.config import ApiSection
from node.desk import Desk
from node.duties import Duties
from node.issuing import Issuing
from node.kept_requests import KeptRequests
from node.node import Node
from node.ports import Clock, Executor, Journal
from node.publishing import Publishing
from node.settling import Settling
from node.vault.openings import OpeningJournal, OpeningLimits
from node.vault.store import Vault
from primitives.errors import NodeFault
from storage.store import Store

T = TypeVar("T")


@dataclass(slots=True)
class Load:
    """How much the API is doing."""

    requests: int = 0
    """Being served now."""
    streams: int = 0
    """Event streams open now."""
    served: dict[tuple[str, int], int] = field(default_factory=dict)
    """Requests answered, by route and status."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the handlers work with."""

    node: Node
    genesis_bytes: bytes
    """The genesis file."""
    agency: str
    """Whose node this is."""
    settings: ApiSection
    clock: Clock
    vault: Vault
    vault_thread: Executor
    """Where the vault's disk work runs."""
    issuing: Issuing
    publishing: Publishing
    requests: KeptRequests
    openings: OpeningJournal
    limits: OpeningLimits
    checks: CheckLimits
    load: Load
    blocks: BlockReader
    desk: Desk
    settling: Settling
    duties: Duties
    journal: Journal
    fail: Callable[[NodeFault], None]
    """Ends the process with a fault that no request can live with."""

    @property
    def store(self) -> Store:
        """Headers, bodies, certificates and receipts, for reading."""
        return self.node.store

    @property
    def view(self) -> View:
        """The state after the head, verified as it is read; take it anew for every question."""
        return self.node.state


SERVICES: web.AppKey[Services] = web.AppKey("services")


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    request: web.Request
    """As aiohttp read it."""
    caller: Caller
    services: Services

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.match_info[name]

    def text(self, name: str) -> str:
        """Return a query parameter; empty without it."""
        return self.request.query.get(name, "")

    def integer(self, name: str, default: int, most: int) -> int:
        """Return a whole number from the query.

        Raises:
            Refused: `request.wrong_value` for anything else, or above `most`.
        """
        return whole_number(self.request.query.get(name, str(default)), name, most)

    def wait_ms(self) -> int:
        """Return how long the caller is ready to wait."""
        return self.integer("wait_ms", 0, self.services.settings.wait_max_ms)

    async def bytes(self) -> bytes:
        """Return the body; its limit is the application's."""
        return await self.request.read()

    async def body(self, type_: type[T]) -> T:
        """Return the JSON body as the struct it must be.

        Raises:
            Refused: `request.*`.
        """
        return decode_strictly(await self.bytes(), type_)
