"""Replays a chain from its blocks in a process of its own and prints the roots it comes to.

Run as `python -m tests.model.replay FILE`, FILE as `write_chain` makes it.
"""

import sys
from pathlib import Path

import msgpack

from ledger.apply import check_steps, genesis_state, run, tip_of
from ledger.block import decode_body, decode_header
from ledger.genesis import read_genesis
from ledger.state import View
from ledger.transaction import decode_transaction
from tests.model.chain import LedgerSide
from tests.support.ledgers import DictState, is_signed


def write_chain(side: LedgerSide, file: Path) -> None:
    """Write a chain's genesis and blocks."""
    file.write_bytes(msgpack.packb([side.genesis_bytes, side.blocks]))


def replay(file: Path) -> list[str]:
    """Return the state, transactions and receipts roots of every block, executed anew."""
    genesis_bytes, blocks = msgpack.unpackb(file.read_bytes())
    genesis = read_genesis(genesis_bytes)
    first = genesis_state(genesis)
    state, tip = DictState(first.rows), first.tip
    view, roots = View(state, tip.state_root), []
    for header_bytes, body_bytes in blocks:
        body = decode_body(body_bytes)
        executed = run(
            check_steps(
                view,
                tip,
                header=decode_header(header_bytes),
                transactions=[decode_transaction(data, tip.chain) for data in body.transactions],
                parent_certificate=body.parent_certificate,
                is_signed=is_signed,
            )
        )
        state.rows.update(executed.rows())
        view = view.after(executed.draft, executed.state_root)
        tip = tip_of(header_bytes)
        roots += [executed.state_root.hex(), executed.receipts_root.hex()]
        roots.append(executed.transactions_root.hex())
    return roots


if __name__ == "__main__":
    sys.stdout.write("\n".join(replay(Path(sys.argv[1]))))
