"""JSON as FHIR asks for it: numbers keep their digits, in and out.

Rule: a number is its text and never a float; an object names each key once; what is written has
one byte form, keys in the order given, no blanks.
Source: FHIR R4, the decimal type: precision is part of the value.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from primitives.errors import Refused

DEPTH_MAX: Final = 32
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,20})?", re.ASCII)


class Number(str):
    """A JSON number as its text."""

    __slots__ = ()


Json = str | Number | bool | Mapping[str, "Json"] | Sequence["Json"]
"""What is written; there is no null in FHIR's JSON."""


def write_json(value: Json) -> bytes:
    """Return the bytes of a document."""
    out: list[str] = []
    _write(value, out)
    return "".join(out).encode()


def read_json(data: bytes, size_max: int) -> dict[str, Any]:
    """Read a document; its numbers are `Number`.

    Raises:
        Refused: `fhir.too_long`, `fhir.malformed`, `fhir.duplicate_key`, `fhir.too_deep`.
    """
    if len(data) > size_max:
        raise Refused("fhir.too_long", f"at most {size_max // 1024} KiB")
    try:
        document = json.loads(
            data.decode(),
            object_pairs_hook=_once,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_no_constant,
        )
    except RecursionError as error:
        raise Refused("fhir.too_deep", f"at most {DEPTH_MAX} levels") from error
    except ValueError as error:
        raise Refused("fhir.malformed", "the document is not JSON in UTF-8") from error
    if not isinstance(document, dict):
        raise Refused("fhir.malformed", "the document is not one JSON object")
    _require_depth(document, DEPTH_MAX)
    return document


def fen_of(number: Any, field: str) -> tuple[int, bool]:
    """Return an amount in fen, rounded half away from zero, and whether it was whole fen.

    Raises:
        Refused: `fhir.wrong_type` for what is no plain number within bounds.
    """
    if type(number) is not Number or not _NUMBER.fullmatch(number):
        raise Refused("fhir.wrong_type", "expected a plain number", field)
    yuan, _, fraction = number.removeprefix("-").partition(".")
    fen = int(yuan + fraction[:2].ljust(2, "0")) + (fraction[2:3] >= "5")
    return (-fen if number.startswith("-") else fen), not fraction[2:].strip("0")


def _write(value: Json, out: list[str]) -> None:
    if isinstance(value, Number):
        assert _NUMBER.fullmatch(value), "a number of another form"
        out.append(value)
    elif isinstance(value, str | bool):
        out.append(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, Mapping):
        _write_parts(value.items(), "{}", out)
    else:
        _write_parts([("", item) for item in value], "[]", out)


def _write_parts(parts: Any, brackets: str, out: list[str]) -> None:
    out.append(brackets[0])
    for index, (key, item) in enumerate(parts):
        if index:
            out.append(",")
        if brackets == "{}":
            out.append(f"{json.dumps(key)}:")
        _write(item, out)
    out.append(brackets[1])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Refused("fhir.duplicate_key", "a field stands twice in one object")
    return result


def _no_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are no numbers")


def _require_depth(value: Any, levels: int) -> None:
    if levels == 0:
        raise Refused("fhir.too_deep", f"at most {DEPTH_MAX} levels")
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _require_depth(item, levels - 1)
