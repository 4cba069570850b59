"""Finds which field of the input each code names, by reading the syntax trees.

Rule: only what stands in the code is told: a literal as it is, a computed part as `…`. A code
that is about the whole has none.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.raised_codes import CODE

PLACE_OF_FIELD = 2
"""Where the field stands in an error's arguments, after code and detail."""
PLACE_OF_FIELD_IN_MOVE = 3
SHOWN_MAX = 4
"""Fields shown of one code; there may be more."""
_COMPUTED = "…"


def fields_of_codes(root: Path, floors: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return the fields that each code may name, sorted; `…` closes a list that is cut."""
    found: dict[str, set[str]] = defaultdict(set)
    trees = [
        ast.parse(path.read_text("utf-8"))
        for floor in floors
        for path in sorted((root / floor).rglob("*.py"))
        if "primitives/catalogue/" not in path.as_posix()
    ]
    axes = {name: codes for tree in trees for name, codes in _axes(tree)}
    for call in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for code, field in (*_direct(call), *_moved(call, axes)):
            found[code].add(field)
    return {code: _shown(sorted(fields)) for code, fields in found.items()}


def _shown(fields: list[str]) -> tuple[str, ...]:
    return (*fields[:SHOWN_MAX], *([_COMPUTED] if len(fields) > SHOWN_MAX else []))


def _direct(call: ast.Call) -> Iterator[tuple[str, str]]:
    """Yield code and field of an error that names both where it is made."""
    field = _field(call, PLACE_OF_FIELD)
    for argument in call.args[:2]:
        is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        if field and is_text and CODE.fullmatch(argument.value):
            yield argument.value, field


def _moved(call: ast.Call, axes: Mapping[tuple[str, str], set[str]]) -> Iterator[tuple[str, str]]:
    """Yield the codes of a table of states, with the field that a move hands in."""
    is_move = isinstance(call.func, ast.Attribute) and call.func.attr == "move"
    if is_move and isinstance(call.func.value, ast.Name):
        field, event = _field(call, PLACE_OF_FIELD_IN_MOVE), _text(call.args[1])
        for (axis, row), codes in axes.items():
            if field and axis == call.func.value.id and event in (row, _COMPUTED):
                yield from ((code, field) for code in codes)


def _axes(tree: ast.Module) -> Iterator[tuple[tuple[str, str], set[str]]]:
    """Yield each row of each table of states with the codes of its refusals."""
    constants = {
        node.target.id: node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }
    for name, value in constants.items():
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "Axis":
            rows = next(each for each in ast.walk(value) if isinstance(each, ast.Dict))
            for event, cells in zip(rows.keys, rows.values, strict=True):
                yield (name, _text(event)), set(_codes(cells, constants))


def _codes(cells: ast.expr, constants: Mapping[str, ast.expr]) -> Iterator[str]:
    """Yield the codes in a row, also those of the refusals it names."""
    for node in ast.walk(cells):
        if isinstance(node, ast.Name) and node.id in constants:
            yield from _codes(constants[node.id], {})
        elif isinstance(node, ast.Constant) and CODE.fullmatch(str(node.value)):
            yield str(node.value)


def _field(call: ast.Call, place: int) -> str:
    """Return the field that a call names; empty when it names none."""
    given = [each.value for each in call.keywords if each.arg == "field"]
    given += call.args[place : place + 1]
    return _text(given[0]) if given else ""


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case _:
            return _COMPUTED
