"""A whole network of engines in virtual time, with faults, liars and an omniscient checker.

Reads as a story: `cluster.crash(0)`, `cluster.run_until(height=5)`, `cluster.assert_one_chain()`.
One seed decides everything; the same seed gives the same trace.
"""

import hashlib
import heapq
import random
from collections.abc import Callable, Sequence

from consensus.effects import Effect
from consensus.engine import Engine
from consensus.messages import ConsensusMessage, SignedMessage
from consensus.timeouts import Timing
from consensus.validators import ValidatorSet
from primitives import codec
from tests.support.consensus_blocks import GENESIS_TIME_MS, Block, transaction
from tests.support.consensus_checker import Checker
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import Keyring
from tests.support.consensus_node import Node

Filter = Callable[[int, int, ConsensusMessage], bool]
"""(from, to, message) -> whether the network loses it."""


class RecordingKeyring(Keyring):
    """A keyring that shows every signature to the checker."""

    checker: Checker | None = None

    def sign(self, agency: str, message: SignedMessage) -> SignedMessage:
        """Sign, and let the checker see."""
        signed = super().sign(agency, message)
        if self.checker is not None:
            self.checker.upon_signature(agency, signed)
        return signed


class Cluster:
    """n nodes, their network and their clocks.

    Args:
        n: how many validators.
        seed: of all chance.
        delay_ms: least and largest delay of a message.
        loss: share of messages lost, 0 to 1.
        timing: the ledger's parameters.
        is_real: whether signatures are Ed25519.
    """

    def __init__(
        self,
        n: int = 4,
        *,
        seed: int = 1,
        delay_ms: tuple[int, int] = (1, 10),
        loss: float = 0.0,
        timing: Timing | None = None,
        is_real: bool = False,
        extra: tuple[str, ...] = (),
    ) -> None:
        self.keys = RecordingKeyring(n + len(extra), is_real=is_real)
        self.base = self.keys.validator_set(self.keys.names[:n])
        self.sets: dict[int, ValidatorSet] = {}
        self.random = random.Random(seed)
        self.seed = seed
        self.delay_ms = delay_ms
        self.loss = loss
        self.timing = timing or Timing(heartbeat_ms=0)
        self.now_ms = GENESIS_TIME_MS + 100
        self.apply_ms = 2
        self.events: list[tuple[int, int, Callable[[], object]]] = []
        self.sequence = 0
        self.trace = hashlib.sha256()
        self.checker = Checker(self)
        self.keys.checker = self.checker
        self.transactions: list[bytes] = []
        self.liars: set[str] = set()
        self.withheld: set[bytes] = set()
        self.drop: Filter | None = None
        self.groups: list[set[int]] | None = None
        self.effects_done = 0
        self.kill: tuple[int, int] | None = None
        self.is_lock_kept = True
        self.is_synced_before_send = True
        self.twins: dict[int, Node] = {}
        self.nodes = [Node(self, name) for name in self.keys.names]
        for node in self.nodes:
            node.boot()

    # membership

    def validators_at(self, height: int) -> ValidatorSet:
        """Return the set of a height."""
        changes = [h for h in self.sets if h <= height]
        return self.sets[max(changes)] if changes else self.base

    def forge(self, height: int) -> Forge:
        """Return a forge for a liar's messages at a height."""
        return Forge(self.keys, height)

    # time

    def at(self, delay_ms: int, act: Callable[[], object]) -> None:
        """Do something after a delay."""
        self.sequence += 1
        heapq.heappush(self.events, (self.now_ms + delay_ms, self.sequence, act))

    def step(self) -> None:
        """Do the next thing that is due."""
        self.now_ms, _, act = heapq.heappop(self.events)
        act()

    def run_ms(self, duration_ms: int) -> None:
        """Let time pass."""
        end_ms = self.now_ms + duration_ms
        while self.events and self.events[0][0] <= end_ms:
            self.step()
        self.now_ms = end_ms

    def run_until(
        self, *, height: int, nodes: Sequence[int] | None = None, limit_ms: int = 120_000
    ) -> None:
        """Let time pass until some nodes have applied a height."""
        end_ms = self.now_ms + limit_ms
        wanted = [self.nodes[i] for i in (range(len(self.nodes)) if nodes is None else nodes)]
        while any(node.tip < height for node in wanted):
            assert self.events
            assert self.events[0][0] <= end_ms, self.describe()
            self.step()

    def describe(self) -> str:
        """Tell where everybody is, for a failed run."""
        places = [
            f"{node.agency}: tip {node.tip}, round "
            f"{node.engine.state.round if node.engine.state else '-'}, up {node.is_up}"
            for node in self.nodes
        ]
        return f"seed {self.seed}: no progress; " + "; ".join(places)

    # the network

    def broadcast(self, sender: str, message: ConsensusMessage, to: tuple[str, ...]) -> None:
        """Send to some, or to all others."""
        names = to or tuple(name for name in self.keys.names if name != sender)
        for name in names:
            if name != sender:
                self.send(sender, name, message)

    def send(self, sender: str, to: str, message: ConsensusMessage) -> None:
        """Send one message through the network's faults."""
        source, target = self.keys.names.index(sender), self.keys.names.index(to)
        delay_ms = self.random.randint(*self.delay_ms)
        if self.random.random() < self.loss or self._is_cut(source, target):
            return
        if self.drop is not None and self.drop(source, target, message):
            return
        self.at(delay_ms, lambda: self._deliver(sender, target, message))

    def _is_cut(self, source: int, target: int) -> bool:
        if self.groups is None:
            return False
        return not any(source in group and target in group for group in self.groups)

    def _deliver(self, sender: str, target: int, message: ConsensusMessage) -> None:
        node = self.nodes[target]
        twin = self.twins.get(target)
        if twin is not None and self.random.random() < 0.5:
            twin.receive(message, sender)
            if self.random.random() < 0.5:
                return
        if node.is_up:
            self.trace.update(codec.encode([self.now_ms, sender, target, message]))
            node.receive(message, sender)

    def inject(self, signer: int, to: Sequence[int], *messages: ConsensusMessage) -> None:
        """Let a liar send messages to some nodes."""
        for message in messages:
            for target in to:
                self.at(1, lambda t=target, m=message: self._deliver(self.name(signer), t, m))

    def name(self, index: int) -> str:
        """Return the agency of an index."""
        return self.keys.names[index]

    # faults

    def partition(self, *groups: set[int]) -> None:
        """Cut the network into groups; with none, heal it."""
        self.groups = list(groups) or None

    def crash(self, index: int) -> None:
        """Kill a node; what it had not synced is gone."""
        self.nodes[index].crash()

    def restart(self, index: int) -> None:
        """Start a node from its disk."""
        self.nodes[index].boot()

    def silence(self, index: int) -> None:
        """A liar that says nothing by itself; the test speaks for it."""
        self.liars.add(self.name(index))
        self.nodes[index].crash()

    def add_twin(self, index: int) -> None:
        """Run a second process under a validator's key: each hears only part of what is sent."""
        self.liars.add(self.name(index))
        self.twins[index] = Node(self, self.name(index))
        self.twins[index].boot()

    def is_withheld(self, hash_: bytes) -> bool:
        """Tell whether a block's transactions cannot be had from a mempool."""
        return hash_ in self.withheld

    def kill_after(self, index: int, effects: int) -> None:
        """Kill a node before its `effects`-th effect from now on; it is back 300 ms later."""
        self.kill = (index, self.effects_done + effects)

    def sync_ms(self) -> int:
        """Return how long a sync takes."""
        return self.random.randint(0, 3)

    # what the nodes report

    def before_effect(self, node: Node, effect: Effect) -> None:
        """Look at an effect before it is performed; perhaps the node dies here."""
        if node.agency not in self.liars:
            self.checker.upon_effect(node, effect)
        if self.kill is not None and node is self.nodes[self.kill[0]]:
            self.effects_done += 1
            if self.effects_done > self.kill[1]:
                self.crash(self.kill[0])
                self.at(300, lambda: self.restart(self.keys.names.index(node.agency)))
                self.kill = None

    def upon_release(self, node: Node, message: SignedMessage) -> None:
        """A message leaves a node."""
        if node.agency not in self.liars:
            self.checker.upon_release(node, message)

    def upon_applied(self, node: Node, block: Block, certificate: object) -> None:
        """A block was applied."""
        if node.agency not in self.liars:
            self.checker.upon_applied(node, block, certificate)

    # work and verdicts

    def submit(self, *names: str) -> None:
        """Hand transactions to all nodes."""
        self.transactions += [transaction(name) for name in names]
        for node in (*self.nodes, *self.twins.values()):
            if node.is_up:
                node.submit()

    def honest(self) -> list[Node]:
        """Return the nodes that follow the rules."""
        return [node for node in self.nodes if node.agency not in self.liars]

    def assert_one_chain(self) -> None:
        """S1, S2: all honest chains are prefixes of the longest."""
        chains = [[block.hash for block, _ in node.disk.chain] for node in self.honest()]
        longest = max(chains, key=len)
        assert all(chain == longest[: len(chain)] for chain in chains)

    def assert_committed_once(self, *names: str) -> None:
        """L3: every transaction stands on the longest chain exactly once."""
        longest = max((node.disk.chain for node in self.honest()), key=len)
        found = [t for block, _ in longest for t in block.body.transactions]
        assert [found.count(transaction(name)) for name in names] == [1] * len(names)

    def assert_replays(self) -> None:
        """S14: each engine gives the same effects for the same inputs."""
        for node in self.nodes:
            engine = Engine()
            for input_, effects in node.journal:
                assert engine.handle(input_) == effects
