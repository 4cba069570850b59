"""One change each to a receipt that a portal handed out, by the step of the check it breaks."""

import base64
import json
from collections.abc import Callable
from typing import Any

Receipt = dict[str, Any]


def flip(text: str, at: int = -1) -> str:
    data = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    data[at] ^= 1
    return base64.urlsafe_b64encode(bytes(data)).rstrip(b"=").decode()


def changed_line(receipt: Receipt) -> None:
    text = receipt["details"]["text"]
    bill = json.loads(text)
    name = bill["listDetail"][0]["name"]
    receipt["details"]["text"] = text.replace(json.dumps(name, ensure_ascii=False), '"other"', 1)
    assert receipt["details"]["text"] != text


def changed_leaf(receipt: Receipt) -> None:
    receipt["leaf"]["value"] = flip(receipt["leaf"]["value"], 40)


def changed_trie_node(receipt: Receipt) -> None:
    step = next(step for step in receipt["trie"] if step[2])
    step[2][0] = flip(step[2][0])


def changed_certificate(receipt: Receipt) -> None:
    receipt["certificate"] = flip(receipt["certificate"])


def changed_header(receipt: Receipt) -> None:
    receipt["header"] = flip(receipt["header"])


FORGERIES: dict[str, Callable[[Receipt], None]] = {
    "document": changed_line,
    "leaf": changed_leaf,
    "trie": changed_trie_node,
    "certificate": changed_certificate,
    "header": changed_header,
}


def twice(receipt: Receipt) -> str:
    """Return a receipt's text with one key twice: readers differ on which of them counts."""
    return json.dumps(receipt, ensure_ascii=False)[:-1] + ',"format":"piaolian-receipt-1"}'
