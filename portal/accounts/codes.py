"""One-time codes and the logins that wait for one.

Rule: a code is six digits, serves once, for a short time, and dies after a few wrong entries;
only its keyed hash is kept. A login that got no code looks and behaves like one that did.
"""

import hmac
from collections import OrderedDict
from dataclasses import dataclass

from primitives.errors import Refused
from primitives.hashing import keyed_hash

PENDING_MAX = 10_000
"""Logins that may wait at the same time; the oldest is forgotten first."""


@dataclass(slots=True)
class PendingLogin:
    """A login that waits for its code."""

    ends_ms: int
    """When the code is void."""
    tries_left: int
    """Wrong entries still forgiven."""
    code_hash: bytes = b""
    """Keyed hash of the code; empty while, or because, none was sent."""
    patient: bytes = b""
    """Pseudonym of who logs in."""
    phone: bytes = b""
    """Hash of the phone the code went to."""
    is_first: bool = False
    """The phone is to be bound."""


class Codes:
    """All logins that wait for a code, by visit.

    Args:
        key: 32 random bytes of this process.
        valid_ms: how long a code serves.
        tries_max: wrong entries after which it is void.
    """

    def __init__(self, key: bytes, *, valid_ms: int, tries_max: int) -> None:
        self._key = key
        self._valid_ms = valid_ms
        self._tries_max = tries_max
        self._pending: OrderedDict[str, PendingLogin] = OrderedDict()

    def begin(self, visit: str, now_ms: int) -> PendingLogin:
        """Begin to wait; an earlier login of this visit is void."""
        pending = PendingLogin(now_ms + self._valid_ms, self._tries_max)
        self._pending[visit] = pending
        self._pending.move_to_end(visit)
        if len(self._pending) > PENDING_MAX:
            self._pending.popitem(last=False)
        return pending

    def is_waiting(self, visit: str, now_ms: int) -> bool:
        """Tell whether this visit has a login that waits."""
        pending = self._pending.get(visit)
        return pending is not None and now_ms < pending.ends_ms

    def hash_of(self, code: str) -> bytes:
        """Return what is kept of a code."""
        return keyed_hash(self._key, code.encode())

    def enter(self, visit: str, code: str, now_ms: int) -> PendingLogin:
        """Return the login that this code completes; it serves once.

        Raises:
            Refused: `login.code_over` when nothing waits any more, `login.wrong_code` otherwise.
        """
        pending = self._pending.get(visit)
        if pending is None or now_ms >= pending.ends_ms:
            self._pending.pop(visit, None)
            raise Refused("login.code_over", "ask for a new code")
        if pending.code_hash and hmac.compare_digest(pending.code_hash, self.hash_of(code)):
            del self._pending[visit]
            return pending
        pending.tries_left -= 1
        if pending.tries_left <= 0:
            del self._pending[visit]
            raise Refused("login.code_over", "ask for a new code")
        raise Refused("login.wrong_code", "", "code", tries_left=pending.tries_left)
