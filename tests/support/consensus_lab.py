"""One engine under test with its voter, its ledger and a scripted world around it."""

from collections.abc import Iterable

from consensus import recovery
from consensus.effects import (
    BuildBlock,
    CheckBlock,
    Decide,
    Effect,
    Evidence,
    Halt,
    Send,
    StartTimer,
    StopSigning,
    TimerKind,
    Vote,
)
from consensus.engine import Engine
from consensus.guard import Ruling, SigningGuard
from consensus.inputs import (
    BlockBuilt,
    BlockChecked,
    HeightStarted,
    Input,
    Received,
    Restored,
    TimerFired,
    Verdict,
)
from consensus.messages import ConsensusMessage, SignedMessage
from consensus.records import SignedRecord
from consensus.signatures import signatures_of
from consensus.timeouts import Timing
from primitives import codec
from primitives.errors import PeerFault
from tests.support.consensus_blocks import GENESIS_TIME_MS, Block, make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import CHAIN, Keyring


class Lab:
    """Drives one engine; votes are signed, logged and fed back at once, bodies checked on demand.

    Args:
        n: how many validators.
        me: index of the engine under test; None for one without a vote.
        height: the height it works on.
        has_work: whether the mempool holds something.
        sign_from: as in `HeightStarted`.
        is_started: whether the height starts at once.
    """

    def __init__(
        self,
        n: int = 4,
        me: int | None = 0,
        *,
        height: int = 1,
        has_work: bool = True,
        sign_from: int = 0,
        is_started: bool = True,
    ) -> None:
        self.keys = Keyring(n)
        self.me = me
        self.height = height
        self.forge = Forge(self.keys, height)
        self.engine = Engine()
        self.now_ms = GENESIS_TIME_MS + 10
        self.timing = Timing()
        self.effects: list[Effect] = []
        self.inputs: list[Input] = []
        self.log: list[bytes] = []
        self.sent: list[SignedMessage] = []
        self.refused: list[str] = []
        self.guard = SigningGuard(height - 1, sign_from)
        self.verdicts: dict[bytes, Verdict] = {}
        self.untimely: set[bytes] = set()
        self.known: dict[bytes, Block] = {}
        self.is_answering = True
        self.is_voting = True
        self.peer_faults = 0
        self._sign_from = sign_from
        self._has_work = has_work
        if is_started:
            self.start()

    def block(self, label: str = "X", round_: int = 0) -> Block:
        """Return a lawful block of the height, built by the round's proposer."""
        proposer = self.keys.validators.proposer(self.height, round_)
        block = make_block(label, height=self.height, proposer=self.keys.names[proposer])
        self.known[block.hash] = block
        return block

    def start(self, restored: Restored | None = None) -> list[Effect]:
        """Start the height."""
        return self.give(
            HeightStarted(
                height=self.height,
                validators=self.keys.validators,
                my_index=self.me,
                parent_time_ms=GENESIS_TIME_MS,
                timing=self.timing,
                sign_from=self._sign_from,
                has_work=self._has_work,
                restored=restored,
                now_ms=self.now_ms,
            )
        )

    def restart(self, payloads: Iterable[bytes] | None = None) -> list[Effect]:
        """Lose all memory and come back from the vote log."""
        found = recovery.recover(self.log if payloads is None else payloads)
        self.engine = Engine()
        self.guard = found.guard(self.height - 1)
        self.sent = []
        return self.start(found.at(self.height))

    def receive(self, *messages: ConsensusMessage, sender: str = "dora") -> list[Effect]:
        """Give messages as the edge would: those with a bad signature never reach the engine."""
        effects: list[Effect] = []
        for message in messages:
            if self.is_genuine(message):
                effects += self.give(Received(message, sender, self.now_ms, self.now_ms))
            else:
                self.peer_faults += 1
        return effects

    def is_genuine(self, message: ConsensusMessage) -> bool:
        """Tell whether all signatures of a message are valid."""
        try:
            checks = signatures_of(message, self.keys.validators, CHAIN)
        except PeerFault:
            return False
        return all(self.keys.verify(c.public_key, c.signed, c.signature) for c in checks)

    def give(self, input_: Input) -> list[Effect]:
        """Give one input; perform what comes of it; return all effects, also the follow-ups."""
        self.inputs.append(input_)
        made = list(self.engine.handle(input_))
        self.effects += made
        follow_ups = []
        for effect in made:
            follow_ups += self._perform(effect)
        return made + follow_ups

    def fire(self, kind: TimerKind, round_: int = 0, height: int | None = None) -> list[Effect]:
        """Let a timer fire."""
        return self.give(TimerFired(kind, height or self.height, round_, self.now_ms))

    def time_out(self, round_: int = 0) -> list[Effect]:
        """Let the round timer fire."""
        return self.fire(TimerKind.ROUND, round_)

    def answer(self, block: Block, round_: int = 0, *, timely: bool = True) -> list[Effect]:
        """Answer a CheckBlock by hand."""
        return self.give(self._checked(block.hash, round_, timely=timely))

    def of(self, kind: type, effects: Iterable[Effect] | None = None) -> list[Effect]:
        """Return the effects of one kind, of all so far or of some."""
        return [e for e in (self.effects if effects is None else effects) if isinstance(e, kind)]

    def votes(self, kind: type, effects: Iterable[Effect] | None = None) -> list[SignedMessage]:
        """Return the messages handed to the voter, of one kind."""
        return [e.message for e in self.of(Vote, effects) if isinstance(e.message, kind)]

    def sends(self, kind: type, effects: Iterable[Effect] | None = None) -> list[Send]:
        """Return what was sent without signing, of one kind of message."""
        return [e for e in self.of(Send, effects) if isinstance(e.message, kind)]

    def decided(self) -> list[bytes]:
        """Return the hashes decided so far."""
        return [e.hash for e in self.effects if isinstance(e, Decide)]

    def evidence(self) -> list[Evidence]:
        """Return all evidence told so far."""
        return [e for e in self.effects if isinstance(e, Evidence)]

    def timers(self, effects: Iterable[Effect]) -> list[StartTimer]:
        """Return the round timers among some effects."""
        return [e for e in self.of(StartTimer, effects) if e.kind is TimerKind.ROUND]

    @property
    def round(self) -> int:
        """The engine's round."""
        assert self.engine.state is not None
        return self.engine.state.round

    def _perform(self, effect: Effect) -> list[Effect]:
        match effect:
            case Vote() if self.is_voting:
                return self.vote(effect)
            case CheckBlock() if self.is_answering and effect.hash in self.known:
                return self.give(self._checked(effect.hash, effect.round, timely=effect.fresh))
            case BuildBlock() if self.is_answering:
                block = self.block(f"built-{effect.round}", effect.round)
                built = BlockBuilt(
                    effect.height, effect.round, block.header, block.body, self.now_ms
                )
                return self.give(built)
            case Halt() | StopSigning():
                self.is_voting = False
        return []

    def vote(self, effect: Vote) -> list[Effect]:
        """Do the voter's work: guard, sign, log, send, feed back."""
        judgement = self.guard.judge(effect.message)
        if judgement.ruling is not Ruling.SIGN:
            self.refused.append(judgement.rule)
            return []
        assert self.me is not None
        me = self.keys.names[self.me]
        signed = self.keys.sign(me, effect.message)
        self.guard.record(signed)
        self.log.append(codec.encode(SignedRecord(codec.encode(signed), effect.lock)))
        self.sent.append(signed)
        return self.give(Received(signed, me, self.now_ms, self.now_ms))

    def _checked(self, hash_: bytes, round_: int, *, timely: bool) -> BlockChecked:
        verdict = self.verdicts.get(hash_, Verdict.LAWFUL)
        block = self.known[hash_] if verdict is Verdict.LAWFUL else None
        return BlockChecked(
            self.height,
            round_,
            hash_,
            verdict,
            timely and hash_ not in self.untimely,
            block.header if block else b"",
            block.body if block else None,
            self.now_ms,
        )
