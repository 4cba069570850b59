"""From the vote log back to a validator that contradicts nothing it ever sent.

Rule: an intact log binds for ever; a lost one means quarantine. Then nothing is signed below H + 3,
H being the highest height that a quorum of the others can prove: if I decided h, a quorum committed
h and held the certificate of h - 1, any quorum of others includes one of them, so H >= h - 1, and I
signed at most at h + 1 <= H + 2.
Source: consensus rules §2.9 and §2.10.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from consensus import messages
from consensus.certificate import PreparedCertificate
from consensus.guard import SigningGuard
from consensus.inputs import Restored
from consensus.messages import EvidenceFound, SignedMessage
from consensus.records import (
    CleanShutdownRecord,
    DecidedRecord,
    EvidenceRecord,
    Record,
    SignedRecord,
    SignFromRecord,
    decode,
)
from consensus.validators import ValidatorSet
from primitives.errors import NodeFault, PeerFault

SIGN_FROM_UNKNOWN = 2**63 - 1
"""`sign_from` of a quarantined validator that has not yet heard from enough others."""
EXIT_CONFIGURATION = 78
QUARANTINE_HEIGHTS = 3
"""A validator that lost its votes signs again this far above the proven height."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What an intact vote log says."""

    signed: tuple[SignedMessage, ...]
    """Own messages, in the order they were signed."""
    highest: int
    """Highest height signed at; 0 for none."""
    locks: tuple[PreparedCertificate, ...]
    """Locks of own Commits, in the order they were kept."""
    sign_from: int
    """First height that may be signed; 0 without a quarantine."""
    decided: DecidedRecord | None
    """The last decision on record."""
    evidence: tuple[EvidenceFound, ...]
    """Proofs of liars."""
    is_clean: bool
    """Whether the node stopped in order."""

    def at(self, height: int) -> Restored | None:
        """Return what binds us at a height, for its `HeightStarted`; None for nothing."""
        if height > self.highest:  # asked at every height, for as long as the process lives
            return None
        signed = tuple(message for message in self.signed if message.height == height)
        if not signed:
            return None
        locks = [lock for lock in self.locks if lock.height == height]
        return Restored(signed, max(locks, key=lambda lock: lock.round, default=None))

    def guard(self, tip: int) -> SigningGuard:
        """Return the signing guard that remembers all of it.

        Args:
            tip: height of the last block that is durable and applied.
        """
        guard = SigningGuard(tip, self.sign_from)
        for message in self.signed:
            guard.record(message)
        return guard


def recover(payloads: Iterable[bytes]) -> Recovered:
    """Read the records of an intact vote log.

    Args:
        payloads: of all records, in order; the storage has checked numbers and checksums.

    Raises:
        NodeFault: `vote_log.unreadable` when a payload is no record: quarantine, or a newer version
            wrote it.
    """
    signed: list[SignedMessage] = []
    locks: list[PreparedCertificate] = []
    evidence: list[EvidenceFound] = []
    sign_from = 0
    decided: DecidedRecord | None = None
    record: Record | None = None
    for record in _records(payloads):
        match record:
            case SignedRecord(lock=lock):
                signed.append(_signed_message(record))
                locks += [lock] if lock is not None else []
            case SignFromRecord(height=height):
                sign_from = height
            case DecidedRecord():
                decided = record
            case EvidenceRecord(found=found):
                evidence.append(found)
            case CleanShutdownRecord():
                pass
    is_clean = isinstance(record, CleanShutdownRecord)
    return Recovered(
        signed=tuple(signed),
        highest=max((message.height for message in signed), default=0),
        locks=tuple(locks),
        sign_from=sign_from,
        decided=decided,
        evidence=tuple(evidence),
        is_clean=is_clean,
    )


def _records(payloads: Iterable[bytes]) -> Iterable[Record]:
    for payload in payloads:
        try:
            yield decode(payload)
        except PeerFault as fault:
            raise _unreadable("a record has an unknown form") from fault


def _signed_message(record: SignedRecord) -> SignedMessage:
    try:
        message = messages.decode(record.message)
    except PeerFault as fault:
        raise _unreadable("a signed message has an unknown form") from fault
    if not isinstance(message, SignedMessage):
        raise _unreadable("a record holds what is never signed")
    return message


def _unreadable(cause: str) -> NodeFault:
    advice = "use the program that wrote it, or set the store aside and make a new one"
    return NodeFault("vote_log.unreadable", f"{cause}; {advice}", "votes", EXIT_CONFIGURATION)


def is_needed(record: Record, tip: int) -> bool:
    """Tell whether a record still binds once the block at `tip` is durable and applied.

    Args:
        record: of the vote log.
        tip: height of the last block that is durable and applied.
    """
    match record:
        case SignedRecord():
            return _signed_message(record).height >= tip
        case DecidedRecord(height=height) | CleanShutdownRecord(height=height):
            return height >= tip
        case SignFromRecord(height=height):
            return height > tip
        case EvidenceRecord():
            return True


def is_lost_vote(vote: SignedMessage, guard: SigningGuard, tip: int) -> bool:
    """Tell whether a peer holds a vote of ours that our log does not: quarantine.

    Args:
        vote: signed by our key (verified), as a peer answered to `GetVoteOfMine`.
        guard: from the recovered log.
        tip: height of the last block that is durable and applied; nothing at or below is signed.
    """
    return vote.height > tip and not guard.holds(vote)


class Quarantine:
    """Finds the height from which a validator that lost its votes may sign again.

    Args:
        validators: the newest set known.
        my_index: own index in it, whose word does not count.
    """

    def __init__(self, validators: ValidatorSet, my_index: int) -> None:
        self._validators = validators
        self._my_index = my_index
        self._proven: dict[int, int] = {}

    def prove(self, agency: str, height: int) -> None:
        """Take the highest height for which a validator has shown a verified certificate."""
        index = self._validators.index_of(agency)
        if index is not None and index != self._my_index:
            self._proven[index] = max(height, self._proven.get(index, 0))

    def sign_from(self) -> int | None:
        """Return H + 3 once a quorum of others has answered; None before."""
        if len(self._proven) < self._validators.quorum:
            return None
        return max(self._proven.values()) + QUARANTINE_HEIGHTS
