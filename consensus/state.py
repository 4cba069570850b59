"""All that the engine knows about the height it works on.

Rule: it lives as long as the height; every collection in it is bounded (§2.11). The rules that
change it stand in `proposing`, `voting` and `round_changing`; they add effects to `out`.
Source: consensus rules §2.4.
"""

from dataclasses import dataclass, field

from consensus.certificate import CommitCertificate, PreparedCertificate
from consensus.effects import CheckBlock, Effect, Vote
from consensus.evidence import EvidenceBook
from consensus.inputs import HeightStarted, Verdict
from consensus.messages import (
    KIND_OF,
    BodyReference,
    Commit,
    Prepare,
    Proposal,
    RoundChangeSeal,
    SignedMessage,
    hash_of,
    payload_of,
)
from consensus.rounds import RoundChanges, TopRounds
from consensus.timeouts import Timing
from consensus.validators import ValidatorSet
from consensus.votes import Tally
from primitives.signing import Signed

ROUNDS_AHEAD = 4
"""Votes are kept for the current round and this many above."""
ROUNDS_BEHIND = 64
"""Commits and own messages are kept for this many rounds below."""
PROPOSALS_BEHIND = 4
"""Proposals are kept, to be served, for this many rounds below."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A justified proposal of one round."""

    message: Proposal
    """As received; our own until its signature is durable is unsigned."""
    hash: bytes
    """Its header hash."""
    is_fresh: bool
    """Whether it must be timely and built by the round's proposer."""
    received_ms: int
    """When it arrived."""


@dataclass(frozen=True, slots=True)
class KnownBlock:
    """What a block is made of."""

    header: bytes
    """Header bytes."""
    body: BodyReference | None
    """None when only the header is known."""


@dataclass(slots=True)
class HeightState:
    """The state of one height; made by `begin`."""

    height: int
    """Height to decide."""
    validators: ValidatorSet
    """Who votes at it."""
    my_index: int | None
    """Own index in `validators`; None without a vote."""
    parent_time_ms: int
    """Time in the parent's header."""
    timing: Timing
    """The ledger's timing."""
    can_sign: bool
    """Whether we vote: a validator, out of quarantine, its key its own."""
    has_work: bool
    """Whether something can be committed."""
    now_ms: int
    """Time of the input being handled."""
    evidence: EvidenceBook
    """Known proofs; outlives the height."""
    tops: TopRounds
    """t_i of every validator, our own included."""
    round_changes: RoundChanges
    """RC: kept round changes."""
    round: int = 0
    """r."""
    is_round_timer_on: bool = False
    """Whether the timer of `round` runs."""
    is_block_due: bool = False
    """Whether the block interval is over."""
    is_heartbeat_due: bool = False
    """Whether an empty block is due."""
    is_decided: bool = False
    """Whether the height is over."""
    lock: PreparedCertificate | None = None
    """Our highest prepared certificate."""
    certified: CommitCertificate | None = None
    """The first sound commit certificate."""
    is_certified_asked: bool = False
    """Whether its committers were asked for the block."""
    building: tuple[RoundChangeSeal, ...] | None = None
    """Justification of the block under construction for `round`."""
    accepted: dict[int, bytes] = field(default_factory=dict)
    """acc: round -> the hash we prepared."""
    candidates: dict[int, Candidate] = field(default_factory=dict)
    """props: round -> its justified proposal."""
    timely: set[int] = field(default_factory=set)
    """Rounds whose fresh candidate was timely."""
    blocks: dict[bytes, KnownBlock] = field(default_factory=dict)
    """hash -> what the block is made of."""
    verdicts: dict[bytes, Verdict] = field(default_factory=dict)
    """hash -> the ledger's judgement; LAWFUL means the body is in hand."""
    questions: dict[tuple[bytes, int, bool], CheckBlock] = field(default_factory=dict)
    """(hash, round, fresh) -> open question."""
    prepares: Tally[Prepare] = field(default_factory=Tally)
    """PV."""
    commits: Tally[Commit] = field(default_factory=Tally)
    """CV."""
    voters: set[int] = field(default_factory=set)
    """Who sent a Prepare or Commit at this height."""
    signed: dict[tuple[Signed, int], bytes] = field(default_factory=dict)
    """(kind, round) -> payload handed to the voter."""
    own: dict[tuple[Signed, int], SignedMessage] = field(default_factory=dict)
    """(kind, round) -> our durable message."""

    def is_lawful(self, hash_: bytes) -> bool:
        """Tell whether a block's body is in hand and lawful."""
        return self.verdicts.get(hash_) is Verdict.LAWFUL

    def has_signed(self, kind: Signed, round_: int) -> bool:
        """Tell whether our vote of a kind in a round was made, durable or not yet."""
        return (kind, round_) in self.signed

    def sources(self, indices: tuple[int, ...]) -> tuple[str, ...]:
        """Return agency ids of some signers, without our own."""
        return self.validators.agencies(tuple(i for i in indices if i != self.my_index))


def begin(start: HeightStarted, evidence: EvidenceBook, *, can_sign: bool) -> HeightState:
    """Return the empty state of a height (R0)."""
    validators = start.validators
    return HeightState(
        height=start.height,
        validators=validators,
        my_index=start.my_index,
        parent_time_ms=start.parent_time_ms,
        timing=start.timing,
        can_sign=can_sign and start.my_index is not None and start.height >= start.sign_from,
        has_work=start.has_work,
        now_ms=start.now_ms,
        evidence=evidence,
        tops=TopRounds(validators.n),
        round_changes=RoundChanges(validators.n),
    )


def vote(
    state: HeightState,
    out: list[Effect],
    message: SignedMessage,
    *,
    lock: PreparedCertificate | None = None,
) -> None:
    """Hand one message to the voter; from here on it counts as signed, at most once a round."""
    key = (KIND_OF[type(message)], message.round)
    assert state.can_sign
    assert key not in state.signed
    state.signed[key] = payload_of(message)
    state.tops.note(message.signer, message.round)
    out.append(Vote(state.height, message.round, hash_of(message), message, lock))


def ask(
    state: HeightState,
    out: list[Effect],
    question: CheckBlock,
) -> None:
    """Ask for a block's body and verdict, unless the same question is open."""
    key = (question.hash, question.round, question.fresh)
    if key not in state.questions:
        state.questions[key] = question
        out.append(question)


def forget_past_rounds(state: HeightState) -> None:
    """Drop what rounds far below the current one left behind (§2.11)."""
    round_ = state.round
    state.prepares.forget_below(round_, keep_from=state.validators.n + 1)
    state.commits.forget_below(round_ - ROUNDS_BEHIND, keep_from=state.validators.weak)
    state.round_changes.forget_below(round_)
    for old in [r for r in state.candidates if r < round_ - PROPOSALS_BEHIND]:
        del state.candidates[old]
    for old in [r for r in state.accepted if r < round_ - PROPOSALS_BEHIND]:
        del state.accepted[old]
    state.timely = {r for r in state.timely if r >= round_}
    for key in [k for k in state.signed if k[1] < round_ - ROUNDS_BEHIND]:
        del state.signed[key]
        state.own.pop(key, None)
    _forget_blocks(state)


def _forget_blocks(state: HeightState) -> None:
    """Keep blocks that may still be proposed again or decided, and forget the others."""
    wanted = {candidate.hash for candidate in state.candidates.values()}
    wanted |= {hash_ for _, hash_ in state.commits.rounds_with(state.validators.weak)}
    if state.lock is not None:
        wanted.add(state.lock.hash)
    if state.certified is not None:
        wanted.add(state.certified.hash)
    state.blocks = {h: block for h, block in state.blocks.items() if h in wanted}
    state.verdicts = {h: verdict for h, verdict in state.verdicts.items() if h in wanted}
    state.questions = {
        key: question
        for key, question in state.questions.items()
        if key[1] >= state.round or (state.certified and key[0] == state.certified.hash)
    }
