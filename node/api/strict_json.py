"""JSON as it comes from outside: one meaning or none.

Rule: duplicate keys, NaN, too much depth and unknown fields are refused; figures keep their text.
"""

import json
import re
from typing import Any, NoReturn, TypeVar

import msgspec

from primitives.errors import Refused

T = TypeVar("T")
_PLACE = re.compile(r" - at `\$\.?(?:\[\.\.\.\])?([^`]*)`")


def decode_strictly(data: bytes, type_: type[T]) -> T:
    """Read a request's body.

    Args:
        data: the body.
        type_: the struct it must be.

    Raises:
        Refused: `request.malformed`, `request.duplicate_key`, or `request.wrong_value` with the
            field.
    """
    check_json(data)
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError as error:
        text = str(error)
        place = _PLACE.search(text)
        raise Refused(
            "request.wrong_value", _PLACE.sub("", text), place.group(1) if place else ""
        ) from error
    except msgspec.DecodeError as error:
        raise _malformed() from error


def decode_object(data: bytes) -> dict[str, Any]:
    """Read a body that is one JSON object of any fields.

    Raises:
        Refused: `request.malformed`, `request.duplicate_key`.
    """
    try:
        value = json.loads(data, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _malformed() from error
    if not isinstance(value, dict):
        raise Refused("request.malformed", "the body is not a JSON object")
    return value


def check_json(data: bytes) -> None:
    """Refuse what is not one JSON value with one meaning.

    Raises:
        Refused: as `decode_strictly`.
    """
    try:
        json.loads(data, object_pairs_hook=_once, parse_constant=_refuse_constant, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise _malformed() from error


def _malformed() -> Refused:
    return Refused("request.malformed", "the body is not one JSON value in UTF-8")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Refused("request.duplicate_key", "a key stands twice in one object")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise Refused("request.malformed", f"{name} is no JSON")
