"""Which bills finance withholds its endorsement from, and why.

    withhold.list   in the data folder, a line each: unit, business number or *, reason; # remark

Rule: the operator's list goes first, then what holds for a whole unit, then the bill's amount; the
first reason is told. All but the list comes from the chain and the settings, so that a restarted
node decides alike.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from ledger.agencies import Agency, agency_key
from ledger.bills import Face
from ledger.block import decode_header
from ledger.endorsement import Withheld
from ledger.faces import Faces, faces_key
from node.config import FinanceSection
from node.node import Node
from storage.files import Files

LIST: Final = "withhold.list"
MINUTE_MS: Final = 60_000
_LINE: Final = re.compile(r"([0-9a-z-]{1,32})\s+([!-~]{1,50})\s+([a-z_]{1,40})", re.ASCII)


class Case(NamedTuple):
    """A unit, as a block finds it."""

    is_frozen: bool
    """Whether it may issue nothing now."""
    bills_in_minute: int
    """How many bills it made in the minute of the block, up to that block."""


class Withholding:
    """Decides for one block after another, ascending.

    Args:
        node: has the chain.
        settings: the limits.
        files: where the operator's list is.
    """

    def __init__(self, node: Node, settings: FinanceSection, files: Files) -> None:
        self._node = node
        self._settings = settings
        self._files = files
        self._minute = -1
        self._counted = 0
        self._counts: dict[str, int] = {}
        self._of_unit: tuple[tuple[str, Callable[[Case], bool]], ...] = (
            ("unit_frozen", lambda case: case.is_frozen),
            ("rate_too_high", lambda case: case.bills_in_minute > settings.bills_per_minute_max),
        )

    def withheld(self, height: int, faces: Sequence[Face]) -> tuple[Withheld, ...]:
        """Return who of a block's bills is withheld, ascending.

        Args:
            height: of the block.
            faces: of the bills it made.
        """
        self._count(height)
        listed = parse_list(self._files.read(LIST) or b"")
        units = {unit: self._reason_of(unit) for unit in {face.issuer for face in faces}}
        most_fen = self._settings.withhold_above_fen
        found = []
        for face in faces:
            reason = units[face.issuer]
            if not reason and abs(face.amounts.total) > most_fen:
                reason = "amount_too_high"
            if listed:
                unit = face.issuer
                told = listed.get((unit, face.business_number)) or listed.get((unit, "*"))
                reason = told or reason
            if reason:
                found.append(Withheld(face.code, face.number, reason))
        return tuple(sorted(found, key=lambda item: (item.code, item.number)))

    def _reason_of(self, unit: str) -> str:
        """Return why all bills of a unit are withheld; empty when they are not."""
        agency = self._node.state.leaf(agency_key(unit), Agency)
        is_frozen = agency is not None and agency.is_frozen
        case = Case(is_frozen, self._counts.get(unit, 0))
        return next((reason for reason, holds in self._of_unit if holds(case)), "")

    def _count(self, height: int) -> None:
        """Count the bills by unit of the minute that a block is in, up to that block."""
        minute = self._minute_of(height)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
            first = height
            while first > 1 and self._minute_of(first - 1) == minute:
                first -= 1
            self._counted = first - 1
        for at in range(self._counted + 1, height + 1):
            faces = self._node.state.leaf(faces_key(at), Faces)
            for unit, count in faces.issuers if faces is not None else ():
                self._counts[unit] = self._counts.get(unit, 0) + count
        self._counted = max(self._counted, height)

    def _minute_of(self, height: int) -> int:
        header = self._node.store.header(height)
        assert header is not None, "a final block has its header"
        return decode_header(header).time_ms // MINUTE_MS


def parse_list(data: bytes) -> dict[tuple[str, str], str]:
    """Return what the operator's list says: the reason by unit and business number."""
    return dict(_entries(data.decode("utf-8", "replace").splitlines()))


def _entries(lines: Iterable[str]) -> Iterable[tuple[tuple[str, str], str]]:
    for line in lines:
        match = _LINE.fullmatch(line.partition("#")[0].strip())
        if match is not None:
            yield (match[1], match[2]), match[3]
