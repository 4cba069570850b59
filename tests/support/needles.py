"""Finding personal data in bytes, in any of the forms in which it could stand there.

Rule: a hit names the kind and the form, never the value.
"""

import base64
import hashlib
import json
import struct
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHORT = 6
"""Needles with fewer bytes than this turn up in random bytes; see `_is_text_around`."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Needle:
    """One value in one form."""

    data: bytes
    kind: str
    form: str


def personal_data(his_file: Path) -> dict[str, str]:
    """Return every name, id number and phone of a day's file, each with its kind."""
    found: dict[str, str] = {}
    for line in his_file.read_text("utf-8").splitlines():
        bill = json.loads(line)
        fields = {"payer": "name", "idCardNo": "id number", "tel": "phone"}
        found |= {bill[name]: kind for name, kind in fields.items() if bill.get(name)}
    return found


def record_data(bundle: bytes) -> dict[str, str]:
    """Return every name, id, phone, address and diagnosis of a FHIR bundle, each with its kind.

    Names are those of the patient and of everybody who took part; ids those of persons and of
    every resource; a diagnosis is what a Condition or the reason of a visit is called.
    """
    found: dict[str, str] = {}
    for entry in json.loads(bundle)["entry"]:
        resource = entry["resource"]
        found[resource["id"]] = "resource id"
        if resource["resourceType"] == "Patient":
            found |= _of_patient(resource)
        individuals = (item.get("individual", {}) for item in resource.get("participant", ()))
        people = (person.get("display", "") for person in individuals)
        found |= {name: "name of a doctor" for name in people if name}
        told = [*resource.get("reasonCode", ())]
        told += [resource["code"]] if resource["resourceType"] == "Condition" else []
        for concept in told:
            texts = [concept.get("text"), *(c.get("display") for c in concept.get("coding", ()))]
            found |= {text: "diagnosis" for text in texts if text}
    return found


def _of_patient(patient: dict[str, Any]) -> dict[str, str]:
    names = {text for name in patient["name"] for text in (name["family"], *name["given"])}
    numbers = {item["value"] for item in patient["identifier"]}
    phones = {item["value"] for item in patient["telecom"]}
    lines = {line for address in patient["address"] for line in address["line"]}
    kinds = {"patient's name": names, "id": numbers, "phone": phones, "address": lines}
    mothers = (item.get("valueString") for item in patient["extension"])
    found = {text: "mother's name" for text in mothers if text}
    return found | {text: kind for kind, texts in kinds.items() for text in texts}


def _digest(name: str, finish: Callable[[bytes], bytes]) -> Callable[[str], list[bytes]]:
    return lambda value: [finish(hashlib.new(name, value.encode()).digest())]


def _base64(data: bytes, alphabet: bytes = b"+/") -> list[bytes]:
    """Return what base64 of any text around `data` must hold, for its three alignments."""
    found = []
    for before in range(3):
        text = base64.b64encode(bytes(before) + data, alphabet)
        first = (8 * before + 5) // 6
        whole = 8 * (before + len(data)) // 6
        found.append(text[first:whole])
    return found


def _unicode_escapes(value: str) -> list[bytes]:
    units = struct.unpack(f">{len(value.encode('utf-16-be')) // 2}H", value.encode("utf-16-be"))
    lower = "".join(f"\\u{unit:04x}" for unit in units)
    upper = "".join(f"\\u{unit:04X}" for unit in units)
    return [lower.encode(), upper.encode(), json.dumps(value)[1:-1].encode()]


def _percent(value: str) -> list[bytes]:
    every = "".join(f"%{byte:02X}" for byte in value.encode())
    return [every.encode(), every.lower().encode(), urllib.parse.quote(value).encode()]


def _hex(data: bytes) -> list[bytes]:
    return [data.hex().encode(), data.hex().upper().encode()]


_DIGESTS = {
    f"{name} {form}": (lambda value, n=name, f=finish: f(hashlib.new(n, value.encode()).digest()))
    for name in ("sha256", "md5")
    for form, finish in (
        ("raw", lambda data: [data]),
        ("hex", _hex),
        ("base64", _base64),
        ("base64url", lambda data: _base64(data, b"-_")),
    )
}

FORMS: dict[str, Callable[[str], list[bytes]]] = {
    "utf-8": lambda value: [value.encode()],
    "utf-16-le": lambda value: [value.encode("utf-16-le")],
    "utf-16-be": lambda value: [value.encode("utf-16-be")],
    "\\u escapes": _unicode_escapes,
    "percent": _percent,
    "base64": lambda value: _base64(value.encode()),
    "base64url": lambda value: _base64(value.encode(), b"-_"),
    "hex": lambda value: _hex(value.encode()),
    **_DIGESTS,
}
"""Every form, and what stands in the bytes for it."""


class Finder:
    """Looks for many needles at once.

    The first four bytes of every place in the data are looked up in a set; only where they are
    those of a needle is it searched for.
    """

    def __init__(self, values: dict[str, str]) -> None:
        self._needles: dict[int, list[Needle]] = {}
        for value, kind in values.items():
            for form, make in FORMS.items():
                for data in set(make(value)):
                    head = int.from_bytes(data[:4], "little")
                    self._needles.setdefault(head, []).append(Needle(data, kind, form))
        self._heads = frozenset(self._needles)

    def find(self, data: bytes) -> Iterator[Needle]:
        """Yield the needles that stand in `data`."""
        for head in self._heads_in(data):
            for needle in self._needles[head]:
                if any(_is_real(needle, data, place) for place in _places(needle.data, data)):
                    yield needle

    def _heads_in(self, data: bytes) -> set[int]:
        found: set[int] = set()
        for start in range(0, len(data), _CHUNK):
            for shift in range(4):
                piece = data[start + shift : start + shift + _CHUNK + 4]
                piece = piece[: len(piece) - len(piece) % 4]
                found |= self._heads.intersection(_words(piece))
        return found


def _words(piece: bytes) -> Iterable[int]:
    return memoryview(piece).cast("I")


def _places(needle: bytes, data: bytes) -> Iterator[int]:
    place = data.find(needle)
    while place >= 0:
        yield place
        place = data.find(needle, place + 1)


def _is_real(needle: Needle, data: bytes, place: int) -> bool:
    """Tell a short needle that stands in text from one that random bytes made up."""
    if len(needle.data) >= SHORT:
        return True
    end = place + len(needle.data)
    if place == 0 or end == len(data):
        return True
    if data[place - 1] in (len(needle.data), 0xA0 | len(needle.data)):
        # The length that MessagePack writes before a text or bytes.
        return True
    around = data[max(0, place - 4) : place] + data[end : end + 4]
    plain = sum(byte in (9, 10, 13) or 32 <= byte < 127 for byte in around)
    return plain >= max(4, len(around) - 1) or _is_text_around(needle, data, place)


def _is_text_around(needle: Needle, data: bytes, place: int) -> bool:
    order = "<" if needle.form == "utf-16-le" else ">"
    end = place + len(needle.data)
    before = data[max(0, place - 8) : place]
    before = before[len(before) % 2 :]
    after = data[end : end + 8]
    after = after[: len(after) - len(after) % 2]
    units = struct.unpack(f"{order}{len(before + after) // 2}H", before + after)
    nearest = units[max(0, len(before) // 2 - 1) : len(before) // 2 + 1]
    is_plain = [unit in (9, 10, 13) or 32 <= unit < 127 for unit in nearest]
    is_text = [
        32 <= unit < 127 or 0x4E00 <= unit < 0xA000 or 0x3000 <= unit < 0x3030 or unit >= 0xFF00
        for unit in units
    ]
    return any(is_plain) or (len(units) >= 4 and sum(is_text) >= len(units) - 1)
