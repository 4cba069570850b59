"""Prepares, Commits, the lock and the decision (R5, R6, R7).

Rule: a Commit is signed only for a block that a quorum prepared in the current round and whose body
is in hand; a quorum of Commits of any one round decides, whatever we voted ourselves.
Source: consensus rules §2.7; QBFT node.dfy, UponPrepare, UponCommit.
"""

from consensus import evidence_rules
from consensus.certificate import CommitCertificate, PreparedCertificate, is_sound
from consensus.effects import CancelTimers, CheckBlock, Decide, Effect, Halt, Send
from consensus.inputs import Verdict
from consensus.messages import (
    UNSIGNED,
    Commit,
    Decided,
    GetProposal,
    Prepare,
    header_hash,
)
from consensus.pacing import note_voter
from consensus.state import (
    ROUNDS_AHEAD,
    ROUNDS_BEHIND,
    HeightState,
    KnownBlock,
    vote,
)
from primitives.signing import Signed


def upon_prepare(state: HeightState, out: list[Effect], message: Prepare) -> None:
    """Count a Prepare (R5)."""
    state.tops.note(message.signer, message.round)
    note_voter(state, out, message.signer)
    if not state.round <= message.round <= state.round + ROUNDS_AHEAD:  # R5, §2.11
        return
    held = state.prepares.held(message.round, message.signer)
    if held is not None:
        evidence_rules.found_if_different(state, out, held, message)  # E2, first wins
        return
    if state.prepares.add(message) == state.validators.weak:
        ask_for_proposal(state, out, message.round, message.hash)


def ask_for_proposal(state: HeightState, out: list[Effect], round_: int, hash_: bytes) -> None:
    """Ask those who prepared a block for the proposal that we lack (R5)."""
    candidate = state.candidates.get(round_)
    if candidate is not None and candidate.hash == hash_:
        return
    signers = state.sources(state.prepares.signers(round_, hash_))
    question = GetProposal(state.height, round_)
    out.append(Send(state.height, round_, hash_, question, signers))


def upon_commit(state: HeightState, out: list[Effect], message: Commit) -> None:
    """Count a Commit of any round (R7)."""
    state.tops.note(message.signer, message.round)
    note_voter(state, out, message.signer)
    held = state.commits.held(message.round, message.signer)
    if held is not None:
        evidence_rules.found_if_different(state, out, held, message)  # E2, first wins
        return
    if not is_kept(state, message.round):
        return
    evidence_rules.upon_commit(state, out, message)  # E4
    count = state.commits.add(message)
    if count >= state.validators.quorum and state.certified is None:  # R7, any round
        seals = state.commits.seals(message.round, message.hash)
        state.certified = CommitCertificate(state.height, message.round, message.hash, seals)


def is_kept(state: HeightState, round_: int) -> bool:
    """Tell whether Commits of a round are within the bounds (§2.11)."""
    if round_ > state.round + ROUNDS_AHEAD:
        return False
    if round_ >= state.round - ROUNDS_BEHIND:
        return True
    return state.commits.voters(round_) >= state.validators.weak


def upon_decided(state: HeightState, message: Decided) -> None:
    """Take a decision that others prove to us (R14)."""
    if header_hash(message.header) != message.certificate.hash:
        return
    upon_certificate(state, message.certificate)
    if state.certified is message.certificate:
        state.blocks.setdefault(message.certificate.hash, KnownBlock(message.header, None))


def upon_certificate(state: HeightState, certificate: CommitCertificate) -> None:
    """Take a commit certificate as a whole, independent of the vote slots (R14)."""
    if certificate.height != state.height or state.certified is not None:
        return
    if is_sound(certificate, state.validators):
        state.certified = certificate


def prepared(state: HeightState, out: list[Effect]) -> bool:
    """Lock and commit once a quorum prepared the accepted block (R6)."""
    round_ = state.round
    hash_ = state.accepted.get(round_)
    if hash_ is None or not state.is_lawful(hash_):  # R6: the body in hand
        return False
    if state.has_signed(Signed.COMMIT, round_):
        return False
    if state.lock is not None and state.lock.round == round_:
        return False
    if state.prepares.count(round_, hash_) < state.validators.quorum:
        return False
    seals = state.prepares.seals(round_, hash_)
    state.lock = PreparedCertificate(state.height, round_, hash_, seals)
    if state.can_sign and state.my_index is not None:
        message = Commit(state.my_index, state.height, round_, hash_, UNSIGNED)
        vote(state, out, message, lock=state.lock)  # R6: lock and vote in one record
    return True


def decide(state: HeightState, out: list[Effect]) -> bool:
    """Decide a certified block once its body is in hand and lawful (R7)."""
    certificate = state.certified
    if certificate is None:
        return False
    verdict = state.verdicts.get(certificate.hash)
    if verdict is Verdict.LAWFUL:
        state.is_decided = True  # R7: once a height
        out.append(CancelTimers(state.height))
        out.append(Decide(state.height, certificate.round, certificate.hash, certificate))
        return True
    if verdict is Verdict.UNLAWFUL:
        state.is_decided = True
        reason = "consensus.certified_block_unlawful"
        out.append(Halt(state.height, certificate.round, certificate.hash, reason))
        return True
    return _ask_for_certified(state, out, certificate)


def _ask_for_certified(
    state: HeightState, out: list[Effect], certificate: CommitCertificate
) -> bool:
    """Fetch a certified block from its committers: f + 1 honest ones hold it durably (R7)."""
    if state.is_certified_asked:
        return False
    state.is_certified_asked = True
    block = state.blocks.get(certificate.hash, KnownBlock(b"", None))
    question = CheckBlock(
        height=state.height,
        round=certificate.round,
        hash=certificate.hash,
        header=block.header,
        body=block.body,
        fresh=False,
        proposer="",
        received_ms=state.now_ms,
        sources=state.sources(tuple(signer for signer, _ in certificate.seals)),
    )
    state.questions[(certificate.hash, certificate.round, False)] = question
    out.append(question)
    return True
