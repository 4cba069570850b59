"""Writes docs/life.md from the axes and the table of operations, so that they never differ.

python -m tests.support.life_reference > docs/life.md
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from ledger.axes import Axis, Cell, Never, No
from ledger.life import AXES
from ledger.operations import RULES, tag_of

PAGE = Path(__file__).parents[2] / "docs" / "life.md"

HEAD = """\
# The life of everything on the chain

This page is written from the axes of `ledger/` by `make docs`; `ledger/life.py` lists them. A bill
is one leaf with several axes that move independently; what stands beside a bill (numbers, orders,
payments, keys, members) has axes of its own.

A row is what happens, a column the state it meets. A cell is the state it leads to (several where
the amounts or votes decide) or the code with which it is refused. A payment is never refused for
business reasons: where a cell of the order or of its money refuses one, it is recorded as unapplied
with that reason and owed back. Every cell has been executed on a chain by `test_life.py`, but for
those marked *never*: no chain of operations meets them, and they refuse all the same.
"""

RULES_HEAD = """\
## Who may ask for what

An agency has one of the roles; the key that signs is for one of the purposes. Persons' keys act
within their limits beside that.

| Operation | Tag | Roles | Keys |
|---|---|---|---|"""

EVENTS = {
    "TakeNumber": "a bill or red bill gets a number, or VoidNumber burns one",
    "ReplaceBill": "IssueBill that names it as replaced",
    "BillCharge": "IssueBill of an order of sort charge",
    "BillDeposit": "IssueBill of an order of sort deposit",
    "TakeEffect": "the proposal's height comes",
    "SuspendAgency": "a change that members vote on",
    "RestoreAgency": "a change that members vote on",
    "RemoveAgency": "a change that members vote on",
}
"""Rows that are no operation's name."""


def reference() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(_axis(axis) for axis in AXES), RULES_HEAD, *_rules(), ""])


def _axis(axis: Axis) -> str:
    names = [state.split(" ", 1) for state in axis.states]
    columns = " | ".join(f"{english} {chinese}" for english, chinese in names)
    never = sorted({cell.why for row in axis.cells.values() for cell in row if _is_never(cell)})
    lines = [
        f"## {axis.title} ({axis.name})\n",
        f"| | {columns} |",
        "|---" * (len(names) + 1) + "|",
        *(_row(axis, event, row) for event, row in axis.cells.items()),
        "",
        *(f"*never*: {why}.\n" for why in never),
    ]
    return "\n".join(lines)


def _row(axis: Axis, event: str, row: tuple[Cell, ...]) -> str:
    told = f"{event}: {EVENTS[event]}" if event in EVENTS else event
    return f"| {told} | {' | '.join(_cell(axis, cell) for cell in row)} |"


def _cell(axis: Axis, cell: Cell) -> str:
    if isinstance(cell, No):
        return f"`{cell.code}`"
    if isinstance(cell, Never):
        return f"*never* `{cell.code}`"
    return " or ".join(f"→ {axis.states[state].split(' ')[0]}" for state in cell)


def _is_never(cell: Cell) -> bool:
    return isinstance(cell, Never)


def _rules() -> Iterator[str]:
    for operation, rule in sorted(RULES.items(), key=lambda item: tag_of(item[0])):
        roles, purposes = ", ".join(rule.roles), ", ".join(rule.purposes)
        yield f"| {operation.__name__} | {tag_of(operation)} | {roles} | {purposes} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
