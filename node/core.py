"""The parts of a running node, put together, started and stopped in order.

Rule: quarantine is on record before a socket opens; nobody signs before the others were asked; a
stop finishes what is being written.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from consensus.effects import Send
from consensus.messages import Proposal, SignedMessage
from consensus.recovery import SIGN_FROM_UNKNOWN
from consensus.validators import ValidatorSet
from ledger.apply import Tip
from ledger.bills import Face
from ledger.execution import Executed
from ledger.genesis import Genesis
from ledger.state import View
from ledger.transaction import Transaction
from node.admission import Admission
from node.answers import Head, NodeStatus
from node.bodies import Bodies
from node.builder import Builder
from node.committed import SnapshotState
from node.desk import desk_of
from node.driver import Driver, Parts
from node.finalizer import FinalBlock, Finalizer
from node.gossip import Gossip
from node.ground import Ground
from node.intake import Desks, Intake
from node.mempool import Mempool
from node.metrics import Metrics
from node.peers import Peers
from node.ports import World
from node.readiness import ReadinessSignal
from node.receipts import Streams, Waiters
from node.registered import is_member, note_unregistered
from node.rejoining import Rejoining
from node.roster import RosterKeeper, roster_of
from node.serving import Serving
from node.settings import NodeSettings
from node.start import Restored, restore
from node.sync import Sync
from node.tasks import Tasks
from node.verdicts import TransactionVerdicts, VoteVerdicts
from node.voter import Voter
from node.wire import Kind, Priority, Standing, consensus_frame, encode_frame, priority_of
from primitives.errors import Unavailable
from storage.space import Space, SpaceLimits, space_left
from storage.store import StoreSnapshot

SPACE_S: Final = 1.0
"""How often the free space is looked at."""
SNAPSHOTS_KEPT: Final = 3
"""Views of the last blocks that a reader may still hold."""
FACES_KEPT: Final = 8
"""Blocks whose bills are told without reading them again: under full load about 6 MiB."""
TAKEN_MAX: Final = 50_000
"""Transactions whose commit is timed."""


@dataclass(frozen=True, slots=True)
class Durable:
    """The newest durable block, as readers see it."""

    tip: Tip
    """Height, hash, time, state root."""
    view: View
    """The state after it."""


class Core:
    """Everything of a node that runs.

    Args:
        world: everything outside.
        settings: what is local.
        genesis: of the chain.
        tasks: where tasks run.
        metrics: counters.
    """

    def __init__(
        self,
        world: World,
        settings: NodeSettings,
        genesis: Genesis,
        tasks: Tasks,
        metrics: Metrics,
    ) -> None:
        restored = restore(world, genesis)
        restored.committed.check_rules()
        self._settings = settings
        self._metrics = metrics
        self._taken: dict[bytes, float] = {}
        self._snapshots: deque[StoreSnapshot] = deque()
        self._space = Space.AMPLE
        self._faces: dict[int, tuple[Face, ...]] = {}
        self.ground = ground = Ground(
            settings.agency, world, restored.store, restored.committed, tasks
        )
        if restored.quarantine:
            world.journal.event("votes.quarantined", reason=restored.quarantine)
        self._show(restored.committed.tip)
        self.watchers: list[Callable[[FinalBlock], None]] = []
        """Told of each final block, before those who wait for it."""
        note_unregistered(world, self.final.view, settings.agency, self.final.tip.time_ms)
        self.waiters = Waiters()
        self.streams = Streams(lambda: self.final.tip.height)
        self.driver = Driver(ground, restored.recovered)
        self._assemble_ways_in(genesis)
        self._assemble_voter(restored)
        self._assemble()

    def _assemble_ways_in(self, genesis: Genesis) -> None:
        """Make the parts through which peers and transactions come."""
        settings = self._settings
        self.mempool = Mempool(
            settings.mempool_bytes, settings.mempool_transactions, self.driver.work_changed
        )
        self.peers = Peers(
            self.ground.world,
            settings,
            tasks=self.ground.tasks,
            roster=roster_of(self.ground.committed.view, self.ground.committed.tip.time_ms),
            chain=genesis.chain,
            height=lambda: self.final.tip.height,
        )
        self._roster = RosterKeeper(self.ground.world.transport, self.peers)
        self.gossip = Gossip(self.peers.broadcast, self.peers.send, self.peers.not_linked_to)
        self.verdicts = TransactionVerdicts(genesis.chain)
        self._votes = VoteVerdicts(self.ground.world.executor)
        self.admission = Admission(
            self.ground.committed,
            self.mempool,
            self.verdicts,
            gossip=self.gossip,
            clock=self.ground.world.clock,
            fault=self.peers.fault,
            arrived=lambda: self.bodies.arrived(),
        )

    def _assemble_voter(self, restored: Restored) -> None:
        """Make the part that signs."""
        self.voter = Voter(
            self.ground,
            restored.log,
            restored.guard,
            payloads=restored.payloads,
            send=self._send_vote,
            tell=self.driver.tell,
        )

    def _assemble(self) -> None:
        """Make the parts that stand on other parts."""
        ground, tell = self.ground, self.driver.tell
        self.bodies = Bodies(
            ground,
            self.verdicts,
            self._votes,
            known=self.admission.known,
            send=self.peers.send,
            tell=tell,
        )
        self._builder = Builder(
            ground,
            self.mempool,
            self.admission,
            verdicts=self.verdicts,
            bodies=self.bodies,
            tell=tell,
        )
        self._finalizer = Finalizer(ground, took_effect=self._took_effect, is_final=self._is_final)
        self._serving = Serving(ground, self.peers, self.bodies, self.admission.known)
        self._rejoining = Rejoining(ground, self.peers, self.voter)
        self._sync = Sync(ground, self.peers, self.bodies, votes=self._votes, tell=tell)
        desks = Desks(self.admission, self.bodies, self._serving, self._rejoining, self._sync, tell)
        self._intake = Intake(ground, self.peers, self._votes, desks)

    async def start(self) -> None:
        """Start the tasks and the links.

        Raises:
            NodeFault: the address to listen on is taken.
        """
        tasks = self.ground.tasks
        tasks.spawn("voter", self.voter.run())
        tasks.spawn("inbox", self.admission.run())
        self._roster.follow(self.final.view, self.final.tip.time_ms)
        await self._roster.settle()
        await self.peers.start(self._intake)
        tasks.spawn("roster", self._roster.run())
        tasks.spawn("sync", self._sync.run())
        tasks.spawn("rejoining", self._rejoining.run())
        tasks.spawn("standing", self._tell_standing())
        tasks.spawn("repeats", self._repeat())
        tasks.spawn("space", self._watch_space())
        tasks.spawn("readiness", self._signal_readiness())
        tasks.spawn("driver", self._drive())

    async def stop(self) -> None:
        """Finish what is being written, then let everything go."""
        ground = self.ground
        if ground.tasks.is_over:
            return
        ground.tasks.finish()
        self.driver.stop_timers()
        await self._finalizer.written()
        await self.voter.close(ground.committed.tip.height + 1)
        await self._release()
        ground.world.journal.event("node.stopped", height=self.final.tip.height)

    async def abandon(self) -> None:
        """The node broke: let everything go as it is."""
        self.driver.stop_timers()
        await self._release()

    def check_ready(self) -> None:
        """Refuse work that could not be handled.

        Raises:
            Unavailable: `node.disk_full`, `node.stopping`.
        """
        if self.ground.tasks.is_over:
            raise Unavailable("node.stopping", "hand it in at another node")
        if self._space is not Space.AMPLE:
            raise Unavailable("node.disk_full", "this node's disk is nearly full")

    def note_taken(self, transaction_id: bytes) -> None:
        """Remember when a transaction was taken in line here."""
        if len(self._taken) < TAKEN_MAX:
            self._taken.setdefault(transaction_id, asyncio.get_running_loop().time())

    def faces(self, height: int) -> tuple[Face, ...] | None:
        """Return the faces of the bills of a recent block; None when it is not recent."""
        return self._faces.get(height)

    def status(self) -> NodeStatus:
        """Return where the node stands."""
        ground, tip = self.ground, self.final.tip
        validators = ground.committed.validators(tip.height + 1)
        sign_from = self.voter.guard.sign_from
        is_quarantined = sign_from > ground.committed.tip.height + 1
        is_over = ground.tasks.is_over
        return NodeStatus(
            chain=tip.chain,
            agency=ground.agency,
            head=Head(tip.height, tip.hash, tip.state_root, tip.time_ms),
            validators=validators.n,
            quorum=validators.quorum,
            is_member=is_member(self.final.view, ground.agency),
            is_validator=validators.index_of(ground.agency) is not None,
            ready=not is_over
            and not self._sync.is_syncing
            and self._space is Space.AMPLE
            and is_member(self.final.view, ground.agency)
            and self._reaches_quorum(validators),
            syncing=self._sync.is_syncing,
            sign_from=(-1 if sign_from == SIGN_FROM_UNKNOWN else sign_from)
            if is_quarantined
            else None,
            round=self.driver.round,
            pending_transactions=len(self.mempool),
            pending_bytes=self.mempool.size_bytes,
            peers_connected=len(self.peers.connected()),
        )

    def _reaches_quorum(self, validators: ValidatorSet) -> bool:
        """Tell whether enough validators are linked, this one counted, for a block to commit."""
        near = {*self.peers.connected(), self.ground.agency}
        return sum(validator.agency in near for validator in validators) >= validators.quorum

    async def _drive(self) -> None:
        """Ask the others about our votes, then let the engine run."""
        await self._rejoining.wait()
        await self.driver.run(
            Parts(
                mempool=self.mempool,
                bodies=self.bodies,
                builder=self._builder,
                finalizer=self._finalizer,
                voter=self.voter,
                send=self._send,
                send_decided=self._serving.decided,
                fetch=self._sync.wanted,
            )
        )

    async def _signal_readiness(self) -> None:
        """Say that this node is ready to vote, while its agency has no vote."""
        world, chain = self.ground.world, self.ground.committed.tip.chain
        desk = desk_of(world, chain, self.ground.agency, self.ground.committed.parameters)
        signal = ReadinessSignal(desk, world.signer, self.admission, world.journal)
        await signal.run(lambda: (self.final.view, self.status()))

    def _send_vote(self, message: SignedMessage) -> None:
        """Send a signed message; transactions that a proposal names go ahead of it."""
        if isinstance(message, Proposal):
            self.gossip.flush_ahead()
        self._send(Send(message.height, message.round, b"", message, ()))

    def _send(self, effect: Send) -> None:
        """Send a message, encoded once, to some validators or to all of its height."""
        frame, priority = consensus_frame(effect.message), priority_of(effect.message)
        validators = self.ground.committed.validators(effect.height)
        for agency in effect.to or tuple(validator.agency for validator in validators):
            self.peers.send(agency, frame, priority)

    def _took_effect(self, transactions: Sequence[Transaction], executed: Executed) -> None:
        self.admission.block_took(transactions, executed)
        self._sync.advanced()

    def _is_final(self, block: FinalBlock) -> None:
        """A block is durable: show it, count it, tell everybody."""
        self._show(block.tip)
        self._roster.follow(self.final.view, block.tip.time_ms, block.executed.leaves.keys())
        self._faces[block.tip.height] = block.executed.faces
        self._faces.pop(block.tip.height - FACES_KEPT, None)
        self._metrics.blocks.inc()
        self._metrics.rounds.inc(block.round)
        self._metrics.transactions.inc(len(block.transactions))
        now = asyncio.get_running_loop().time()
        for transaction in block.transactions:
            self._metrics.operations.inc(len(transaction.envelope.operations))
            taken = self._taken.pop(transaction.id, None)
            if taken is not None:
                self._metrics.latency.observe(now - taken)
        for told in self.watchers:
            told(block)
        self.waiters.final(block)
        self.streams.wake()
        self.ground.world.journal.debug(
            "blocks.final",
            height=block.tip.height,
            hash=block.tip.hash.hex(),
            state_root=block.tip.state_root.hex(),
            transactions=len(block.transactions),
        )

    def _show(self, tip: Tip) -> None:
        """Let readers see the state after a durable block."""
        snapshot = self.ground.store.snapshot()
        self._snapshots.append(snapshot)
        while len(self._snapshots) > SNAPSHOTS_KEPT:
            self._snapshots.popleft().release()
        self.final = Durable(tip, View(SnapshotState(snapshot), tip.state_root))

    async def _tell_standing(self) -> None:
        """Tell the peers where we are, so that who is behind knows."""
        while True:
            standing = Standing(self.final.tip.height, tuple(sorted(self.peers.connected())))
            self.peers.broadcast(encode_frame(Kind.STANDING, standing), Priority.CONSENSUS)
            await asyncio.sleep(self._settings.standing_ms / 1000)

    async def _repeat(self) -> None:
        """Send again what was handed in here and still waits."""
        pause_s = self._settings.resubmit_ms / 1000
        while True:
            await asyncio.sleep(pause_s / 2)
            self.admission.send_again(pause_s)

    async def _watch_space(self) -> None:
        """Stop taking work, then stop signing, well before the disk is full."""
        least = self._settings.disk_free_min_bytes
        limits = SpaceLimits(accept_bytes=least, vote_bytes=least // 2)
        while True:
            space = space_left(self.ground.world.files, limits)
            if space is not self._space:
                self.ground.world.journal.event("disk.space_changed", status=space.value)
            self._space = space
            self.voter.has_room = space is not Space.EXHAUSTED
            await asyncio.sleep(SPACE_S)

    async def _release(self) -> None:
        """Close links, tasks and the store."""
        self.streams.close()
        self.waiters.close()
        await self.ground.world.transport.close()
        await self.ground.tasks.cancel()
        for snapshot in self._snapshots:
            snapshot.release()
        self.ground.store.close()
