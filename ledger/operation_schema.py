"""The JSON schema of operations: what `ledger.operation_json` reads, described for other programs.

Rule: made from the structs alone, by the same reading of their types; it knows no operation.
Source: JSON Schema 2020-12.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect

from ledger.operation_json import (
    OPERATION,
    OPERATIONS,
    bare,
    fields_of,
    is_optional,
    records_of,
    snake_case,
)

_TEMPLATE = "#/components/schemas/{name}"


def operation_schemas() -> dict[str, Any]:
    """Return the schema of each operation by its name in camel case, and of `Operation`."""
    schemas = {
        f"{kind.__name__}Operation": record_schema(kind, (OPERATION, name))
        for name, kind in OPERATIONS.items()
    }
    references = {
        name: _TEMPLATE.format(name=f"{kind.__name__}Operation")
        for name, kind in OPERATIONS.items()
    }
    schemas["Operation"] = {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": OPERATION, "mapping": references},
    }
    return schemas


def record_schema(kind: type[msgspec.Struct], tag: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return the schema of a record.

    Args:
        kind: the struct.
        tag: field and value that name it, where several records may stand.
    """
    properties: dict[str, Any] = {}
    required = []
    if tag is not None:
        properties[tag[0]] = {"const": tag[1]}
        required.append(tag[0])
    for field in fields_of(kind):
        properties[field.name] = _schema(field.type, field.name)
        if field.required:
            required.append(field.name)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").strip(),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _schema(type_: inspect.Type, name: str) -> dict[str, Any]:
    type_ = bare(type_)
    match type_:
        case inspect.UnionType():
            return _union(type_, name)
        case inspect.StructType():
            return record_schema(type_.cls)
        case inspect.VarTupleType():
            items = _schema(type_.item_type, name)
            return {"type": "array", "items": items, **_lengths(type_, "minItems", "maxItems")}
        case inspect.BytesType():
            return _bytes(type_)
        case inspect.StrType():
            schema = {"type": "string", **_lengths(type_, "minLength", "maxLength")}
            # `\Z` of Python is `$` of ECMA 262, in which schemas write their patterns.
            pattern = (type_.pattern or "").replace("\\Z", "$")
            return {**schema, "pattern": pattern} if pattern else schema
        case inspect.BoolType():
            return {"type": "boolean"}
        case _:
            assert isinstance(type_, inspect.IntType)
            least = -(2**63) if type_.ge is None else type_.ge
            most = 2**63 - 1 if type_.le is None else type_.le
            return {"type": "integer", "minimum": least, "maximum": most}


def _union(type_: inspect.UnionType, name: str) -> dict[str, Any]:
    records = records_of(type_)
    if len(records) > 1:
        kinds = [
            record_schema(kind, (name, snake_case(kind.__name__))) for kind in records.values()
        ]
    else:
        kinds = [
            _schema(kind, name) for kind in type_.types if not isinstance(kind, inspect.NoneType)
        ]
    if is_optional(type_):
        kinds.append({"type": "null"})
    return {"anyOf": kinds}


def _bytes(type_: inspect.BytesType) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9_-]*$"}
    for name, bytes_ in (("minLength", type_.min_length), ("maxLength", type_.max_length)):
        if bytes_ is not None:
            schema[name] = (4 * bytes_ + 2) // 3
    return schema


def _lengths(
    type_: inspect.StrType | inspect.VarTupleType, least: str, most: str
) -> dict[str, Any]:
    lengths: Sequence[tuple[str, int | None]] = (
        (least, type_.min_length),
        (most, type_.max_length),
    )
    return {name: length for name, length in lengths if length is not None}
