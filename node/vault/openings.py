"""Who opened which bill's details, and how often they may.

    vault/openings.jsonl   one JSON object a line: time_ms, who, session, what, code, number;
                           of an order its number as order instead

Rule: an opening is on disk before its content leaves the node; no personal data stands in it. A
portal session is known by the hash of the name the portal gives it.
"""

import hashlib
from collections import OrderedDict, deque

import msgspec

from primitives.errors import Refused
from storage.files import Files

PATH = "vault/openings.jsonl"
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
SESSIONS_MAX = 10_000
"""Sessions whose counts are remembered; the one longest silent is forgotten first."""


class Opening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the journal."""

    time_ms: int
    """Wall clock."""
    who: str
    """Name of the token, or `operator` on the admin socket."""
    session: str
    """Hash of the portal session; empty without one."""
    what: str
    """`details`, `contact`, `sealed`, `proof` or `export`."""
    code: str = ""
    """票据代码; empty for an order."""
    number: int = 0
    """票据号码; 0 for an order."""
    order: str = ""
    """Number of the charge order; empty for a bill."""


class OpeningJournal:
    """The append-only record of openings."""

    def __init__(self, files: Files) -> None:
        self._file = files.open_append(PATH)

    def record(self, opening: Opening) -> None:
        """Write one opening; durable on return. Runs on a worker thread.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        self._file.append(msgspec.json.encode(opening) + b"\n")
        self._file.sync()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class OpeningLimits:
    """Sliding limits: openings a portal session an hour, phone look-ups a minute in all."""

    def __init__(self, per_session_max: int, contacts_max: int) -> None:
        self._per_session_max = per_session_max
        self._contacts_max = contacts_max
        self._sessions: OrderedDict[str, deque[int]] = OrderedDict()
        self._contacts: deque[int] = deque()

    def count_opening(self, session: str, now_ms: int) -> None:
        """Count one opening of a session.

        Raises:
            Refused: `vault.too_many_openings`.
        """
        times = self._sessions.setdefault(session, deque())
        self._sessions.move_to_end(session)
        while len(self._sessions) > SESSIONS_MAX:
            self._sessions.popitem(last=False)
        _count(
            times,
            now_ms,
            span_ms=HOUR_MS,
            most=self._per_session_max,
            code="vault.too_many_openings",
        )

    def count_contact(self, now_ms: int) -> None:
        """Count one phone look-up.

        Raises:
            Refused: `vault.too_many_contacts`.
        """
        _count(
            self._contacts,
            now_ms,
            span_ms=MINUTE_MS,
            most=self._contacts_max,
            code="vault.too_many_contacts",
        )


def session_hash(session: str) -> str:
    """Return how the journal and the limits know a portal session."""
    return hashlib.sha256(session.encode()).hexdigest()[:32]


def _count(times: deque[int], now_ms: int, *, span_ms: int, most: int, code: str) -> None:
    while times and times[0] <= now_ms - span_ms:
        times.popleft()
    if len(times) >= most:
        raise Refused(code, "wait, then try again", retry_after_s=span_ms // 1000)
    times.append(now_ms)
