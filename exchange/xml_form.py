"""A form (表) of an XML document: which elements, in which order, how often, how long.

Rule: a document has one byte form. It opens with the same declaration; every element of the form
stands in its place, an empty one as `<Remark></Remark>`; there are no attributes, no namespaces,
no blanks between elements; text escapes `&`, `<` and `>` and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from primitives.errors import Refused

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
DOCUMENT_SIZE_MAX: Final = 2 * 1024 * 1024
"""The longest document that is written or read."""
TEXT_LENGTH_MAX: Final = 200
"""Characters of an element that says nothing else."""

Value = str | Mapping[str, "Value"] | Sequence["Value"]
"""The text of an element, the elements in it by name, or the rows of a repeated element."""


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a form."""

    name: str
    """As it is written."""
    parts: tuple["Part", ...] = ()
    """What stands in it, in order; empty for an element with text."""
    is_optional: bool = False
    """Whether it may be left out."""
    rows_max: int = 0
    """How often it may be repeated; 0 when it stands once."""
    length_max: int = TEXT_LENGTH_MAX
    """Characters of its text."""


def texts(*names: str) -> tuple[Part, ...]:
    """Return elements with text, in order."""
    return tuple(Part(name) for name in names)


def write_xml(form: Part, value: Value) -> bytes:
    """Return the document of a form.

    Args:
        form: the root element.
        value: what stands in it; every element that is not optional.

    Raises:
        Refused: `xml.too_long`, `xml.text_too_long`, `xml.too_many_elements`,
            `xml.forbidden_character` for what the reader would not take.
    """
    document = DECLARATION.encode() + fragment(form, value)
    if len(document) > DOCUMENT_SIZE_MAX:
        raise Refused("xml.too_long", f"at most {DOCUMENT_SIZE_MAX // 1024 // 1024} MiB")
    return document


def fragment(form: Part, value: Value) -> bytes:
    """Return the bytes of one element as they stand in a document."""
    out: list[str] = []
    _write(form, value, out)
    return "".join(out).encode()


def group(value: Value, *path: str) -> Mapping[str, Value]:
    """Return the elements in an element."""
    found = _at(value, path)
    assert isinstance(found, Mapping)
    return found


def rows(value: Value, *path: str) -> Sequence[Mapping[str, Value]]:
    """Return the rows of a repeated element."""
    found = _at(value, path)
    assert not isinstance(found, str | Mapping)
    return [row for row in found if isinstance(row, Mapping)]


def text(value: Value, *path: str) -> str:
    """Return the text of an element."""
    found = _at(value, path)
    assert isinstance(found, str)
    return found


def _at(value: Value, path: tuple[str, ...]) -> Value:
    for name in path:
        assert isinstance(value, Mapping)
        value = value[name]
    return value


def _write(part: Part, value: Value, out: list[str]) -> None:
    if part.rows_max:
        assert not isinstance(value, str | Mapping)
        if len(value) > part.rows_max:
            raise Refused("xml.too_many_elements", f"at most {part.rows_max}", part.name)
        for row in value:
            _write_one(part, row, out)
    else:
        _write_one(part, value, out)


def _write_one(part: Part, value: Value, out: list[str]) -> None:
    out.append(f"<{part.name}>")
    if not part.parts:
        assert isinstance(value, str)
        if len(value) > part.length_max:
            raise Refused("xml.text_too_long", f"at most {part.length_max} characters", part.name)
        if not value.isprintable():
            raise Refused(
                "xml.forbidden_character",
                "no control, direction or zero-width characters",
                part.name,
            )
        out.append(_escaped(value))
    else:
        assert isinstance(value, Mapping)
        assert value.keys() <= {child.name for child in part.parts}, "an element not in the form"
        for child in part.parts:
            if child.name in value:
                _write(child, value[child.name], out)
            else:
                assert child.is_optional, child.name
    out.append(f"</{part.name}>")


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
