"""How the members govern themselves: propose, vote, take effect at a height.

Rule: any member proposes, the validators' agencies vote, one vote each; a quorum of them passes it.
What passed takes effect at its height, two blocks ahead at least, for all at once.
"""

from typing import Annotated, Final

import msgspec

from ledger.axes import Axis, Never, No
from ledger.membership import Change, When, is_of_validators, leaves_of
from ledger.schedule import (
    AHEAD,
    SCHEDULE_KEY,
    ProposalId,
    Schedule,
    schedule_of,
    scheduled,
)
from ledger.state import Changes, Context, Facts, Leaves, Overlay
from ledger.validators import VALIDATORS_MAX, validator_sets, votes_needed
from primitives.codec import AgencyId, Message, UInt
from primitives.errors import Refused

OPEN: Final = 0
PASSED: Final = 1
REJECTED: Final = 2
DONE: Final = 3
FAILED: Final = 4

_CLOSED: Final = No("governance.closed", "it was decided")
_NOT_WAITING: Final = Never(
    "governance.not_passed", "it was not voted", "only what passed waits for its height, and once"
)
PROPOSAL: Final = Axis(
    "proposal",
    "提案",
    ("OPEN 表决中", "PASSED 已通过", "REJECTED 已否决", "DONE 已生效", "FAILED 未能生效"),
    {
        "Vote": ((OPEN, PASSED, REJECTED), _CLOSED, _CLOSED, _CLOSED, _CLOSED),
        "TakeEffect": (
            _NOT_WAITING,
            (DONE, FAILED),
            _NOT_WAITING,
            _NOT_WAITING,
            _NOT_WAITING,
        ),
    },
)
"""The life of a proposal; `TakeEffect` is its height's coming, not an operation."""


class Propose(Message, tag=28):
    """A member proposes a change; a validator's agency has voted for it thereby."""

    change: Change
    """What."""
    effective_height: UInt
    """The first height to be judged by it; 0 for the nearest possible."""
    until_ms: UInt
    """The last ledger time at which votes count."""


class Vote(Message, tag=29):
    """A validator's agency says yes or no."""

    proposal: ProposalId
    """On what."""
    approves: bool
    """Yes or no."""


class ProposalMade(Message, tag=28):
    """The result of Propose."""

    proposal: ProposalId
    """Its id."""
    state: Annotated[int, msgspec.Meta(ge=OPEN, le=FAILED)]
    """A state of `PROPOSAL`."""


class VoteCounted(Message, tag=29):
    """The result of Vote."""

    state: Annotated[int, msgspec.Meta(ge=OPEN, le=FAILED)]
    """The proposal's state after it."""


class Ballot(Message):
    """One vote."""

    agency: AgencyId
    """Whose."""
    approves: bool
    """Yes or no."""


class Proposal(Message, tag=22):
    """The leaf `g/<proposal id>`."""

    proposer: AgencyId
    """Who proposed it."""
    change: Change
    """What."""
    effective_height: UInt
    """The first height judged by it; as asked until it passes."""
    until_ms: UInt
    """The last time at which votes count."""
    ballots: Annotated[tuple[Ballot, ...], msgspec.Meta(max_length=2 * VALIDATORS_MAX)]
    """In their order."""
    state: Annotated[int, msgspec.Meta(ge=OPEN, le=FAILED)]
    """A state of `PROPOSAL`."""


def proposal_key(proposal: str) -> bytes:
    """Return the state key of a proposal."""
    return b"g/%b" % proposal.encode()


def check_propose(facts: Facts, operation: Propose, context: Context) -> Changes:
    """Propose a change.

    Raises:
        Refused: `governance.already_over`, `governance.bad_height`, or as the change's function
            in `ledger.membership` says.
    """
    if operation.until_ms <= context.time_ms:
        raise Refused("governance.already_over", "let it be voted until later", "until_ms")
    asked = operation.effective_height
    if asked and asked < context.height + AHEAD:
        raise Refused("governance.bad_height", "two blocks ahead at least", "effective_height")
    leaves_of(facts, operation.change, When(max(asked, context.height + AHEAD), context.time_ms))
    id_ = f"{context.height:012d}-{context.transaction_index:04d}-{context.operation_index:04d}"
    new = Proposal(context.sender, operation.change, asked, operation.until_ms, (), OPEN)
    if not _has_vote(facts, context.sender):
        return Changes(((proposal_key(id_), new),), ProposalMade(id_, OPEN))
    proposal, leaves = _voted(facts, new, id_, approves=True, context=context)
    return Changes(leaves, ProposalMade(id_, proposal.state))


def check_vote(facts: Facts, operation: Vote, context: Context) -> Changes:
    """Count a vote.

    Raises:
        Refused: `governance.unknown_proposal`, `governance.no_vote`, `governance.voted`,
            `governance.lapsed`, `governance.too_many_waiting`, or as `PROPOSAL` and the change's
            function say.
    """
    proposal = facts.leaf(proposal_key(operation.proposal), Proposal)
    if proposal is None:
        raise Refused("governance.unknown_proposal", "there is no such proposal", "proposal")
    if not _has_vote(facts, context.sender):
        raise Refused("governance.no_vote", "validators' agencies vote", "proposal")
    PROPOSAL.move(proposal.state, "Vote", OPEN, "proposal")
    if any(ballot.agency == context.sender for ballot in proposal.ballots):
        raise Refused("governance.voted", "your agency has voted", "proposal")
    if context.time_ms > proposal.until_ms:
        raise Refused("governance.lapsed", "its time is over; propose it anew", "proposal")
    after, leaves = _voted(
        facts, proposal, operation.proposal, approves=operation.approves, context=context
    )
    return Changes(leaves, VoteCounted(after.state))


def take_effect(facts: Facts, height: int, time_ms: int) -> Leaves:
    """Return what the changes bring about whose time has come, at the end of a block.

    Args:
        facts: the state with the block's own changes.
        height: the block's.
        time_ms: its time.
    """
    waiting = schedule_of(facts).waiting
    leaves: dict[bytes, Message] = {}
    left = []
    for item in waiting:
        above = Overlay(facts, tuple(leaves.items()))
        proposal = above.leaf(proposal_key(item.proposal), Proposal)
        assert proposal is not None, "what is scheduled was proposed"
        ahead = AHEAD if is_of_validators(proposal.change) else 1
        if item.height > height + ahead:
            left.append(item)
            continue
        state = DONE
        try:
            leaves |= leaves_of(above, proposal.change, When(item.height, time_ms))
        except Refused:
            state = FAILED
        state = PROPOSAL.move(proposal.state, "TakeEffect", state)
        leaves[proposal_key(item.proposal)] = msgspec.structs.replace(proposal, state=state)
    if len(left) != len(waiting):
        leaves[SCHEDULE_KEY] = Schedule(tuple(left))
    return tuple(leaves.items())


def _voted(
    facts: Facts, proposal: Proposal, id_: str, *, approves: bool, context: Context
) -> tuple[Proposal, Leaves]:
    """Return a proposal with one more vote, and all that changes."""
    ballots = (*proposal.ballots, Ballot(context.sender, approves))
    state = PROPOSAL.move(proposal.state, "Vote", _state(facts, ballots))
    height = proposal.effective_height
    leaves: Leaves = ()
    if state == PASSED:
        height = max(height, context.height + AHEAD)
        leaves_of(facts, proposal.change, When(height, context.time_ms))
        leaves = (scheduled(facts, height, id_),)
    after = msgspec.structs.replace(proposal, ballots=ballots, state=state, effective_height=height)
    return after, ((proposal_key(id_), after), *leaves)


def _state(facts: Facts, ballots: tuple[Ballot, ...]) -> int:
    """Return the state that votes lead to; only those count whose agency still votes."""
    voters = {entry.agency for entry in validator_sets(facts).next}
    needed = votes_needed(len(voters))
    yes = sum(ballot.approves for ballot in ballots if ballot.agency in voters)
    no = sum(not ballot.approves for ballot in ballots if ballot.agency in voters)
    if yes >= needed:
        return PASSED
    return REJECTED if len(voters) - no < needed else OPEN


def _has_vote(facts: Facts, agency: str) -> bool:
    return any(entry.agency == agency for entry in validator_sets(facts).next)
