"""Receipts as JSON objects, to be changed bit by bit."""

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

from proofs.receipt import PortableReceipt, dump_receipt

Document = dict[str, Any]


def as_text(data: bytes) -> str:
    """Return base64url as receipts write it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def flip(text: str, at: int = 20, bit: int = 1) -> str:
    """Flip one bit of base64url bytes."""
    data = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    data[at] ^= bit
    return as_text(bytes(data))


def document_of(receipt: PortableReceipt) -> Document:
    """Return a receipt as JSON objects."""
    document: Document = json.loads(dump_receipt(receipt))
    return document


def changed(document: Document, *path: str | int, by: Callable[[Any], Any]) -> Document:
    """Return a copy with what stands at a path replaced."""
    changed = copy.deepcopy(document)
    place: Any = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = by(place[path[-1]])
    return changed
