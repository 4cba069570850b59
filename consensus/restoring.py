"""A height taken up again after a restart (§2.9).

Rule: what the vote log holds of ours counts as signed; the round is the highest one signed in, the
lock the highest one kept. No timer is restored; everything is sent again at once (R16).
"""

from consensus.effects import CheckBlock, Effect
from consensus.inputs import Restored
from consensus.messages import (
    KIND_OF,
    Commit,
    Prepare,
    Proposal,
    RoundChange,
    SignedMessage,
    payload_of,
)
from consensus.proposing import upon_proposal
from consensus.resending import resend
from consensus.state import HeightState, KnownBlock, ask, forget_past_rounds


def restore(state: HeightState, out: list[Effect], restored: Restored) -> None:
    """Put our own signed messages and lock back into a fresh height."""
    for message in restored.messages:
        key = (KIND_OF[type(message)], message.round)
        state.signed[key] = payload_of(message)
        state.own[key] = message
        state.tops.note(message.signer, message.round)
    state.lock = restored.lock
    state.round = max((message.round for message in restored.messages), default=0)
    for message in restored.messages:
        _count(state, out, message)
    forget_past_rounds(state)
    _ask_for_accepted(state, out)
    resend(state, out, ())


def _count(state: HeightState, out: list[Effect], message: SignedMessage) -> None:
    match message:
        case Proposal():
            upon_proposal(state, out, message, state.now_ms)
        case Prepare() if message.round == state.round:
            state.accepted[message.round] = message.hash
            state.prepares.add(message)
            state.voters.add(message.signer)
        case Commit():
            state.commits.add(message)
            state.voters.add(message.signer)
        case RoundChange():
            state.round_changes.add(message, state.round)
        case _:  # a Prepare of a round already left
            return


def _ask_for_accepted(state: HeightState, out: list[Effect]) -> None:
    """Get back the body of what we prepared, before anything rests on it (R6)."""
    hash_ = state.accepted.get(state.round)
    if hash_ is None:
        return
    block = state.blocks.get(hash_, KnownBlock(b"", None))
    proposer = state.validators.proposer(state.height, state.round)
    others = tuple(i for i in range(state.validators.n) if i != proposer)
    question = CheckBlock(
        height=state.height,
        round=state.round,
        hash=hash_,
        header=block.header,
        body=block.body,
        fresh=False,
        proposer="",
        received_ms=state.now_ms,
        sources=state.sources((proposer, *others)),
    )
    ask(state, out, question)
