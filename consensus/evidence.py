"""Proof that a validator contradicted itself: two of its own signed messages.

| | first | second |
|---|---|---|
| E1 | Proposal (h, r) of one block | Proposal (h, r) of another |
| E2 | Prepare or Commit (h, r, hash) | the same kind with another hash |
| E3 | RoundChange (h, r) with one lock | RoundChange (h, r) with another |
| E4 | Commit (h, x) | RoundChange (h, r > x) with a lock below x |

Rule: whoever signed both lied or shared its key; no honest validator can be accused. Evidence is
kept and shown to governance, never acted on by itself. Votes already counted stay counted.
Source: consensus rules §2.12.
"""

import msgspec

from consensus.messages import (
    BodyReference,
    Commit,
    EvidenceFound,
    Proposal,
    RoundChange,
    SignedMessage,
    payload_of,
)
from consensus.validators import ValidatorSet

HEIGHTS_KEPT = 3
"""Evidence is taken for the current height and the two below."""
PER_SIGNER_MAX = 16
"""Enough to convict; more of the same liar at one height is not kept."""


def bare(message: SignedMessage) -> SignedMessage:
    """Return a message without its unsigned attachments, so that evidence stays small."""
    match message:
        case Proposal():
            empty = BodyReference((), b"")
            return msgspec.structs.replace(message, body=empty, round_changes=(), prepared=None)
        case RoundChange():
            return msgspec.structs.replace(message, prepared=None)
        case _:
            return message


def is_proof(found: EvidenceFound) -> bool:
    """Tell whether two messages convict their signer; signatures are verified apart."""
    first, second = found.first, found.second
    if first.signer != second.signer or first.height != second.height:
        return False
    if type(first) is type(second):
        return first.round == second.round and payload_of(first) != payload_of(second)
    if isinstance(first, Commit) and isinstance(second, RoundChange):
        return is_lock_lie(first, second)
    return False


def is_lock_lie(commit: Commit, change: RoundChange) -> bool:
    """Tell whether a round change hides the lock that an earlier commit proves (E4)."""
    return change.round > commit.round and change.prepared_round_plus_1 <= commit.round


class EvidenceBook:
    """What evidence is already known, so that each is told once."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], set[tuple[type, int]]] = {}

    def add(self, found: EvidenceFound, validators: ValidatorSet, current: int) -> bool:
        """File a proof; tell whether it is new and within the bounds.

        Args:
            found: two messages.
            validators: the set of the current height; bounds the signers kept.
            current: height being decided.
        """
        height, signer = found.second.height, found.second.signer
        if not current - HEIGHTS_KEPT < height <= current or signer >= validators.n:
            return False
        known = self._known.setdefault((height, signer), set())
        key = (type(found.second), found.second.round)
        if not is_proof(found) or key in known or len(known) >= PER_SIGNER_MAX:
            return False
        known.add(key)
        return True

    def forget_below(self, height: int) -> None:
        """Forget which evidence of long past heights is known."""
        for key in [key for key in self._known if key[0] <= height - HEIGHTS_KEPT]:
            del self._known[key]

    def __len__(self) -> int:
        return sum(len(known) for known in self._known.values())
