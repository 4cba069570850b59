"""The vote log: what this validator signed and locked, in two synced copies.

A node that forgets a vote can fork the chain, so the log must never lose its end unseen. Each
`append` is one record; it is written and synced to the first copy, then to the second. A crash
thus leaves at most the last record of one copy unfinished, and the other copy completes it.
Whatever else is found is damage, reported in `Restored.damage`: the node signs nothing until it
has left quarantine.

    record   length u32 ‖ crc32c u32 over (length, number, body) ‖ number u64 ‖ body
    first    number 0, body = "piaolian-votes-1" ‖ segment u64 ‖ next number u64 ‖ store id ‖ chain
    others   numbers without a gap, across segments; body = the canonical list of payloads

Rule: no payload is used or sent before `append` has returned.
Source: the loss of a log's end as a double-signing fault: QBFT needs votes and locks durable
before they are sent (docs/storage.md, "The vote log").
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

import msgspec
from crc32c import crc32c

from primitives.codec import decode, encode
from primitives.errors import NodeFault, PeerFault
from storage.files import AppendFile, Files
from storage.findings import Finding
from storage.identity import CHAIN_SIZE, STORE_ID_SIZE, Identity

COPIES: Final = ("votes/first.log", "votes/second.log")
"""The two copies, in the order of writing."""
RECORD_BYTES_MAX: Final = 64 * 1024 * 1024
"""No batch of votes comes near it; a longer record is damage."""

_MAGIC: Final = b"piaolian-votes-1"
_FRAME: Final = 16
_HEADER_BODY: Final = len(_MAGIC) + 8 + 8 + STORE_ID_SIZE + CHAIN_SIZE
_Payloads = list[Annotated[bytes, msgspec.Meta(max_length=RECORD_BYTES_MAX)]]


@dataclass(frozen=True, slots=True)
class Restored:
    """What the log held when it was opened."""

    payloads: tuple[bytes, ...]
    """In the order of writing; of a damaged log, what the better copy still tells."""
    damage: str
    """Empty if every record is there; else why the node must go into quarantine."""
    repaired: str
    """Empty, or which copy was completed from the other after a crash."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One copy as read: its header, its whole records, and how it ends."""

    number: int
    """Of the segment: grows by one with each `retain`."""
    next_number: int
    """Of the first record of this segment."""
    records: tuple[bytes, ...]
    """Whole frames, in order."""
    size_bytes: int
    """Where the last whole record ends."""
    unfinished: bool = False
    """Whether the last record was not written to its end."""
    damage: str = ""
    """Empty, or why this copy cannot be trusted."""


def read_segment(data: bytes | None, identity: Identity) -> Segment:
    """Read one copy of the log as far as it is sound.

    Args:
        data: the file's bytes, `None` if it is missing.
        identity: what its header must say.
    """
    broken = Segment(0, 1, (), 0)
    if data is None:
        return replace(broken, damage="the file is missing")
    kind, header = _record(data, 0) or (1, b"")
    if kind != 0 or len(header) != _HEADER_BODY or not header.startswith(_MAGIC):
        return replace(broken, damage="the header is not whole")
    if header[-48:-32] != identity.store_id:
        return replace(broken, damage="it belongs to another store")
    if header[-32:] != identity.chain:
        return replace(broken, damage="it belongs to another chain")
    number = int.from_bytes(header[16:24])
    first = int.from_bytes(header[24:32])
    return _read_records(data, Segment(number, first, (), _FRAME + _HEADER_BODY))


class VoteLog:
    """The open log. One user at a time; made by `create` or `open`."""

    def __init__(self, files: Files, identity: Identity, segment: Segment) -> None:
        self._files = files
        self._identity = identity
        self._segment_number = segment.number
        self._next = segment.next_number + len(segment.records)
        self._size = segment.size_bytes
        self._copies: tuple[AppendFile, ...] = ()
        self._damaged = bool(segment.damage)

    @classmethod
    def create(cls, files: Files, identity: Identity) -> "VoteLog":
        """Make the empty log of a new store.

        Raises:
            NodeFault: `votes.exists` if there is a file of one; `storage.write_failed`.
        """
        if any(files.exists(path) for path in COPIES):
            raise NodeFault("votes.exists", "there is a vote log already", "votes", exit_code=78)
        log = cls(files, identity, Segment(0, 1, (), 0))
        log.retain(())
        return log

    @classmethod
    def open(cls, files: Files, identity: Identity) -> tuple["VoteLog", Restored]:
        """Open the log, complete a copy that a crash left short, and return what it holds.

        Damage is an answer, not an error: the log then takes nothing until `start_over`.

        Raises:
            NodeFault: `storage.write_failed`, `storage.read_failed`.
        """
        copies = [read_segment(files.read(path), identity) for path in COPIES]
        good, damage = _agree(copies[0], copies[1])
        log = cls(files, identity, replace(good, damage=damage))
        payloads = tuple(payload for record in good.records for payload in _payloads(record))
        if damage:
            return log, Restored(payloads, damage, "")
        return log, Restored(payloads, "", log._complete(copies, good))

    @property
    def size_bytes(self) -> int:
        """Bytes of one copy: when to `retain` only what is still needed."""
        return self._size

    def append(self, payloads: Sequence[bytes]) -> None:
        """Write `payloads` as one record to both copies; durable on return.

        Raises:
            NodeFault: `storage.write_failed`; `votes.damaged` before `start_over`.
        """
        if self._damaged:
            raise NodeFault("votes.damaged", "the vote log is damaged: start it over", "votes")
        record = _frame(self._next, encode(list(payloads)))
        for copy in self._open_copies():
            copy.append(record)
            copy.sync()
        self._next += 1
        self._size += len(record)

    def retain(self, payloads: Sequence[bytes]) -> None:
        """Begin a new segment that holds only `payloads`: what is older is dropped.

        Raises:
            NodeFault: as `append`.
        """
        if self._damaged:
            raise NodeFault("votes.damaged", "the vote log is damaged: start it over", "votes")
        self.close()
        self._segment_number += 1
        data = _header(self._identity, self._segment_number, self._next)
        if payloads:
            data += _frame(self._next, encode(list(payloads)))
            self._next += 1
        for path in COPIES:
            self._files.write_atomically(path, data)
        self._size = len(data)

    def start_over(self, payloads: Sequence[bytes]) -> None:
        """Set a damaged log aside under other names and begin one that holds `payloads`.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        self.close()
        for path in COPIES:
            if self._files.exists(path):
                taken = len(self._files.list("votes/damaged-"))
                self._files.rename(path, f"votes/damaged-{taken}.log")
        self._damaged = False
        self.retain(payloads)

    def close(self) -> None:
        """Close; the log opens its files again when it needs them."""
        for copy in self._copies:
            copy.close()
        self._copies = ()

    def _open_copies(self) -> tuple[AppendFile, ...]:
        if not self._copies:
            self._copies = tuple(self._files.open_append(path) for path in COPIES)
        return self._copies

    def _complete(self, copies: Sequence[Segment], good: Segment) -> str:
        """Bring both copies to the records of `good`; return what was done."""
        done = ""
        whole = _header(self._identity, good.number, good.next_number) + b"".join(good.records)
        for path, copy in zip(COPIES, copies, strict=True):
            same = copy.number == good.number and len(copy.records) == len(good.records)
            if not same or copy.unfinished:
                self._files.write_atomically(path, whole)
                done = f"{path} was brought in line with the other copy"
        return done


def _agree(first: Segment, second: Segment) -> tuple[Segment, str]:
    """Return the copy that tells more, and why both together are damaged, if they are."""
    better = max(first, second, key=lambda copy: (copy.number, len(copy.records)))
    for name, copy in zip(COPIES, (first, second), strict=True):
        if copy.damage:
            return better, f"{name}: {copy.damage}"
    if first.unfinished and second.unfinished:
        return better, "both copies end in an unfinished record"
    if first.number != second.number:
        return better, _disagreement_of_segments(first, second)
    if first.next_number != second.next_number:
        return better, "the copies begin at different numbers"
    both = min(len(first.records), len(second.records))
    if first.records[:both] != second.records[:both]:
        return better, "the copies hold different records"
    if abs(len(first.records) - len(second.records)) > 1:
        return better, "one copy lacks more than its last record"
    return better, ""


def _disagreement_of_segments(first: Segment, second: Segment) -> str:
    """Allow what a crash in the middle of `retain` leaves: the first copy new, the second old."""
    is_next = first.number == second.number + 1 and len(first.records) <= 1
    follows = first.next_number == second.next_number + len(second.records)
    whole = not first.unfinished and not second.unfinished
    return "" if is_next and follows and whole else "the copies are of different segments"


def _read_records(data: bytes, segment: Segment) -> Segment:
    """Return `segment` with all that follows its header."""
    records: list[bytes] = []
    offset = segment.size_bytes
    damage = ""
    unfinished = False
    while offset < len(data) and not damage and not unfinished:
        number, body = _record(data, offset) or (-1, b"")
        if number < 0:
            unfinished = _is_unfinished(data, offset)
            damage = "" if unfinished else f"the bytes at {offset} are not a record"
        elif number != segment.next_number + len(records):
            damage = f"the record at {offset} has number {number}: others are missing"
        elif not _is_list(body):
            damage = f"the record at {offset} holds no list"
        else:
            records.append(data[offset : offset + _FRAME + len(body)])
            offset += len(records[-1])
    return replace(
        segment, records=tuple(records), size_bytes=offset, unfinished=unfinished, damage=damage
    )


def vote_findings(files: Files, identity: Identity) -> list[Finding]:
    """Return what is wrong with the two copies, for a full check.

    A last record that one copy lacks, or holds only the beginning of, is what a crash leaves.
    """
    data = [files.read(path) for path in COPIES]
    copies = [read_segment(content, identity) for content in data]
    _, damage = _agree(copies[0], copies[1])
    if damage:
        return [Finding("votes", -1, damage)]
    if copies[0].number != copies[1].number:
        return [Finding(COPIES[1], -1, "an older segment than the first copy", harmless=True)]
    findings = []
    for mine, other in ((0, 1), (1, 0)):
        size = copies[mine].size_bytes
        tail = (data[mine] or b"")[size:]
        whole = (data[other] or b"")[size:]
        if copies[mine].unfinished:
            cut = not whole or (whole.startswith(tail) and len(tail) < len(whole))
            findings.append(Finding(COPIES[mine], size, "unfinished last record", cut))
        elif len(copies[mine].records) < len(copies[other].records):
            findings.append(Finding(COPIES[mine], size, "lacks the last record", harmless=True))
    return findings


def _header(identity: Identity, segment: int, next_number: int) -> bytes:
    numbers = segment.to_bytes(8) + next_number.to_bytes(8)
    return _frame(0, _MAGIC + numbers + identity.store_id + identity.chain)


def _frame(number: int, body: bytes) -> bytes:
    length = len(body).to_bytes(4)
    counted = number.to_bytes(8) + body
    return length + crc32c(length + counted).to_bytes(4) + counted


def _record(data: bytes, offset: int) -> tuple[int, bytes] | None:
    """Return number and body of the record at `offset`, `None` if it is not whole."""
    length = int.from_bytes(data[offset : offset + 4])
    end = offset + _FRAME + length
    if offset + _FRAME > len(data) or end > len(data) or length > RECORD_BYTES_MAX:
        return None
    checked = data[offset : offset + 4] + data[offset + 8 : end]
    if crc32c(checked).to_bytes(4) != data[offset + 4 : offset + 8]:
        return None
    return int.from_bytes(data[offset + 8 : offset + 16]), data[offset + _FRAME : end]


def _is_unfinished(data: bytes, offset: int) -> bool:
    """Tell whether what follows `offset` is one record that was not written to its end."""
    end = offset + _FRAME + int.from_bytes(data[offset : offset + 4])
    return end >= len(data) or not any(data[offset:])


def _is_list(body: bytes) -> bool:
    try:
        decode(body, _Payloads, RECORD_BYTES_MAX)
    except PeerFault:
        return False
    return True


def _payloads(record: bytes) -> list[bytes]:
    return decode(record[_FRAME:], _Payloads, RECORD_BYTES_MAX)
