"""How validators agree on opaque blocks: one door in, one list out.

Rule: `Engine.handle` is a pure state machine: it reads no clock, no disk and no socket, and it
never signs. The same inputs give the same effects. What each rule R0 to R18 demands stands in
docs/consensus.md; the number is named beside the branch that obeys it.
Source: QBFT (arXiv 2002.03613, EEA v1), with PBFT's timer gate; consensus rules §2.
"""

from consensus import proposing, round_changing, voting
from consensus.buffer import FutureMessages
from consensus.effects import (
    Effect,
    FetchCertificates,
    SendDecided,
    StartTimer,
    StopSigning,
    TimerKind,
)
from consensus.evidence import EvidenceBook
from consensus.evidence_rules import tell
from consensus.inputs import (
    BlockBuilt,
    BlockChecked,
    CertificateReceived,
    HeightInput,
    HeightStarted,
    Input,
    PeerConnected,
    Received,
    TimerFired,
    WorkAvailable,
    WorkGone,
)
from consensus.messages import (
    KIND_OF,
    Commit,
    Decided,
    EvidenceFound,
    GetProposal,
    Prepare,
    Proposal,
    RoundChange,
    SignedMessage,
    Status,
    hash_of,
    payload_of,
)
from consensus.pacing import start_height_timers, work
from consensus.peers_ahead import PeersAhead, RateLimit
from consensus.resending import ask_again, resend, serve_proposal
from consensus.restoring import restore
from consensus.state import ROUNDS_BEHIND, HeightState, begin

RULES = (
    round_changing.skip,  # R11
    round_changing.gate,  # R12
    proposing.propose,  # R2, R13
    proposing.accept,  # R3, R4
    voting.prepared,  # R6
    voting.decide,  # R7
)
"""Evaluated in this order after every input until none fires; each tells whether it did."""


class Engine:
    """The consensus of one node: feed it inputs, perform its effects in order."""

    def __init__(self) -> None:
        self._state: HeightState | None = None
        self._future = FutureMessages()
        self._evidence = EvidenceBook()
        self._ahead = PeersAhead()
        self._asked = RateLimit()
        self._answered = RateLimit()
        self._served = RateLimit()
        self._is_key_shared = False

    @property
    def state(self) -> HeightState | None:
        """The height under way, to be looked at and never changed; None before the first."""
        return self._state

    @property
    def future(self) -> FutureMessages:
        """Messages of later heights, to be looked at."""
        return self._future

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        """Take one input and return what is to be done, in order.

        Args:
            input_: a fact; every signature inside was verified before.

        Returns:
            The effects, to be performed strictly in order; empty when there is nothing to do.
        """
        out: list[Effect] = []
        if isinstance(input_, HeightStarted):
            self._start_height(input_, out)
        elif self._state is not None:
            self._state.now_ms = input_.now_ms
            self._dispatch(self._state, input_, out)
            self._settle(self._state, out)
        return tuple(out)

    def _dispatch(self, state: HeightState, input_: HeightInput, out: list[Effect]) -> None:
        match input_:
            case Received():
                self._upon_received(state, input_, out)
            case TimerFired():
                self._upon_timer(state, input_, out)
            case WorkAvailable() | WorkGone():
                state.has_work = isinstance(input_, WorkAvailable)
                if state.has_work and not state.is_decided:
                    work(state, out)  # R1
            case BlockBuilt() | BlockChecked():
                if input_.height == state.height and not state.is_decided:
                    self._upon_answer(state, input_, out)
            case CertificateReceived():
                voting.upon_certificate(state, input_.certificate)  # R14
            case PeerConnected():
                if not state.is_decided:
                    resend(state, out, (input_.agency,))  # R16

    def _upon_answer(
        self, state: HeightState, answer: BlockBuilt | BlockChecked, out: list[Effect]
    ) -> None:
        match answer:
            case BlockBuilt():
                proposing.upon_block_built(state, out, answer)
            case BlockChecked():
                proposing.upon_block_checked(state, answer)

    def _settle(self, state: HeightState, out: list[Effect]) -> None:
        """Run the rules until nothing changes; a decision ends the height."""
        while not state.is_decided and any(rule(state, out) for rule in RULES):
            pass

    def _start_height(self, start: HeightStarted, out: list[Effect]) -> None:
        """Begin a height: own votes restored, buffered messages replayed (R0)."""
        previous = self._state
        assert previous is None or start.height > previous.height
        if previous is not None and previous.validators.hash != start.validators.hash:
            self._future.clear()  # §2.14
        self._evidence.forget_below(start.height)
        state = begin(start, self._evidence, can_sign=not self._is_key_shared)
        self._state = state
        start_height_timers(state, out)
        if start.restored is not None:
            restore(state, out, start.restored)
        if state.has_work:
            work(state, out)  # R1
        self._settle(state, out)
        for received in self._future.take(start.height):
            self._upon_received(state, received, out)
            self._settle(state, out)

    def _upon_timer(self, state: HeightState, fired: TimerFired, out: list[Effect]) -> None:
        if fired.height != state.height or state.is_decided:
            return
        match fired.kind:
            case TimerKind.BLOCK:
                state.is_block_due = True  # R2
            case TimerKind.HEARTBEAT:
                state.is_heartbeat_due = True
                work(state, out)  # R1
            case TimerKind.ROUND:
                round_changing.upon_round_timeout(state, out, fired.round)
            case TimerKind.RESEND:
                self._upon_resend(state, out)

    def _upon_resend(self, state: HeightState, out: list[Effect]) -> None:
        """Say and ask again, and look for a way forward when others are ahead (R15, R16)."""
        resend(state, out, ())
        ask_again(state, out)
        ahead = self._ahead.above(state.height)
        if ahead:
            sources = () if len(ahead) >= state.validators.weak else ahead
            out.append(FetchCertificates(state.height, sources))
        out.append(StartTimer(TimerKind.RESEND, state.height, 0, state.timing.resend_ms))

    def _upon_received(self, state: HeightState, received: Received, out: list[Effect]) -> None:
        match received.message:
            case Proposal() | Prepare() | Commit() | RoundChange() as message:
                self._upon_signed(state, received, message, out)
            case Decided() as message:
                voting.upon_decided(state, message)
            case Status() as message:
                self._upon_claim(state, received.sender, message.height, out)
            case GetProposal() as message:
                if self._served.allows(received.sender, state.now_ms):
                    serve_proposal(state, out, message, received.sender)
            case EvidenceFound() as message:
                tell(state, out, message)
            case _:  # asked of the node's store, or answered to it
                return

    def _upon_signed(
        self,
        state: HeightState,
        received: Received,
        message: SignedMessage,
        out: list[Effect],
    ) -> None:
        if message.height != state.height:
            self._upon_other_height(state, received, message, out)
            return
        if state.is_decided or message.signer >= state.validators.n:
            return
        if message.signer == state.my_index and not self._upon_own(state, received, message, out):
            return
        match message:
            case Proposal():
                proposing.upon_proposal(state, out, message, received.received_ms)
            case Prepare():
                voting.upon_prepare(state, out, message)
            case Commit():
                voting.upon_commit(state, out, message)
            case RoundChange():
                round_changing.upon_round_change(state, out, message)

    def _upon_own(
        self,
        state: HeightState,
        received: Received,
        message: SignedMessage,
        out: list[Effect],
    ) -> bool:
        """Tell whether a message under our key is to be counted (R17).

        What the voter feeds back is; the same out of another's hands says nothing new. What we
        never signed means that somebody else uses our key.
        """
        if not state.can_sign:
            return True
        key = (KIND_OF[type(message)], message.round)
        if state.signed.get(key) == payload_of(message):
            if received.sender != state.validators[message.signer].agency:
                return False
            state.own[key] = message
            if isinstance(message, Proposal):
                proposing.upon_own_proposal(state, message)
            return True
        if message.round >= state.round - ROUNDS_BEHIND:
            self._is_key_shared = True
            state.can_sign = False
            out.append(StopSigning(state.height, message.round, hash_of(message)))
        return False

    def _upon_other_height(
        self,
        state: HeightState,
        received: Received,
        message: SignedMessage,
        out: list[Effect],
    ) -> None:
        """Keep what belongs to a later height; help or follow who is elsewhere (R15)."""
        if message.height > state.height:
            self._future.add(received, message, state.height)
            if message.height > state.height + 1:
                self._upon_claim(state, received.sender, message.height, out)
        elif message.height < state.height - 1 or isinstance(message, RoundChange):
            self._upon_claim(state, received.sender, message.height, out)

    def _upon_claim(self, state: HeightState, sender: str, height: int, out: list[Effect]) -> None:
        """A peer is at a height: a claim that is only ever used to ask or to answer (R15)."""
        self._ahead.note(sender, height)
        if height > state.height:
            if not state.is_decided and self._asked.allows(sender, state.now_ms):
                out.append(FetchCertificates(state.height, (sender,)))
            return
        is_behind = height < state.height and state.validators.index_of(sender) is not None
        if is_behind and self._answered.allows(sender, state.now_ms):
            out.append(SendDecided(height, sender))
