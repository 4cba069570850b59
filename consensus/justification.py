"""When a lock claim, and when a proposal of a later round, is believed.

Rule: a claim without its certificate is dropped. A proposal of round r > 0 needs a quorum of round
changes to r; when any of them holds a lock, it must be for the block of the highest one, and that
lock's certificate must be attached. So a decided block is the only one that can follow.
Source: consensus rules §2.6, ValidRC and J; QBFT isProposalJustification.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from consensus.certificate import PreparedCertificate, is_sound
from consensus.messages import Proposal, RoundChange, RoundChangeSeal
from consensus.validators import ValidatorSet
from primitives.hashing import ZERO_HASH


class Justification(IntEnum):
    """Why a proposal may be prepared."""

    FRESH = 1
    """Nobody in the quorum is locked: any lawful, timely block of the proposer will do."""
    LOCKED = 2
    """It repeats the block of the highest lock; its time is not judged again."""


def is_valid_round_change(message: RoundChange, validators: ValidatorSet) -> bool:
    """Tell whether a round change's claim about its lock is proven (ValidRC)."""
    lock = message.prepared
    if message.round < 1:
        return False
    if lock is None:
        return message.prepared_round_plus_1 == 0 and message.prepared_hash == ZERO_HASH
    return (
        lock.round + 1 == message.prepared_round_plus_1
        and lock.round < message.round
        and lock.hash == message.prepared_hash
        and lock.height == message.height
        and is_sound(lock, validators)
    )


def judge(proposal: Proposal, hash_: bytes, validators: ValidatorSet) -> Justification | None:
    """Return why a proposal may be prepared (J), or None when it may not.

    Args:
        proposal: by the right proposer.
        hash_: its header hash.
        validators: of its height.
    """
    if proposal.round == 0:
        bare = not proposal.round_changes and proposal.prepared is None
        return Justification.FRESH if bare else None
    seals = proposal.round_changes
    if not _is_quorum_of_changes(seals, proposal.round, validators):
        return None
    highest = max(seal.prepared_round_plus_1 for seal in seals)
    if highest == 0:
        return Justification.FRESH if proposal.prepared is None else None
    if not _is_proof_of(proposal, highest, hash_, validators):
        return None
    claimed = any(s.prepared_round_plus_1 == highest and s.prepared_hash == hash_ for s in seals)
    return Justification.LOCKED if claimed else None


def _is_quorum_of_changes(
    seals: Sequence[RoundChangeSeal], round_: int, validators: ValidatorSet
) -> bool:
    if len(seals) < validators.quorum or seals[-1].signer >= validators.n:
        return False
    if any(later.signer <= earlier.signer for earlier, later in pairwise(seals)):
        return False
    return all(seal.prepared_round_plus_1 <= round_ for seal in seals)


def _is_proof_of(proposal: Proposal, highest: int, hash_: bytes, validators: ValidatorSet) -> bool:
    lock = proposal.prepared
    return (
        lock is not None
        and lock.height == proposal.height
        and lock.round + 1 == highest
        and lock.hash == hash_
        and is_sound(lock, validators)
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """One lawful way to justify a proposal."""

    round_changes: tuple[RoundChangeSeal, ...]
    """At least a quorum, signers ascending."""
    lock: PreparedCertificate | None
    """The highest lock among them: its block must be proposed. None: a fresh block."""


def choices(round_changes: Sequence[RoundChange], quorum: int) -> tuple[Choice, ...]:
    """List the ways to justify a proposal, all round changes first, then without the highest lock.

    The later ways are for a proposer that cannot get the block of a higher lock.

    Args:
        round_changes: valid ones to one round, signers ascending.
        quorum: of the height's validators.
    """
    found = []
    rest = list(round_changes)
    while len(rest) >= quorum:
        highest = max(rest, key=lambda change: change.prepared_round_plus_1)
        found.append(Choice(tuple(_bare(change) for change in rest), highest.prepared))
        if highest.prepared is None:
            break
        ceiling = highest.prepared_round_plus_1
        rest = [change for change in rest if change.prepared_round_plus_1 < ceiling]
    return tuple(found)


def _bare(change: RoundChange) -> RoundChangeSeal:
    return RoundChangeSeal(
        change.signer, change.prepared_round_plus_1, change.prepared_hash, change.signature
    )
