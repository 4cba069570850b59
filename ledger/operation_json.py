"""Operations as JSON: how people and other programs write what they ask the ledger for.

    {"operation": "reverse_bill", "code": "46060126", "number": 12, "check_code": "0a1b2c", ...}

An operation is an object under the snake-case name of its struct, with the struct's own field
names; bytes are base64url without padding, nested records are objects, and a record of a union
carries its name under its field's name: `"change": {"change": "set_parameter", ...}`.

Rule: one form and no other. An unknown field, a missing one, a wrong type or a value out of its
limits is refused with its place: `operations[0].grant.until_ms`.
"""

import difflib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from ledger.operations import RULES, Operation
from primitives.errors import Refused

OPERATION: Final = "operation"
"""The field that names an operation."""


def snake_case(name: str) -> str:
    """Return a struct's name as JSON writes it: `ReverseBill` -> `reverse_bill`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


OPERATIONS: Final[Mapping[str, type[msgspec.Struct]]] = {
    snake_case(kind.__name__): kind for kind in RULES
}
"""Every operation by its name in JSON."""


def operation_from_json(value: object, place: str) -> Operation:
    """Read one operation.

    Args:
        value: what JSON gave, figures as integers.
        place: where it stands, for refusals: `operations[0]`.

    Raises:
        Refused: `operation.*` with the field's place.
    """
    operation: Operation = _tagged(value, OPERATIONS, OPERATION, place)
    return operation


def message_from_json(value: object, type_: type[msgspec.Struct], place: str) -> Any:
    """Read a record of one type; see `operation_from_json`."""
    return _record(_object(value, place), type_, place)


def operation_to_json(operation: Operation) -> dict[str, Any]:
    """Return an operation's object; `operation_from_json` reads it back."""
    return {OPERATION: snake_case(type(operation).__name__), **message_to_json(operation)}


def message_to_json(message: msgspec.Struct) -> dict[str, Any]:
    """Return a record's object, fields by name, all of them."""
    types = {field.name: field.type for field in fields_of(type(message))}
    return {
        name: _to_json(value, types[name], name)
        for name, value in msgspec.structs.asdict(message).items()
    }


@lru_cache(maxsize=256)
def fields_of(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """Return the fields of a record."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return info.fields


def records_of(type_: inspect.Type) -> Mapping[str, type[msgspec.Struct]]:
    """Return the records that a type allows, by name."""
    kinds = type_.types if isinstance(type_, inspect.UnionType) else (type_,)
    found = [kind.cls for kind in kinds if isinstance(kind, inspect.StructType)]
    return {snake_case(kind.__name__): kind for kind in found}


def bare(type_: inspect.Type) -> inspect.Type:
    """Return a type without its notes."""
    return bare(type_.type) if isinstance(type_, inspect.Metadata) else type_


def is_optional(type_: inspect.Type) -> bool:
    """Tell whether null is lawful."""
    kinds = type_.types if isinstance(type_, inspect.UnionType) else (type_,)
    return any(isinstance(kind, inspect.NoneType) for kind in kinds)


def _tagged(
    value: object, records: Mapping[str, type[msgspec.Struct]], tag: str, place: str
) -> Any:
    given = _object(value, place)
    name = given.get(tag)
    if not isinstance(name, str):
        raise Refused("operation.missing_field", f"name it in {tag}", f"{place}.{tag}")
    if name not in records:
        raise Refused("operation.unknown", _nearest(name, records), f"{place}.{tag}")
    rest = {key: item for key, item in given.items() if key != tag}
    return _record(rest, records[name], place)


def _record(given: Mapping[str, object], kind: type[msgspec.Struct], place: str) -> Any:
    fields = fields_of(kind)
    known = [field.name for field in fields]
    for name in given:
        if name not in known:
            detail = _nearest(name, known)
            raise Refused("operation.unknown_field", detail, f"{place}.{name}"[:200])
    values: dict[str, Any] = {}
    for field in fields:
        if field.name in given:
            at = f"{place}.{field.name}"
            values[field.name] = _from_json(given[field.name], field.type, field.name, at)
        elif field.required:
            raise Refused("operation.missing_field", "it must be there", f"{place}.{field.name}")
    return kind(**values)


def _from_json(value: object, type_: inspect.Type, name: str, place: str) -> Any:
    type_ = bare(type_)
    match type_:
        case inspect.UnionType():
            return _one_of(value, type_, name, place)
        case inspect.StructType():
            return _record(_object(value, place), type_.cls, place)
        case inspect.VarTupleType():
            items = _array(value, type_, place)
            return tuple(
                _from_json(item, type_.item_type, name, f"{place}[{index}]")
                for index, item in enumerate(items)
            )
        case inspect.BytesType():
            return _bytes(value, type_, place)
        case inspect.StrType():
            return _text(value, type_, place)
        case inspect.BoolType():
            if not isinstance(value, bool):
                raise _wrong("write true or false", place)
            return value
        case _:
            assert isinstance(type_, inspect.IntType), f"no operation has a field like {place}"
            return _integer(value, type_, place)


def _one_of(value: object, type_: inspect.UnionType, name: str, place: str) -> Any:
    if value is None and is_optional(type_):
        return None
    kinds = [kind for kind in type_.types if not isinstance(bare(kind), inspect.NoneType)]
    if len(kinds) == 1:
        return _from_json(value, kinds[0], name, place)
    return _tagged(value, records_of(type_), name, place)


def _object(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _wrong("write an object", place)
    return value


def _array(value: object, type_: inspect.VarTupleType, place: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise _wrong("write an array", place)
    _check_length(len(value), type_, "items", place)
    return value


def _bytes(value: object, type_: inspect.BytesType, place: str) -> bytes:
    data = b""
    is_good = isinstance(value, str) and value.isascii()
    if isinstance(value, str) and is_good:
        try:
            data = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except ValueError:
            is_good = False
    if not is_good or base64url(data) != value:
        raise _wrong("write base64url without padding", place)
    _check_length(len(data), type_, "bytes", place)
    return data


def _text(value: object, type_: inspect.StrType, place: str) -> str:
    if not isinstance(value, str):
        raise _wrong("write a string", place)
    _check_length(len(value), type_, "characters", place)
    if type_.pattern is not None and re.search(type_.pattern, value) is None:
        raise _wrong(f"it must match {type_.pattern}", place)
    return value


def _integer(value: object, type_: inspect.IntType, place: str) -> int:
    least = -(2**63) if type_.ge is None else type_.ge
    most = 2**63 - 1 if type_.le is None else type_.le
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _wrong(f"write a whole number from {least} to {most}", place)
    return value


def _check_length(
    length: int,
    type_: inspect.BytesType | inspect.StrType | inspect.VarTupleType,
    what: str,
    place: str,
) -> None:
    least, most = type_.min_length or 0, type_.max_length
    if length < least or (most is not None and length > most):
        told = f"{least}" if least == most else f"{least} to {most}"
        raise _wrong(f"write {told if most is not None else f'at least {least}'} {what}", place)


def _to_json(value: Any, type_: inspect.Type, name: str) -> Any:
    type_ = bare(type_)
    if isinstance(value, bytes):
        return base64url(value)
    if isinstance(value, msgspec.Struct):
        records = records_of(type_)
        tag = {name: snake_case(type(value).__name__)} if len(records) > 1 else {}
        return {**tag, **message_to_json(value)}
    if isinstance(value, tuple):
        inner = type_.item_type if isinstance(type_, inspect.VarTupleType) else type_
        return [_to_json(item, inner, name) for item in value]
    return value


def base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _wrong(detail: str, place: str) -> Refused:
    return Refused("operation.wrong_value", detail, place)


def _nearest(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.4)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
