"""What every page has at hand."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from portal.accounts.bindings import Bindings
from portal.accounts.login import Logins
from portal.accounts.sessions import Session
from portal.checks import CheckCounts, CheckLimits
from portal.clock import Clock
from portal.config import Config
from portal.logs import Log
from portal.node_client import NodeClient
from portal.payments.adapter import Payments
from portal.projection.follower import Progress
from portal.projection.projection import Projection
from portal.projection.watchers import Watchers
from portal.pseudonyms import Pseudonyms
from portal.records.opened import OpenedRecords
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION


@dataclass(frozen=True, slots=True)
class Genesis:
    """The genesis file, as this portal has it."""

    data: bytes
    """Its bytes."""
    chain: str
    """The chain id, hex: SHA-256 of the bytes."""
    names: dict[str, str]
    """Name of each agency, by id."""


@dataclass(frozen=True, slots=True)
class Portal:
    """The portal's parts, for the pages."""

    config: Config
    """Settings."""
    genesis: Genesis
    """The ledger this portal belongs to."""
    node: NodeClient
    """The agency's node."""
    projection: Projection
    """Bills by patient."""
    progress: Progress
    """Whether the projection follows."""
    bindings: Bindings
    """Bound phones and notices."""
    logins: Logins
    """Logins and sessions."""
    payments: Payments | None
    """How patients pay from home; None when the settings name no way."""
    clock: Clock
    """What time it is."""
    log: Log
    """Where failures are told."""
    pseudonyms: Pseudonyms
    """Hashes what must not be kept."""
    watchers: Watchers
    """Open pages that wait for news."""
    opened: OpenedRecords
    """Records opened for the sessions."""
    check_counts: CheckCounts
    """How often each bill was checked."""
    check_limits: CheckLimits
    """How often an address may check."""
    csrf_key: bytes
    """32 random bytes of this process."""


PORTAL: web.AppKey[Portal] = web.AppKey("portal", Portal)
LANGUAGE: web.RequestKey[str] = web.RequestKey("language", str)
VISIT: web.RequestKey[str] = web.RequestKey("visit", str)
SESSION: web.RequestKey[Session] = web.RequestKey("session", Session)


def own_session(request: web.Request) -> Session:
    """Return the session of a request; lead to the login without one."""
    if SESSION not in request:
        raise web.HTTPSeeOther("/login?over")
    return request[SESSION]


def read_genesis(file: Path) -> Genesis:
    """Read the genesis file.

    Raises:
        NodeFault: `genesis.*`, exit code 78.
    """
    try:
        data = file.read_bytes()
        tree = json.loads(data)
        names = {str(agency["id"]): str(agency["name"]) for agency in tree["agencies"]}
    except OSError as error:
        raise NodeFault(
            "genesis.missing", f"{file} cannot be read", "node.genesis", EXIT_CONFIGURATION
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NodeFault(
            "genesis.malformed", f"{file} is no genesis", "node.genesis", EXIT_CONFIGURATION
        ) from error
    return Genesis(data, hashlib.sha256(data).hexdigest(), names)
