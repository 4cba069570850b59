"""What judging one operation costs, kind by kind, on a chain in memory.

The chain is that of the law's second telling (tests/model): a province in which everything has
happened. Signatures of the envelope are not in it, those inside an operation are.
"""

import statistics
import time
from collections import Counter
from random import Random

from ledger.apply import Tip, genesis_state, run, tip_of
from ledger.block import decode_body, decode_header
from ledger.checks import check_transaction, moment_of
from ledger.execution import Executed, Execution
from ledger.genesis import read_genesis
from ledger.holders import is_signed_by
from ledger.operation_json import snake_case
from ledger.state import View
from ledger.transaction import Transaction, decode_transaction
from tests.model.twice import KINDS, Twice
from tests.support.ledgers import DictState

STEPS = 4_000
VERDICTS_MAX = 4_096
"""Verdicts that are remembered; so many others push them all out."""


def operation_costs_us() -> dict[str, float]:
    """Return the median cost of each kind of operation in microseconds, by its name."""
    twice = Twice(Counter())
    twice.prelude(1)
    random = Random(1)
    for _ in range(STEPS):
        twice.step(random.choice(KINDS), random.randrange(2**32))
    for number in range(VERDICTS_MAX):
        is_signed_by(b"", number.to_bytes(8, "big"), b"")
    genesis = read_genesis(twice.ledger.genesis_bytes)
    first = genesis_state(genesis)
    state, tip = DictState(first.rows), first.tip
    view = View(state, tip.state_root)
    costs: dict[str, list[float]] = {}
    for header_bytes, body_bytes in twice.ledger.blocks:
        header = decode_header(header_bytes)
        transactions = [
            decode_transaction(data, tip.chain) for data in decode_body(body_bytes).transactions
        ]
        for transaction in transactions:
            _measure(view, transaction, tip, header.time_ms, costs)
        executed = _executed(view, transactions, header.height, header.time_ms)
        state.rows.update(executed.rows())
        view = view.after(executed.draft, executed.state_root)
        tip = tip_of(header_bytes)
    return {name: round(statistics.median(each) * 1e6, 1) for name, each in sorted(costs.items())}


def _measure(
    view: View, transaction: Transaction, tip: Tip, time_ms: int, costs: dict[str, list[float]]
) -> None:
    """Add what judging a transaction of one operation takes."""
    operations = transaction.envelope.operations
    if len(operations) != 1:
        return
    moment = moment_of(tip.height + 1, time_ms)
    start = time.perf_counter()
    check_transaction(view, transaction, moment)
    took = time.perf_counter() - start
    costs.setdefault(snake_case(type(operations[0]).__name__), []).append(took)


def _executed(view: View, transactions: list[Transaction], height: int, time_ms: int) -> Executed:
    execution = Execution(view, moment_of(height, time_ms), lambda _transaction, _key: True)
    for transaction in transactions:
        execution.add(transaction)
    return run(execution.finish_steps())
