"""What the ledger would say to a transaction now, without handing it in.

Rule: judged by the state after the head at this node's clock, as the next block would be.
"""

from ledger.checks import Accepted, check_transaction, moment_of
from ledger.transaction import Transaction
from node.node import Node


def judge(node: Node, transaction: Transaction, now_ms: int) -> Accepted:
    """Return what a transaction would bring about.

    Args:
        node: knows the state.
        transaction: what is asked; its signature is not looked at.
        now_ms: wall clock.

    Raises:
        Refused: as `check_transaction`.
    """
    head = node.head
    moment = moment_of(head.height + 1, max(now_ms, head.time_ms + 1))
    return check_transaction(node.state, transaction, moment)
