"""The disk and the ledger of a node of the consensus simulation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consensus.certificate import CommitCertificate
from consensus.effects import BuildBlock, CheckBlock
from consensus.inputs import BlockBuilt, BlockChecked, Verdict
from consensus.messages import BlockBody, BodyReference, GetBody
from consensus.timeouts import is_timely
from primitives import codec
from tests.support.consensus_blocks import Block, body_hash, is_lawful, make_block

if TYPE_CHECKING:
    from tests.support.consensus_node import Node


@dataclass
class Disk:
    """What survives a crash, and what does not until it is synced."""

    log: list[bytes] = field(default_factory=list)
    synced: int = 0
    bodies: dict[bytes, Block] = field(default_factory=dict)
    unsynced_bodies: dict[bytes, Block] = field(default_factory=dict)
    chain: list[tuple[Block, CommitCertificate]] = field(default_factory=list)
    applied: dict[bytes, Block] = field(default_factory=dict)

    def forget_unsynced(self) -> None:
        """Lose what a power cut loses."""
        del self.log[self.synced :]
        self.unsynced_bodies.clear()


def find(node: Node, hash_: bytes) -> Block | None:
    """Return a block by its hash, wherever it lies."""
    disk = node.disk
    return disk.applied.get(hash_) or disk.bodies.get(hash_) or disk.unsynced_bodies.get(hash_)


def build(node: Node, effect: BuildBlock) -> None:
    """Build a block of all that waits."""
    if node.tip + 1 != effect.height:
        return
    interval_ms = node.cluster.timing.block_interval_ms
    block = make_block(
        f"{node.agency}-{effect.round}-{node.incarnation}",
        height=effect.height,
        parent=node.parent,
        time_ms=max(node.now_ms, node.parent_time_ms + interval_ms),
        proposer=node.agency,
        transactions=node.waiting(),
        parent_certificate=node.carried(),
    )
    node.disk.bodies[block.hash] = block
    node.give(BlockBuilt(effect.height, effect.round, block.header, block.body, node.now_ms))


def check(node: Node, effect: CheckBlock) -> None:
    """Judge a block, fetching its body first where it is not known."""
    block = find(node, effect.hash)
    if block is None and effect.body is not None and not node.cluster.is_withheld(effect.hash):
        offered = Block(effect.header, effect.body)
        if offered.fields.body_hash == body_hash(offered.body):
            block = offered
    if block is not None:
        node.disk.unsynced_bodies.setdefault(effect.hash, block)
        node.later(1, lambda: judge(node, effect, block))
        return
    node.fetches[effect.hash] = effect
    question = GetBody(effect.height, effect.hash)
    node.cluster.broadcast(node.agency, question, effect.sources)
    node.later(200, lambda: give_up(node, effect))


def give_up(node: Node, effect: CheckBlock) -> None:
    """No source had the body."""
    if node.fetches.pop(effect.hash, None) is not None:
        missing = BlockChecked(
            effect.height,
            effect.round,
            effect.hash,
            Verdict.MISSING,
            False,
            b"",
            None,
            node.now_ms,
        )
        node.give(missing)


def upon_body(node: Node, message: BlockBody) -> None:
    """A body that was asked for arrived."""
    block = Block(message.header, codec.decode(message.body, BodyReference, 10**6))
    asked = node.fetches.pop(block.hash, None)
    if asked is not None and block.fields.body_hash == body_hash(block.body):
        node.disk.unsynced_bodies.setdefault(block.hash, block)
        judge(node, asked, block)


def judge(node: Node, asked: CheckBlock, block: Block) -> None:
    """Ask the tests' ledger, and answer the engine."""
    if asked.height != node.tip + 1:
        return
    timing = node.cluster.timing
    lawful = is_lawful(
        block,
        height=asked.height,
        parent=node.parent,
        parent_time_ms=node.parent_time_ms,
        interval_ms=timing.block_interval_ms,
        parent_validators=node.cluster.validators_at(max(1, asked.height - 1)),
        verify_signature=node.cluster.keys.verify,
    )
    timely = (
        asked.fresh
        and block.fields.proposer == asked.proposer
        and is_timely(
            timing,
            asked.round,
            time_ms=block.fields.time_ms,
            received_ms=asked.received_ms,
        )
    )
    node.give(
        BlockChecked(
            asked.height,
            asked.round,
            asked.hash,
            Verdict.LAWFUL if lawful else Verdict.UNLAWFUL,
            timely,
            block.header if lawful else b"",
            block.body if lawful else None,
            node.now_ms,
        )
    )
