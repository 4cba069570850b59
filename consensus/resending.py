"""Saying again what may have been lost (R16), and asking again for what is missing.

Rule: only byte-identical durable messages are sent again; nothing is signed here.
"""

from consensus.effects import Effect, Send
from consensus.inputs import Verdict
from consensus.messages import GetProposal, Proposal, SignedMessage, Status, hash_of
from consensus.state import HeightState
from consensus.voting import ask_for_proposal
from primitives.signing import Signed


def resend(state: HeightState, out: list[Effect], to: tuple[str, ...]) -> None:
    """Send what of ours still matters: to one peer that came back, or to all (R16)."""
    out.extend(
        Send(state.height, message.round, hash_of(message), message, to)
        for message in _own_messages(state)
    )
    out.append(Send(state.height, state.round, b"", Status(state.height, state.round), to))


def _own_messages(state: HeightState) -> list[SignedMessage]:
    """List proposal and prepare of the round, all commits, and the latest round change."""
    own = state.own
    wanted = [(Signed.PROPOSAL, state.round), (Signed.PREPARE, state.round)]
    wanted += sorted(key for key in own if key[0] is Signed.COMMIT)
    changes = [key for key in own if key[0] is Signed.ROUND_CHANGE]
    if changes:
        wanted.append(max(changes))
    return [own[key] for key in wanted if key in own]


def ask_again(state: HeightState, out: list[Effect]) -> None:
    """Ask again for blocks that were missing, and for the round's proposal (R5, R7, R13)."""
    out.extend(
        question
        for question in state.questions.values()
        if state.verdicts.get(question.hash) is Verdict.MISSING
    )
    for round_, hash_ in state.prepares.rounds_with(state.validators.weak):
        ask_for_proposal(state, out, round_, hash_)


def serve_proposal(state: HeightState, out: list[Effect], question: GetProposal, to: str) -> None:
    """Answer with the proposal of a round, when its signature is durable."""
    candidate = state.candidates.get(question.round)
    if candidate is None or question.height != state.height:
        return
    message: Proposal = candidate.message
    if message.signature:
        out.append(Send(state.height, message.round, candidate.hash, message, (to,)))
