"""One task owns the engine: inputs in, effects out, strictly in order.

Rule: nobody else touches the engine. An effect carries its own height, round and hash; only a vote
may still be on its way to the disk when the next effect is performed. Own messages come first.
Source: consensus rules §2.18.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from consensus.effects import (
    BuildBlock,
    CancelTimers,
    CheckBlock,
    Decide,
    Effect,
    Evidence,
    FetchCertificates,
    Halt,
    Send,
    SendDecided,
    StartTimer,
    StopSigning,
    TimerKind,
    Vote,
)
from consensus.engine import Engine
from consensus.inputs import HeightStarted, Input, Received, TimerFired, WorkAvailable, WorkGone
from consensus.recovery import Recovered
from node.bodies import Bodies
from node.builder import Builder
from node.finalizer import Finalizer
from node.ground import Ground
from node.mempool import Mempool
from node.start import takes_up_key
from node.voter import Voter
from primitives.errors import NodeFault

INPUTS_MAX: Final = 10_000
"""Messages of peers beyond it are dropped: they are sent again."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Whom the driver hands effects to."""

    mempool: Mempool
    """Tells whether there is work."""
    bodies: Bodies
    """Gets and judges blocks."""
    builder: Builder
    """Builds them."""
    finalizer: Finalizer
    """Lets them take effect."""
    voter: Voter
    """Signs."""
    send: Callable[[Send], None]
    """Sends a message to some or all validators."""
    send_decided: Callable[[SendDecided], bool]
    """Answers one who is behind."""
    fetch: Callable[[FetchCertificates], None]
    """Looks for final blocks."""


class Driver:
    """Feeds the engine and performs what it says.

    Args:
        ground: state, clock, journal.
        recovered: what the vote log held at the start.
    """

    def __init__(self, ground: Ground, recovered: Recovered) -> None:
        self._ground = ground
        self._recovered = recovered
        self._engine = Engine()
        self._own: deque[Input] = deque()
        self._inputs: deque[Input] = deque()
        self._filled = asyncio.Event()
        self._timers: dict[tuple[int, TimerKind], asyncio.TimerHandle] = {}
        self._parts: Parts | None = None
        self._has_key = True
        self.dropped = 0
        """Messages of peers that found no room."""

    @property
    def round(self) -> int:
        """Round of the height under way."""
        state = self._engine.state
        return 0 if state is None else state.round

    def tell(self, input_: Input) -> None:
        """Hand the engine an input."""
        if isinstance(input_, Received) and input_.sender != self._ground.agency:
            if len(self._inputs) >= INPUTS_MAX:
                self.dropped += 1
                return
            self._inputs.append(input_)
        else:
            self._own.append(input_)
        self._filled.set()

    def work_changed(self, has_work: bool) -> None:
        """Tell the engine that something waits, or that nothing does any more."""
        if not has_work and self._ground.committed.is_change_pending:
            return
        now_ms = self._ground.now_ms()
        self.tell(WorkAvailable(now_ms) if has_work else WorkGone(now_ms))

    async def run(self, parts: Parts) -> None:
        """Begin at the height above the tip; go on for ever.

        Raises:
            NodeFault: `consensus.halted` when a certified block is unlawful here.
        """
        self._parts = parts
        await self._perform(parts, self._engine.handle(self._height_started(parts)))
        while True:
            input_ = self._next()
            if input_ is None:
                self._filled.clear()
                await self._filled.wait()
                continue
            await self._perform(parts, self._engine.handle(input_))

    def _next(self) -> Input | None:
        if self._own:
            return self._own.popleft()
        return self._inputs.popleft() if self._inputs else None

    async def _perform(self, parts: Parts, effects: tuple[Effect, ...]) -> None:
        """Perform effects strictly in order."""
        for effect in effects:
            if isinstance(effect, Decide):
                await self._decide(parts, effect)
            else:
                self._perform_one(parts, effect)

    def _perform_one(self, parts: Parts, effect: Effect) -> None:  # noqa: C901, PLR0912
        match effect:
            case Vote():
                parts.voter.vote(effect)
            case Send():
                parts.send(effect)
            case SendDecided():
                parts.send_decided(effect)
            case StartTimer():
                self._start_timer(effect)
            case CancelTimers():
                self._cancel_timers(effect.height)
            case BuildBlock():
                parts.builder.build(effect)
            case CheckBlock():
                parts.bodies.check(effect)
            case FetchCertificates():
                parts.fetch(effect)
            case Evidence():
                self._keep_evidence(parts, effect)
            case StopSigning():
                parts.voter.stop_signing()
                self._note("consensus.own_key_seen_elsewhere", effect)
            case Halt():
                raise NodeFault(
                    "consensus.halted",
                    f"the certified block at height {effect.height} is unlawful here "
                    f"({effect.reason}); compare versions with the other agencies",
                )
            case Decide():
                raise AssertionError("decisions are awaited")

    async def _decide(self, parts: Parts, effect: Decide) -> None:
        checked = parts.bodies.checked(effect.hash)
        assert checked is not None, "a decided block was judged lawful"
        parts.builder.stop()
        await parts.finalizer.finalize(effect, checked)
        journal = self._ground.world.journal
        note = journal.event if effect.round > 0 else journal.debug
        note("blocks.decided", height=effect.height, round=effect.round, hash=effect.hash.hex())
        parts.bodies.start_height()
        started = self._height_started(parts)
        parts.voter.start_height(started.height)
        await self._perform(parts, self._engine.handle(started))

    def _height_started(self, parts: Parts) -> HeightStarted:
        """Return the next height's beginning.

        Raises:
            NodeFault: `node.too_old`.
        """
        committed = self._ground.committed
        committed.check_rules()
        height = committed.tip.height + 1
        validators = committed.validators(height)
        return HeightStarted(
            height=height,
            validators=validators,
            my_index=self._my_index(height),
            parent_time_ms=committed.tip.time_ms,
            timing=committed.timing(),
            sign_from=parts.voter.sign_from,
            has_work=len(parts.mempool) > 0 or committed.is_change_pending,
            restored=self._recovered.at(height),
            now_ms=self._ground.now_ms(),
        )

    def _my_index(self, height: int) -> int | None:
        """Return our place in a height's set, if our key is the one that stands there."""
        validators = self._ground.committed.validators(height)
        index = validators.index_of(self._ground.agency)
        if index is None:
            return None
        is_held = takes_up_key(self._ground, validators[index].public_key)
        if not is_held and self._has_key:
            self._ground.world.journal.event("votes.key_missing", height=height)
        self._has_key = is_held
        return index if is_held else None

    def _start_timer(self, effect: StartTimer) -> None:
        key = (effect.height, effect.kind)
        old = self._timers.pop(key, None)
        if old is not None:
            old.cancel()
        loop = asyncio.get_running_loop()
        delay_s = effect.delay_ms / 1000
        self._timers[key] = loop.call_later(delay_s, self._timer_fired, effect)

    def _timer_fired(self, effect: StartTimer) -> None:
        self._timers.pop((effect.height, effect.kind), None)
        self.tell(TimerFired(effect.kind, effect.height, effect.round, self._ground.now_ms()))

    def _cancel_timers(self, height: int) -> None:
        for key in [key for key in self._timers if key[0] <= height]:
            self._timers.pop(key).cancel()

    def stop_timers(self) -> None:
        """Forget all timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _keep_evidence(self, parts: Parts, effect: Evidence) -> None:
        parts.voter.keep_evidence(effect.found)
        parts.send(Send(effect.height, effect.round, effect.hash, effect.found, ()))
        self._note("consensus.liar_found", effect)

    def _note(self, name: str, effect: Evidence | StopSigning) -> None:
        self._ground.world.journal.event(
            name, height=effect.height, round=effect.round, hash=effect.hash.hex()
        )
