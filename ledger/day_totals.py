"""What a unit issued and reversed in a day: one leaf a unit and day, summed as blocks come.

Rule: written at the end of each block with bills, from its faces; the day is the block's, in
Asia/Shanghai. A sum that no 64 bits hold stays at the largest that can be read again: a block is
never unlawful for the sums of the day it stands in.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from ledger.bills import Face
from ledger.dates import date_text
from ledger.state import Facts
from primitives.codec import AgencyId, Message, UInt
from primitives.units import SUM_FEN_MAX, sum_fen


class DayTotal(Message, tag=23):
    """The leaf `t/<unit>/<yyyymmdd>`."""

    blue: UInt
    """Bills issued."""
    red: UInt
    """Red bills."""
    blue_fen: UInt
    """Sum of the totals of the blue ones, in fen."""
    red_fen: Annotated[int, msgspec.Meta(ge=-SUM_FEN_MAX, le=0)]
    """Sum of the totals of the red ones, in fen; not above 0."""


def day_total_key(unit: AgencyId, date: str) -> bytes:
    """Return the state key of a unit's day, yyyymmdd."""
    return f"t/{unit}/{date}".encode()


def day_total_leaves(facts: Facts, faces: Sequence[Face], time_ms: int) -> dict[bytes, Message]:
    """Return the leaves of the day with a block's bills in them."""
    date = date_text(time_ms)
    leaves: dict[bytes, Message] = {}
    for unit in dict.fromkeys(face.issuer for face in faces):
        mine = [face for face in faces if face.issuer == unit]
        blue = [face.amounts.total for face in mine if face.related is None]
        red = [face.amounts.total for face in mine if face.related is not None]
        key = day_total_key(unit, date)
        before = facts.leaf(key, DayTotal) or DayTotal(0, 0, 0, 0)
        leaves[key] = DayTotal(
            before.blue + len(blue),
            before.red + len(red),
            sum_fen(before.blue_fen, sum(blue)),
            sum_fen(before.red_fen, sum(red)),
        )
    return leaves
