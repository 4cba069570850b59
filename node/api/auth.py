"""Who may ask for what: bearer tokens, kept as hashes, each with its scopes.

    tokens   a line each: name scope,scope sha256-of-the-token; `#` opens a comment

Rule: a token is compared in constant time and never logged; the file is read again when it
changes, so that a token can be withdrawn while the node runs.
"""

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from node.folder import ALL_SCOPES
from node.keys import read_private
from primitives.errors import NodeFault, Refused
from primitives.settings import EXIT_CONFIGURATION


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    name: str
    """Name of the token; `operator` on the admin socket."""
    scopes: frozenset[str]
    """What it may open."""

    def require(self, scope: str) -> None:
        """Refuse with `auth.missing_scope` unless the caller has `scope`."""
        if scope and scope not in self.scopes:
            raise Refused("auth.missing_scope", f"this needs a token with the scope {scope}")


OPERATOR = Caller("operator", frozenset(ALL_SCOPES))
"""Whoever may open the admin socket."""
NOBODY = Caller("", frozenset())
"""Without a token."""


class Tokens:
    """The tokens file.

    Raises:
        NodeFault: `tokens.malformed` (exit 78), or as `node.keys.read_private`.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._changed_ns = -1
        self._callers: list[tuple[str, Caller]] = []
        self._refresh()

    def caller(self, authorization: str) -> Caller:
        """Return who sends this Authorization header.

        Raises:
            Refused: `auth.missing`, `auth.unknown`.
        """
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Refused("auth.missing", "send a bearer token in the Authorization header")
        self._refresh()
        digest = hashlib.sha256(token.strip().encode()).hexdigest()
        found = [caller for known, caller in self._callers if hmac.compare_digest(known, digest)]
        if not found:
            raise Refused("auth.unknown", "this token is not known to this node")
        return found[0]

    def _refresh(self) -> None:
        try:
            changed_ns = self._file.stat().st_mtime_ns
        except OSError:
            changed_ns = 0
        if changed_ns != self._changed_ns:
            self._callers = _read(self._file)
            self._changed_ns = changed_ns


def _read(file: Path) -> list[tuple[str, Caller]]:
    callers = []
    for number, line in enumerate(read_private(file).decode("utf-8", "replace").splitlines(), 1):
        fields = line.split("#", 1)[0].split()
        if fields:
            callers.append(_parse(fields, f"{file}, line {number}"))
    return callers


def _parse(fields: list[str], place: str) -> tuple[str, Caller]:
    if len(fields) == 3:
        name, scopes, digest = fields
        known = frozenset(scopes.split(","))
        if known <= set(ALL_SCOPES) and len(digest) == 64:
            return digest.lower(), Caller(name, known)
    raise NodeFault(
        "tokens.malformed",
        f"{place}: write: name scope,scope sha256; scopes are {', '.join(ALL_SCOPES)}",
        "api.tokens",
        EXIT_CONFIGURATION,
    )
