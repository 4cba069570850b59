"""Every cell of every axis has been executed on a chain."""

import sys
from pathlib import Path

from ledger.axes import Never
from ledger.life import AXES
from tests.support.cells import Cell, cells_of
from tests.support.cells_of_bills import BILLS, BOOKKEEPING, CLAIMS, PAPERS
from tests.support.cells_of_documents import DOCUMENTS
from tests.support.cells_of_members import KEYS, MEMBERS, PROPOSALS
from tests.support.cells_of_money import FUNDS, ORDERS, PAYMENTS
from tests.support.cells_of_numbers import NUMBERS, RANGES, REQUESTS, UNITS
from tests.support.life_reference import PAGE, reference

LIVES = (
    *(REQUESTS, RANGES, NUMBERS, UNITS),
    *(BILLS, PAPERS, CLAIMS, BOOKKEEPING),
    *(ORDERS, FUNDS, PAYMENTS),
    DOCUMENTS,
    *(KEYS, PROPOSALS, MEMBERS),
)
NEVER = {
    ("order", "ReverseBill"): {"open", "cancelled", "reversed"},
    ("money", "RecordPayment"): {"part_refunded", "refunded"},
    ("money", "RecordRefund"): {"unpaid", "refunded"},
    ("proposal", "TakeEffect"): {"open", "rejected", "done", "failed"},
}
"""The cells that no chain of operations meets; their reasons stand in the tables."""


def test_every_cell_of_every_axis_has_been_executed_and_did_what_it_says() -> None:
    executed = [cell for life in LIVES for cell in life.executed()]
    told = {cell for axis in AXES for cell in cells_of(axis)}
    assert set(executed) - told == set(), "the chain did what no table says"
    assert told - set(executed) == set(), "these cells were not met"
    sys.stdout.write(f"{_count(told)} cells executed with {len(told)} outcomes\n")
    assert _count(told) + sum(len(states) for states in NEVER.values()) == _all()


def test_a_cell_that_is_never_met_is_listed_and_says_why() -> None:
    never: dict[tuple[str, str], set[str]] = {}
    for axis in AXES:
        for event, row in axis.cells.items():
            for number, cell in enumerate(row):
                if isinstance(cell, Never):
                    never.setdefault((axis.name, event), set()).add(axis.state_name(number))
                    assert len(cell.why.split()) >= 4
    assert never == NEVER


def test_each_axis_stands_once_and_each_has_its_cases() -> None:
    assert [life.axis for life in LIVES] == list(AXES)


def test_every_axis_of_the_ledger_is_in_the_list() -> None:
    files = (Path(__file__).parents[3] / "ledger").glob("*.py")
    written = sum(file.read_text("utf-8").count(": Final = Axis(") for file in files)
    assert written == len(AXES) == len({axis.name for axis in AXES})


def test_the_page_of_lives_is_the_tables() -> None:
    assert PAGE.read_text("utf-8") == reference(), "run: make docs"


def _count(cells: set[Cell]) -> int:
    return len({(cell.axis, cell.state, cell.event) for cell in cells})


def _all() -> int:
    return sum(len(axis.states) * len(axis.cells) for axis in AXES)
