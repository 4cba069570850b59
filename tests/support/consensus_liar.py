"""A liar that knows the protocol and breaks it at random, and the chaos around it."""

import random

from consensus.certificate import CommitCertificate, PreparedCertificate
from consensus.messages import (
    ConsensusMessage,
    Decided,
    Status,
)
from tests.support.consensus_blocks import Block, make_block
from tests.support.consensus_cluster import Cluster


class Liar:
    """Speaks for one silenced validator: splits, doubles, hides, lies, replays.

    Args:
        cluster: the network.
        index: whom it speaks for.
        seed: of its choices.
    """

    def __init__(self, cluster: Cluster, index: int, seed: int) -> None:
        self.cluster = cluster
        self.index = index
        self.random = random.Random(seed)
        self.locks: list[PreparedCertificate] = []
        self.certificates: list[CommitCertificate] = []
        self.is_on = True
        cluster.silence(index)
        self._schedule()

    def _schedule(self) -> None:
        self.cluster.at(self.random.randint(2, 40), self._act)

    def _act(self) -> None:
        if not self.is_on:
            return
        honest = [node for node in self.cluster.honest() if node.is_up and node.engine.state]
        if honest:
            node = self.random.choice(honest)
            state = node.engine.state
            blocks = [
                Block(c.message.header, c.message.body) for c in list(state.candidates.values())
            ]
            self._learn(state)
            for message in self._messages(state, blocks):
                some = self.random.sample(range(len(self.cluster.nodes)), self.random.randint(1, 3))
                self.cluster.inject(self.index, [i for i in some if i != self.index], message)
        self._schedule()

    def _learn(self, state) -> None:
        if state.lock is not None:
            self.locks.append(state.lock)
        if state.certified is not None:
            self.certificates.append(state.certified)

    def _messages(self, state, blocks: list[Block]) -> list[ConsensusMessage]:
        """Return a few lies that fit where `state` is."""
        forge = self.cluster.forge(state.height)
        my_index = state.validators.index_of(self.cluster.name(self.index))
        if my_index is None:
            return []
        forge.keys = self.cluster.keys
        chosen = self.random.randint(0, 7)
        round_ = max(0, state.round + self.random.choice((-1, 0, 0, 0, 1, 1, 2, 5)))
        any_block = self._fake(state, round_)
        target = self.random.choice([*blocks, any_block])
        match chosen:
            case 0 | 1:
                return [forge.prepare(my_index, round_, target)]
            case 2:
                return [forge.commit(my_index, round_, target)]
            case 3:
                return [
                    forge.prepare(my_index, round_, target),
                    forge.commit(my_index, round_, target),
                    forge.prepare(my_index, round_, any_block),
                ]
            case 4:
                lock = self._some_lock(state, max(1, round_))
                return [forge.round_change(my_index, max(1, round_), lock)]
            case 5:
                return self._proposals(state, forge, my_index, round_, target)
            case 6:
                return [Status(self.random.choice((10**9, 1, state.height + 3)), 0)]
            case _:
                old = [c for c in self.certificates if c.height == state.height]
                known = [b for b in blocks if old and b.hash == old[-1].hash]
                return [Decided(block.header, old[-1]) for block in known[:1]]

    def _some_lock(self, state, round_: int) -> PreparedCertificate | None:
        fitting = [k for k in self.locks if k.height == state.height and k.round < round_]
        return self.random.choice([None, *fitting])

    def _fake(self, state, round_: int) -> Block:
        node = next(n for n in self.cluster.honest() if n.is_up and n.engine.state is state)
        return make_block(
            f"{self.random.choice(('lie', 'unlawful'))}-{self.random.randint(0, 2)}",
            height=state.height,
            parent=node.parent,
            time_ms=max(self.cluster.now_ms, node.parent_time_ms + 50),
            proposer=self.cluster.name(self.index),
            parent_certificate=node.carried(),
        )

    def _proposals(
        self, state, forge, my_index: int, round_: int, target: Block
    ) -> list[ConsensusMessage]:
        if state.validators.proposer(state.height, round_) != my_index:
            return []
        changes = state.round_changes.at(round_)
        lock = max(
            (change.prepared for change in changes if change.prepared),
            key=lambda k: k.round,
            default=None,
        )
        other = self._fake(state, round_)
        return [
            forge.proposal(my_index, round_, block, changes=changes, lock=lock)
            for block in (target, other)
        ]


class Chaos:
    """Crashes, power failures, partitions and losses, drawn from the cluster's seed."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.random = random.Random(cluster.seed ^ 0xC0FFEE)
        self.is_on = True
        self.restarts = 0
        self._schedule()

    def _schedule(self) -> None:
        self.cluster.at(self.random.randint(50, 1_500), self._act)

    def _act(self) -> None:
        if not self.is_on:
            return
        nodes = self.cluster.honest()
        match self.random.randint(0, 6):
            case 0 | 1:
                self._crash(self.random.choice(nodes))
            case 2:
                for node in nodes:
                    self._crash(node)
            case 3:
                names = list(range(len(self.cluster.nodes)))
                self.random.shuffle(names)
                cut = self.random.randint(1, len(names) - 1)
                self.cluster.partition(set(names[:cut]), set(names[cut:]))
            case 4:
                self.cluster.partition()
            case 5:
                self.cluster.loss = self.random.choice((0.0, 0.1, 0.3))
            case _:
                self.cluster.delay_ms = self.random.choice(((1, 10), (1, 200), (50, 900)))
        self._schedule()

    def _crash(self, node) -> None:
        if node.is_up:
            node.crash()
            self.restarts += 1
            self.cluster.at(self.random.randint(1, 800), lambda: self._restart(node))

    def _restart(self, node) -> None:
        if not node.is_up:
            node.boot()

    def heal(self) -> None:
        """End all faults; who is down comes back."""
        self.is_on = False
        self.cluster.partition()
        self.cluster.loss = 0.0
        self.cluster.delay_ms = (1, 10)
        for node in self.cluster.honest():
            self._restart(node)
