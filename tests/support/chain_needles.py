"""What stands on the chain and must not stand where the public's questions leave traces.

Check codes and the numbers of orders and bills are no secret among members; in a log they would
tell whose bill or order was looked at, and when.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ledger.bills import Bill
from primitives.codec import decode
from primitives.errors import HouseError
from storage.keys import leaf_key
from tests.support.places import walk

_BILL, _ORDER = leaf_key(b"b/"), leaf_key(b"d/")
LEAF_SIZE_MAX = 1024 * 1024


def chain_needles(folder: Path) -> dict[str, set[str]]:
    """Return check codes, business numbers and order numbers of a node's folder, by kind."""
    found: dict[str, set[str]] = {"check code": set(), "business number": set(), "order": set()}
    key = b""
    for place in walk(folder):
        if place.kind == "leveldb key":
            key = place.data
        elif place.kind == "leveldb value" and key.startswith(_ORDER):
            found["order"].add(key.decode("ascii", "replace").rstrip("/").rpartition("/")[2])
        elif place.kind == "leveldb value" and key.startswith(_BILL):
            for bill in _bills(place.data):
                found["check code"].add(bill.check_code)
                found["business number"].add(bill.business_number)
    return found


def hits(data: bytes, needles: Iterable[str]) -> set[str]:
    """Return the needles that stand in `data` as words of their own.

    A check code is six digits of hex: inside a longer figure or hash it is nobody's.
    """
    words = set(re.findall(rb"[0-9A-Za-z._|*-]+", data))
    words |= {word for text in words for word in re.split(rb"[._|*-]", text)}
    return {needle for needle in needles if needle.encode() in words}


def _bills(value: bytes) -> Iterator[Bill]:
    try:
        yield decode(value, Bill, LEAF_SIZE_MAX)
    except HouseError:
        return
