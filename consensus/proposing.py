"""Building, receiving and accepting proposals (R2, R3, R4, R13).

Rule: a proposal is prepared once its justification holds and its body is in hand and lawful; a
fresh one must be timely too. One proposal is signed per (height, round) and never rebuilt.
Source: consensus rules §2.7; QBFT node.dfy, UponProposal.
"""

from dataclasses import replace

from consensus import evidence_rules
from consensus.certificate import PreparedCertificate
from consensus.effects import BuildBlock, CheckBlock, Effect
from consensus.inputs import BlockBuilt, BlockChecked, Verdict
from consensus.justification import Choice, Justification, choices, judge
from consensus.messages import (
    UNSIGNED,
    BodyReference,
    Prepare,
    Proposal,
    RoundChangeSeal,
    header_hash,
)
from consensus.pacing import work
from consensus.round_changing import enter_round
from consensus.state import Candidate, HeightState, KnownBlock, ask, vote
from primitives.signing import Signed


def upon_proposal(
    state: HeightState, out: list[Effect], message: Proposal, received_ms: int
) -> None:
    """Take a proposal that is justified, in this or a later round (R3)."""
    round_ = message.round
    if message.signer != state.validators.proposer(state.height, round_):
        return
    state.tops.note(message.signer, round_)
    if round_ < state.round:
        return
    hash_ = header_hash(message.header)
    if not _is_new(state, out, message, hash_):
        return
    justification = judge(message, hash_, state.validators)
    if justification is None:  # R3: the slot stays free
        return
    if round_ > state.round:
        enter_round(state, round_)  # R9: the lock is kept
    is_fresh = justification is Justification.FRESH
    candidate = Candidate(message, hash_, is_fresh, received_ms)
    state.candidates[round_] = candidate
    state.blocks.setdefault(hash_, KnownBlock(message.header, message.body))
    work(state, out)  # R1
    _ask_about(state, out, candidate)


def _is_new(state: HeightState, out: list[Effect], message: Proposal, hash_: bytes) -> bool:
    """Tell whether the proposal may take its round's slot; a second block in it is evidence."""
    held = state.candidates.get(message.round)
    if held is not None and held.hash != hash_:
        evidence_rules.found_if_different(state, out, held.message, message)  # E1
        return False
    return held is None


def _ask_about(state: HeightState, out: list[Effect], candidate: Candidate) -> None:
    """Ask for body and verdict of a candidate; a locked block is not judged twice (R3)."""
    if not candidate.is_fresh and state.is_lawful(candidate.hash):
        return
    message = candidate.message
    voters = state.prepares.signers(message.round, candidate.hash)
    others = tuple(signer for signer in voters if signer != message.signer)
    proposer = state.validators[message.signer].agency
    question = CheckBlock(
        height=state.height,
        round=message.round,
        hash=candidate.hash,
        header=message.header,
        body=message.body,
        fresh=candidate.is_fresh,
        proposer=proposer if candidate.is_fresh else "",
        received_ms=candidate.received_ms,
        sources=state.sources((message.signer, *others)),
    )
    ask(state, out, question)


def upon_block_checked(state: HeightState, answer: BlockChecked) -> None:
    """Note the ledger's verdict on a block that was asked about."""
    keys = [key for key in state.questions if key[0] == answer.hash]
    if not keys:
        return
    if answer.verdict is Verdict.MISSING:
        state.verdicts.setdefault(answer.hash, Verdict.MISSING)
        return
    state.verdicts[answer.hash] = answer.verdict
    if answer.verdict is Verdict.LAWFUL:
        assert answer.body is not None
        state.blocks[answer.hash] = KnownBlock(answer.header, answer.body)
    candidate = state.candidates.get(answer.round)
    if answer.timely and candidate is not None and candidate.hash == answer.hash:
        state.timely.add(answer.round)
    for key in keys:
        if key[1] == answer.round or not key[2]:
            del state.questions[key]


def accept(state: HeightState, out: list[Effect]) -> bool:
    """Accept the round's candidate and prepare it (R4)."""
    round_ = state.round
    candidate = state.candidates.get(round_)
    if candidate is None or round_ in state.accepted:
        return False
    if not state.is_lawful(candidate.hash):  # R3: body held and lawful
        return False
    if candidate.is_fresh and round_ not in state.timely:  # §2.16
        return False
    state.accepted[round_] = candidate.hash
    if state.can_sign and state.my_index is not None:
        vote(
            state,
            out,
            Prepare(state.my_index, state.height, round_, candidate.hash, UNSIGNED),
        )
    return True


def propose(state: HeightState, out: list[Effect]) -> bool:
    """Propose when it is our turn (R2, R13)."""
    round_ = state.round
    if not state.can_sign or state.my_index != state.validators.proposer(state.height, round_):
        return False
    if state.has_signed(Signed.PROPOSAL, round_) or state.building is not None:
        return False
    if round_ > 0:
        return _propose_again(state, out)
    if not state.is_block_due or not (state.has_work or state.is_heartbeat_due):  # R2
        return False
    return _build(state, out, ())


def _propose_again(state: HeightState, out: list[Effect]) -> bool:
    """Propose in a later round: the block of the highest lock, else a fresh one (R13)."""
    changes = state.round_changes.at(state.round)
    for choice in choices(changes, state.validators.quorum):
        if choice.lock is None:
            return _build(state, out, choice.round_changes)
        block = state.blocks.get(choice.lock.hash)
        if block is not None and block.body is not None and state.is_lawful(choice.lock.hash):
            _sign_proposal(state, out, choice, block.header, block.body)
            return True
        _ask_for_locked(state, out, choice.lock)
    return False


def _build(state: HeightState, out: list[Effect], changes: tuple[RoundChangeSeal, ...]) -> bool:
    state.building = changes  # R13: this justification goes with that block
    out.append(BuildBlock(state.height, state.round))
    return True


def _ask_for_locked(state: HeightState, out: list[Effect], lock: PreparedCertificate) -> None:
    """Fetch a locked block from those who prepared it (R13)."""
    if state.verdicts.get(lock.hash) is Verdict.UNLAWFUL:
        return
    block = state.blocks.get(lock.hash, KnownBlock(b"", None))
    question = CheckBlock(
        height=state.height,
        round=state.round,
        hash=lock.hash,
        header=block.header,
        body=block.body,
        fresh=False,
        proposer="",
        received_ms=state.now_ms,
        sources=state.sources(tuple(signer for signer, _ in lock.seals)),
    )
    ask(state, out, question)


def upon_block_built(state: HeightState, out: list[Effect], built: BlockBuilt) -> None:
    """Propose the block that was built, if its round still goes on (R2, R13)."""
    if built.round != state.round or state.building is None:
        return
    choice = Choice(state.building, None)
    hash_ = header_hash(built.header)
    state.building = None
    state.verdicts[hash_] = Verdict.LAWFUL
    state.blocks[hash_] = KnownBlock(built.header, built.body)
    state.timely.add(built.round)
    _sign_proposal(state, out, choice, built.header, built.body)


def _sign_proposal(
    state: HeightState, out: list[Effect], choice: Choice, header: bytes, body: BodyReference
) -> None:
    assert state.my_index is not None
    message = Proposal(
        signer=state.my_index,
        height=state.height,
        round=state.round,
        header=header,
        body=body,
        round_changes=choice.round_changes,
        prepared=choice.lock,
        signature=UNSIGNED,
    )
    vote(state, out, message)
    hash_ = header_hash(header)
    is_fresh = choice.lock is None
    state.candidates[state.round] = Candidate(message, hash_, is_fresh, state.now_ms)
    work(state, out)  # R1


def upon_own_proposal(state: HeightState, message: Proposal) -> None:
    """Our proposal is durable: from here on it may be served and sent again."""
    candidate = state.candidates.get(message.round)
    if candidate is not None:
        state.candidates[message.round] = replace(candidate, message=message)
