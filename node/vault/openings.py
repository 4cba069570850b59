"""Who opened which bill's details or which record, and how often they may.

    vault/openings.jsonl   one JSON object a line: time_ms, who, session, what, code, number;
                           of an order its number as order instead, of a record its document

Rule: an opening is on disk before its content leaves the node; no personal data stands in it. A
portal session is known by the hash of the name the portal gives it. Of each thing the newest
openings are found again, for whom it is about; where they lie is kept in memory, about 200 bytes
an opening.
"""

import hashlib
from collections import OrderedDict, deque

import msgspec

from primitives.errors import NodeFault, Refused
from storage.files import Files

PATH = "vault/openings.jsonl"
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
REMEMBERED_MAX = 100
"""Openings of one thing that are found again."""
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
    """`details`, `contact`, `sealed`, `proof`, `export` or `record`."""
    code: str = ""
    """票据代码; empty for an order."""
    number: int = 0
    """票据号码; 0 for an order."""
    order: str = ""
    """Number of the charge order; empty for a bill."""
    document: str = ""
    """Name of the record: `812-0-3`; empty for a bill or an order."""

    @property
    def thing(self) -> str:
        """What was opened, as `OpeningJournal.of` is asked for it."""
        return self.document or self.order or f"{self.code}/{self.number}"


class OpeningJournal:
    """The append-only record of openings.

    Args:
        files: the data directory.

    Raises:
        NodeFault: `vault.damaged` when a line of it is not what was written.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._file = files.open_append(PATH)
        self._lines: dict[str, deque[tuple[int, int]]] = {}
        data = self._file.read()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            self._file.truncate(whole)
        self._size = 0
        for line in data[:whole].splitlines(keepends=True):
            self._note(_read(line).thing, len(line))

    def record(self, opening: Opening) -> None:
        """Write one opening; durable on return. Runs on a worker thread.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        line = msgspec.json.encode(opening) + b"\n"
        self._file.append(line)
        self._file.sync()
        self._note(opening.thing, len(line))

    def of(self, thing: str) -> list[Opening]:
        """Return the newest openings of one thing, newest first (disk)."""
        places = list(self._lines.get(thing, ()))
        return [_read(self._files.read_part(PATH, *place) or b"") for place in reversed(places)]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _note(self, thing: str, size: int) -> None:
        places = self._lines.setdefault(thing, deque(maxlen=REMEMBERED_MAX))
        places.append((self._size, size))
        self._size += size


def _read(line: bytes) -> Opening:
    try:
        return msgspec.json.decode(line, type=Opening)
    except msgspec.DecodeError as error:
        detail = f"{PATH} has a line that nobody wrote; restore it"
        raise NodeFault("vault.damaged", detail, "vault") from error


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
