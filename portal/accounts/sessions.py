"""Who is logged in.

Rule: a session lives in memory, bounded; the cookie's token is kept as a hash; a session holds
pseudonyms only, and for its time the records opened for it; it ends by itself.
"""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.records.opened import Shelf


@dataclass(slots=True)
class Session:
    """One patient's login on one device."""

    name: str
    """Opaque name told to the node when details are opened."""
    patient: bytes
    """Pseudonym of the patient."""
    phone: bytes
    """Hash of the phone that proved it."""
    opened_ms: int
    """When it was opened."""
    seen_ms: int
    """When it last made a request."""
    shelf: "Shelf | None" = field(default=None, repr=False)
    """Records opened for it; they go with it."""


class Sessions:
    """All sessions.

    Args:
        idle_ms: a session ends after this time without a request.
        length_ms: a session ends after this time in any case.
        count_max: sessions kept; one more ends the oldest.
    """

    def __init__(self, *, idle_ms: int, length_ms: int, count_max: int) -> None:
        self._idle_ms = idle_ms
        self._length_ms = length_ms
        self._count_max = count_max
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()

    def open(self, patient: bytes, phone: bytes, now_ms: int) -> str:
        """Open a session and return its token, for the cookie."""
        self.forget(now_ms)
        token = secrets.token_urlsafe(32)
        session = Session(secrets.token_urlsafe(16), patient, phone, now_ms, now_ms)
        self._sessions[_key(token)] = session
        if len(self._sessions) > self._count_max:
            self._sessions.popitem(last=False)
        return token

    def find(self, token: str, now_ms: int, *, is_visit: bool = True) -> Session | None:
        """Return the session of a token and note the visit, if it is one; None when it is over."""
        self.forget(now_ms)
        session = self._sessions.get(_key(token))
        if session is None:
            return None
        if self._is_over(session, now_ms):
            del self._sessions[_key(token)]
            return None
        if is_visit:
            session.seen_ms = now_ms
            self._sessions.move_to_end(_key(token))
        return session

    def forget(self, now_ms: int) -> None:
        """Forget those that have been idle for too long, with all that is open for them."""
        while self._sessions:
            key, session = next(iter(self._sessions.items()))
            if not self._is_over(session, now_ms):
                return
            del self._sessions[key]

    def _is_over(self, session: Session, now_ms: int) -> bool:
        is_idle = now_ms - session.seen_ms >= self._idle_ms
        return is_idle or now_ms - session.opened_ms >= self._length_ms

    def end(self, token: str) -> None:
        """End one session; harmless when it is over."""
        self._sessions.pop(_key(token), None)

    def end_all_of(self, patients: frozenset[bytes]) -> None:
        """End every session of these patients."""
        over = [key for key, session in self._sessions.items() if session.patient in patients]
        for key in over:
            del self._sessions[key]


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
