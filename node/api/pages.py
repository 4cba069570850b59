"""Lists a page at a time, read from the leaves below one prefix.

Rule: a cursor is the last state key looked at, so that a page never repeats or leaves out a thing
that was there. A page with a filter may hold fewer than it could: so many leaves are looked at.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ledger.axes import Axis
from node.api.call import Call
from node.api.encoding import base64url, from_base64url
from primitives.errors import Refused

T = TypeVar("T")

PAGE = 20
PAGE_MAX = 100
SCAN_MAX = 2_000
"""Leaves looked at for one page."""
LEAVES_PER_SLICE = 100
"""Leaves looked at before others have their turn: about 2 ms."""
LEAF_SIZE_MAX = 1024 * 1024


class Page(NamedTuple):
    """Where one page begins and how long it is."""

    limit: int
    """Items at most."""
    after: bytes
    """The last key of the page before; empty for the first."""


def page_of(call: Call) -> Page:
    """Return the page that a request asks for.

    Raises:
        Refused: `request.wrong_value`.
    """
    limit = max(1, call.integer("limit", PAGE, PAGE_MAX))
    return Page(limit, from_base64url(call.text("cursor"), "cursor"))


async def read_page(
    call: Call, prefix: bytes, read: Callable[[bytes, bytes], T | None]
) -> tuple[list[T], str | None]:
    """Return the items of a page and the cursor of the next.

    Args:
        call: names the page.
        prefix: the leaves below it are looked at.
        read: returns the item of a key and value; None leaves it out.

    Raises:
        Refused: `request.wrong_value`.
    """
    page = page_of(call)
    items: list[T] = []
    key, seen = b"", 0
    for key, value in call.services.store.leaves(prefix, after=page.after, limit=SCAN_MAX):
        seen += 1
        item = read(key, value)
        if item is not None:
            items.append(item)
        if len(items) == page.limit:
            break
        if seen % LEAVES_PER_SLICE == 0:
            await asyncio.sleep(0)
    is_last = seen < SCAN_MAX and len(items) < page.limit
    return items, None if is_last else base64url(key)


def state_of(call: Call, axis: Axis) -> str:
    """Return the state that the query names; empty without one.

    Raises:
        Refused: `request.wrong_value` for none of the axis.
    """
    asked = call.text("state")
    known = [axis.state_name(state) for state in range(len(axis.states))]
    if asked and asked not in known:
        raise Refused("request.wrong_value", f"write one of {', '.join(known)}", "state")
    return asked


def parts_of(key: bytes) -> list[str]:
    """Return what stands between the slashes of a state key, without its first letter."""
    return key.decode("ascii").rstrip("/").split("/")[1:]
