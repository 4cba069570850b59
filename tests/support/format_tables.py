"""The tables of docs/formats.md and docs/ledger.md: `make docs` writes them into the pages.

Rule: what a page says of an operation, a leaf, a change, a part or a parameter is read from its
struct, so that it cannot differ; between the two marks of a page nothing is written by hand.
"""

import ast
import itertools
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import UnionType
from typing import Any

import msgspec

from ledger.agencies import ROLES, Agency, Register
from ledger.bills import Bill, Face
from ledger.day_totals import DayTotal
from ledger.endorsement import Endorsement
from ledger.faces import Faces
from ledger.governance import Proposal
from ledger.keys import KeyUsage, PersonKey
from ledger.membership import Change
from ledger.numbering import VoidedNumber
from ledger.operations import RULES, Result, tag_of
from ledger.orders import Order
from ledger.originals import Originals
from ledger.parameters import Parameters
from ledger.payments import Payment, Refund
from ledger.publishing import PublishedDocument
from ledger.ranges import HighestNumber, NumberRange, OpenRanges
from ledger.readiness import Readiness
from ledger.references import ReferenceUse
from ledger.requests import NumberRequest
from ledger.schedule import Schedule
from ledger.validators import ValidatorSets
from primitives.codec import Message

ROOT = Path(__file__).parents[2]
FORMATS, LEDGER = ROOT / "docs" / "formats.md", ROOT / "docs" / "ledger.md"
OPENS, CLOSES = "<!-- written by make docs -->", "<!-- up to here -->"
LEAVES: Sequence[tuple[str, type]] = (
    ("a/<agency>/", Agency),
    ("p/", Parameters),
    ("v/", ValidatorSets),
    ("c/<code>", HighestNumber),
    ("r/<code>/<first, 10 digits>", NumberRange),
    ("u/<agency>/<place>/<kind>", OpenRanges),
    ("b/<code>/<number, 10 digits>", Bill),
    ("f/<height, 12 digits>", Faces),
    ("k/<agency>/<key id, hex>", PersonKey),
    ("m/", Register),
    ("l/<agency>/<key id, hex>", KeyUsage),
    ("q/<unit>/<request>/", NumberRequest),
    ("i/<payer>/<settlement>/", ReferenceUse),
    ("w/<issuer>/<form code>/<form number>/", ReferenceUse),
    ("n/<code>/<number, 10 digits>", VoidedNumber),
    ("e/<height, 12 digits>", Endorsement),
    ("o/<height, 12 digits>/<issuer>/", Originals),
    ("d/<hospital>/<order>/", Order),
    ("y/<provider>/<reference>/", Payment),
    ("x/<provider>/<refund>/", Refund),
    ("h/<agency>/", Readiness),
    ("s/", Schedule),
    ("g/<proposal>", Proposal),
    ("t/<unit>/<yyyymmdd>", DayTotal),
    (
        "j/<custodian>/<height, 12 digits>-<transaction, 5 digits>-<operation, 4 digits>/",
        PublishedDocument,
    ),
)
"""Every kind of state key and the fact under it."""


def format_tables() -> str:
    """Return the tables of docs/formats.md."""
    changes = typing.get_args(Change)
    results = [kind for kind in typing.get_args(Result) if tag_of(kind)]
    parts = _parts([*RULES, *changes, *(kind for _, kind in LEAVES), Face])
    return "\n".join(
        [
            *_table("Operation", sorted(RULES, key=tag_of)),
            "",
            *_table("Change that is voted on", changes),
            "",
            *_table("Result, where it is not [0]", results),
            "",
            "| Key | Leaf | Array |",
            "|---|---|---|",
            *(
                f"| `{key}` | {kind.__name__} | {_array(kind)} |"
                for key, kind in LEAVES
                if kind is not Parameters
            ),
            "",
            *_table("Part", sorted(parts, key=lambda kind: kind.__name__)),
        ]
    )


def _table(head: str, kinds: Any) -> Iterator[str]:
    yield f"| {head} | Array |"
    yield "|---|---|"
    for kind in kinds:
        yield f"| {kind.__name__} | {_array(kind)} |"


def _array(kind: type) -> str:
    tag = kind.__struct_config__.tag  # type: ignore[attr-defined]
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = [_field(name, hints[name]) for name in kind.__struct_fields__]  # type: ignore[attr-defined]
    return "[" + ", ".join(fields if tag is None else [str(tag), *fields]) + "]"


def _field(name: str, type_: Any) -> str:
    """Return a field as the page shows it: its name, a byte string's size, lists in brackets."""
    words = name.replace("_", " ")
    bare, metas = _bare(type_)
    if isinstance(bare, UnionType) or typing.get_origin(bare) is typing.Union:
        others = [part for part in typing.get_args(bare) if part is not type(None)]
        shown = _field(name, others[0]) if len(others) == 1 else words
        return f"{shown} or nil" if type(None) in typing.get_args(bare) else shown
    if typing.get_origin(bare) is tuple:
        return f"[{words}, ...]"
    sizes = {meta.min_length for meta in metas} & {meta.max_length for meta in metas}
    fixed = [size for size in sizes if size is not None]
    return f"{words} {fixed[0]}" if bare is bytes and fixed else words


def _bare(type_: Any) -> tuple[Any, list[msgspec.Meta]]:
    if typing.get_origin(type_) is typing.Annotated:
        bare, *metas = typing.get_args(type_)
        return bare, [meta for meta in metas if isinstance(meta, msgspec.Meta)]
    return type_, []


def _parts(kinds: Sequence[type]) -> set[type]:
    """Return the structs inside others that have no tag of their own."""
    found: set[type] = set()
    waiting: list[Any] = list(kinds)
    while waiting:
        type_, _ = _bare(waiting.pop())
        if isinstance(type_, type) and issubclass(type_, Message):
            if type_ in found:
                continue
            if type_.__struct_config__.tag is None:
                found.add(type_)
            waiting += typing.get_type_hints(type_, include_extras=True).values()
        else:
            waiting += [part for part in typing.get_args(type_) if part is not Ellipsis]
    return found


def ledger_tables() -> str:
    """Return the tables of docs/ledger.md: who may do what, and the parameters."""
    rows = ["| Tag | Operation | Who | Key | |", "|---|---|---|---|---|"]
    for kind in sorted(RULES, key=tag_of):
        rule = RULES[kind]
        who = "any member" if set(rule.roles) == set(ROLES) else " or ".join(rule.roles)
        told = (kind.__doc__ or "").split("\n")[0]
        keys = " or ".join(rule.purposes)
        rows.append(f"| {tag_of(kind)} | {kind.__name__} | {who} | {keys} | {told} |")
    rows += ["", "| Parameter | At first | Lawful | |", "|---|---|---|---|"]
    hints = typing.get_type_hints(Parameters, include_extras=True)
    for name, told in _docstrings(ROOT / "ledger" / "parameters.py", "Parameters"):
        first = getattr(Parameters(), name)
        rows.append(f"| `{name}` | {_shown(first)} | {_bounds(hints[name])} | {told} |")
    return "\n".join(rows)


def _docstrings(file: Path, name: str) -> Iterator[tuple[str, str]]:
    """Yield each field of a class with the line below it."""
    tree = ast.parse(file.read_text("utf-8"))
    (body,) = (
        node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name
    )
    for field, told in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(told, ast.Expr):
            yield ast.unparse(field.target), " ".join(ast.literal_eval(told.value).split())


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(" ".join(map(str, item)) for item in value) or "none"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _bounds(type_: Any) -> str:
    bare, metas = _bare(type_)
    if bare is bool:
        return "true or false"
    for meta in metas:
        if meta.ge is not None:
            return f"{meta.ge} to {meta.le}"
        if meta.max_length is not None:
            return f"{meta.min_length or 0} to {meta.max_length} entries, each once, ascending"
        if meta.pattern is not None:
            return f"text `{meta.pattern}`"
    raise AssertionError(type_)


def page(path: Path, between: str) -> str:
    """Return a page with what stands between its marks as it is today."""
    before, rest = path.read_text("utf-8").split(OPENS)
    _, after = rest.split(CLOSES)
    return f"{before}{OPENS}\n\n{between}\n\n{CLOSES}{after}"


if __name__ == "__main__":
    FORMATS.write_text(page(FORMATS, format_tables()), "utf-8")
    LEDGER.write_text(page(LEDGER, ledger_tables()), "utf-8")
