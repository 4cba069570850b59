"""Where messages of one signer are laid side by side (R10, §2.12)."""

from consensus.effects import Effect, Evidence
from consensus.evidence import bare, is_lock_lie
from consensus.messages import (
    Commit,
    EvidenceFound,
    RoundChange,
    SignedMessage,
    hash_of,
    payload_of,
)
from consensus.state import HeightState


def found_if_different(
    state: HeightState, out: list[Effect], held: SignedMessage, message: SignedMessage
) -> None:
    """Tell of two messages of one (kind, height, round, signer) with different payloads."""
    if payload_of(held) != payload_of(message):
        tell(state, out, EvidenceFound(bare(held), bare(message)))


def upon_commit(state: HeightState, out: list[Effect], message: Commit) -> None:
    """Lay a new Commit beside the signer's round changes (E4)."""
    for change in state.round_changes.of(message.signer):
        if is_lock_lie(message, change):
            tell(state, out, EvidenceFound(message, bare(change)))


def upon_round_change(state: HeightState, out: list[Effect], message: RoundChange) -> None:
    """Lay a new RoundChange beside the signer's Commits (E4)."""
    for commit in state.commits.of(message.signer):
        if is_lock_lie(commit, message):
            tell(state, out, EvidenceFound(commit, bare(message)))


def tell(state: HeightState, out: list[Effect], found: EvidenceFound) -> None:
    """Tell a proof once, be it our own find or a peer's."""
    if state.evidence.add(found, state.validators, state.height):
        second = found.second
        out.append(Evidence(second.height, second.round, hash_of(second), second.signer, found))
