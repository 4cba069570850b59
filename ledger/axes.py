"""The axes of a thing's life: which operation leads from which state to which.

An axis is a table with a column for every state and a row for every event that meets it. A cell
holds the states it may lead to, or the code with which it is refused. A few cells cannot be met at
all; they say why, and refuse all the same.

Rule: the table decides and nothing beside it; a check asks `Axis.move` before it changes a state.
docs/life.md is written from these tables.
Source: the six axes of a bill: number range, validity, paper, claim, books, money.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from primitives.errors import Refused


class No(NamedTuple):
    """A cell that refuses."""

    code: str
    """The refusal's code."""
    detail: str
    """What to do, for people."""


class Never(NamedTuple):
    """A cell that no chain of operations meets; it refuses all the same."""

    code: str
    """The refusal's code."""
    detail: str
    """What to do, for people."""
    why: str
    """Why it is not met."""


Cell = tuple[int, ...] | No | Never
"""The states an event may lead to, as their numbers; or the refusal."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a life."""

    name: str
    """`paper`."""
    title: str
    """Its Chinese name."""
    states: tuple[str, ...]
    """Names of the states, English and Chinese; a state's number is its place."""
    cells: Mapping[str, tuple[Cell, ...]]
    """By event, the cells in the order of the states."""

    def __post_init__(self) -> None:
        for event, row in self.cells.items():
            assert len(row) == len(self.states), f"{self.name}/{event} lacks a cell"

    def state_name(self, state: int) -> str:
        """Return a state's name in lower case: `part_refunded`."""
        return self.states[state].split(" ")[0].lower()

    def move(self, state: int, event: str, to: int | None = None, field: str = "") -> int:
        """Return the state after `event`.

        Args:
            state: the state before.
            event: a row of the table, mostly an operation's name.
            to: which of the states in the cell; needed where there are several.
            field: the input field a refusal names.

        Raises:
            Refused: as the cell says.
        """
        cell = self.cells[event][state]
        if isinstance(cell, No | Never):
            raise Refused(cell.code, cell.detail, field)
        if to is None:
            assert len(cell) == 1, f"{self.name}/{event} may lead to several states"
            return cell[0]
        assert to in cell, f"{self.name}/{event} does not lead to {self.states[to]}"
        return to
