"""The table of routes: path, scope, parameters and structs, from which all else is made.

Rule: what is not in this table is not served, and docs/api.md and the OpenAPI document tell what
is in it, because both come from it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from node.api.call import Call

Handler = Callable[[Call], Awaitable[msgspec.Struct | web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a path or query."""

    name: str
    """As in the URL."""
    schema: dict[str, Any]
    """Its JSON schema."""
    meaning: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Route:
    """One thing the API does."""

    method: str
    """`GET` or `POST`."""
    path: str
    """With `{name}` for its parts."""
    handler: Handler
    """What does it."""
    summary: str
    """One sentence."""
    scope: str = ""
    """The scope its token needs; empty when none is needed."""
    answer: type[msgspec.Struct] | None = None
    """The struct of the JSON it answers."""
    media: str = "application/json"
    """What it answers otherwise; several media types stand behind commas."""
    body: type[msgspec.Struct] | None = None
    """The struct of its JSON body."""
    schema: str = ""
    """Name of the schema of its JSON body, where no struct says it: see `node.api.openapi`."""
    headers: tuple[Parameter, ...] = ()
    """Its own request headers."""
    lines: str = ""
    """Meaning of its newline-delimited body, where it takes one."""
    bundle: str = ""
    """Meaning of its body, where it takes a FHIR bundle."""
    size_max_bytes: int = 0
    """Longest body, where it is not the common one."""
    query: tuple[Parameter, ...] = ()
    """Its query parameters."""
    refusals: tuple[int, ...] = ()
    """Statuses of its own refusals, besides those of every route."""

    @property
    def takes_json(self) -> bool:
        """Whether its body is JSON and nothing else."""
        return self.body is not None or bool(self.schema)

    @property
    def name(self) -> str:
        """The operation's name: `get_block`."""
        return self.handler.__name__


_AGENCY = {"type": "string", "pattern": "^[a-z][a-z0-9-]{1,30}$"}
_CODE = Parameter("code", {"type": "string", "pattern": "^[0-9]{8}$"}, "票据代码, eight digits.")
_NUMBER = Parameter("number", {"type": "string", "pattern": "^[0-9]{1,10}$"}, "票据号码.")

PATH_PARAMETERS = {
    "code": _CODE,
    "number": _NUMBER,
    "height": Parameter(
        "height", {"type": "string", "pattern": "^[0-9]{1,18}$"}, "Height of a block."
    ),
    "agency": Parameter("agency", _AGENCY, "Id of an agency."),
    "hospital": Parameter("hospital", _AGENCY, "Id of a hospital."),
    "order": Parameter(
        "order", {"type": "string", "pattern": "^[0-9A-Za-z._|*-]{1,64}$"}, "Number of an order."
    ),
    "custodian": Parameter("custodian", _AGENCY, "Id of the agency that keeps it."),
    "document": Parameter(
        "document",
        {"type": "string", "pattern": "^[0-9]{1,12}-[0-9]{1,5}-[0-9]{1,4}$"},
        "Name of a document: block, transaction and operation that published it.",
    ),
    "key_id": Parameter(
        "key_id", {"type": "string", "pattern": "^[0-9a-f]{16}$"}, "Id of a key, hex."
    ),
    "key": Parameter(
        "key", {"type": "string", "pattern": "^[A-Za-z0-9_-]{2,160}$"}, "State key, base64url."
    ),
    "proposal": Parameter(
        "proposal", {"type": "string", "pattern": "^[0-9-]{1,40}$"}, "Id of a proposal."
    ),
    "id": Parameter("id", {"type": "string", "pattern": "^[0-9a-f]{80}$"}, "Transaction id, hex."),
}
"""What stands for each part of a path."""

TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
"""Schema of a short text."""
WAIT = Parameter(
    "wait_ms",
    {"type": "integer", "minimum": 0, "maximum": 60_000},
    "How long to wait for the outcome; 0 answers at once.",
)
LIMIT = Parameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 100}, "Items on a page; 20 without."
)
CURSOR = Parameter("cursor", {"type": "string"}, "`next` of the page before; opaque.")
FROM = Parameter(
    "from",
    {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
    "Tell of heights above this one; `Last-Event-ID` does the same and counts first.",
)
DRY_RUN = Parameter(
    "dry_run",
    {"type": "integer", "minimum": 0, "maximum": 1},
    "1 hands nothing in: the answer tells what would come of it now.",
)
IDEMPOTENCY = Parameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "The same key with the same body answers with the first transaction, for a day and more.",
)
CODE_QUERY = _CODE
NUMBER_QUERY = _NUMBER
