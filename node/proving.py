"""Portable receipts: a fact of the newest final block, and everything that proves it to a stranger.

Rule: the file needs nothing but the genesis: it holds the header, its certificate, and every change
of the validators since the genesis.
"""

from node.node import Node
from primitives.errors import Unavailable
from proofs.receipt import (
    CHANGES_MAX,
    Certified,
    Details,
    Fact,
    PortableReceipt,
    ValidatorChange,
    build_receipt,
    change_of,
    fact_key,
)
from storage.store import Store


def prove(node: Node, fact: Fact, details: Details | None = None) -> PortableReceipt:
    """Return the receipt of a fact, or of its absence, after the newest final block.

    Args:
        node: whose word is not needed.
        fact: what it shall prove; whether it is so is the caller's to know.
        details: what the holder shows of a bill's details.

    Raises:
        Unavailable: `proof.no_block_yet`, `proof.too_many_changes`.
    """
    view, head = node.state, node.head
    if head.height == 0:
        raise Unavailable("proof.no_block_yet", "there is no certified block to prove it by")
    assert view.state_root == head.state_root, "the state told is that of the head"
    header, certificate = _certified(node.store, head.height)
    heights = node.sets.changes(head.height - 1)
    if len(heights) > CHANGES_MAX:
        raise Unavailable("proof.too_many_changes", "the validators changed too often for one file")
    changes = tuple(_change(node, height) for height in heights)
    key = fact_key(fact)
    return build_receipt(
        fact,
        view.prove(key),
        value=view.value(key),
        certified=Certified(node.genesis.chain, header, certificate, changes),
        details=details,
    )


def _change(node: Node, height: int) -> ValidatorChange:
    """Return the change of the validators after a height."""
    return change_of(*_certified(node.store, height), node.sets.after(height))


def _certified(store: Store, height: int) -> tuple[bytes, bytes]:
    header, certificate = store.header(height), store.certificate(height)
    assert header is not None, "a final block has its header"
    assert certificate is not None, "a final block has its certificate"
    return header, certificate
