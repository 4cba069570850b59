"""The strict reader of XML: a form decides what may stand where, and nothing else exists.

Rule: no document types, entities, instructions, comments, attributes or namespaces; every
element in its place, once; sizes, depth and counts bounded before anything is kept; the bytes are
those that our own writer would make of the same values. An error names the code and the place,
never what stands there.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from exchange.xml_form import DECLARATION, DOCUMENT_SIZE_MAX, Part, Value, write_xml
from primitives.errors import Refused

_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,63})>", re.ASCII)
_ENTITY: Final = re.compile(r"&(amp|lt|gt);", re.ASCII)
_CHARACTERS: Final = {"amp": "&", "lt": "<", "gt": ">"}
_FORBIDDEN: Final = (
    ("<!DOCTYPE", "xml.document_type", "document types and entities are not read"),
    ("<!ENTITY", "xml.document_type", "document types and entities are not read"),
    ("<![CDATA[", "xml.forbidden_markup", "write text with &amp; &lt; &gt;"),
    ("<!--", "xml.forbidden_markup", "comments are not read"),
    ("<?", "xml.forbidden_markup", "instructions are not read"),
)


def read_xml(form: Part, data: bytes) -> Mapping[str, Value]:
    """Read a document of a form.

    Args:
        form: the root element.
        data: the file's bytes.

    Returns:
        What stands in the root; `write_xml` makes the same bytes of it.

    Raises:
        Refused: `xml.*`, with the path of the element.
    """
    if len(data) > DOCUMENT_SIZE_MAX:
        raise Refused("xml.too_long", f"at most {DOCUMENT_SIZE_MAX // 1024 // 1024} MiB")
    try:
        source = data.decode()
    except UnicodeDecodeError as error:
        raise Refused("xml.not_utf8", "a document is UTF-8") from error
    if not source.startswith(DECLARATION):
        raise Refused("xml.declaration", "begin with the declaration in its one form, without BOM")
    reader = _Reader(source, len(DECLARATION))
    value = reader.document(form)
    assert isinstance(value, Mapping)
    if write_xml(form, value) != data:
        raise Refused("xml.not_canonical", "the document is not in its one byte form")
    return value


class _Reader:
    """Walks the source once, led by the form."""

    def __init__(self, source: str, position: int) -> None:
        self._source = source
        self._position = position

    def document(self, form: Part) -> Value:
        """Read the root and require that nothing follows."""
        if self._open_tag("") != form.name:
            raise Refused("xml.unknown_element", f"the root is {form.name}")
        value = self._element(form, form.name)
        if self._position != len(self._source):
            raise Refused("xml.not_canonical", "nothing follows the root", form.name)
        return value

    def _element(self, part: Part, place: str) -> Value:
        """Read what follows an opening tag, up to and with its closing tag."""
        if not part.parts:
            return self._text(part, place)
        found: dict[str, Value] = {}
        at = -1
        while (name := self._open_tag(place)) is not None:
            if isinstance(found.get(name), str | Mapping):
                raise Refused("xml.duplicate_element", "it stands once", f"{place}/{name}")
            child, at = _next_part(part, name, at, place)
            self._keep(found, child, f"{place}/{name}")
        self._close_tag(part, place)
        for child in part.parts:
            if child.name not in found:
                _require_absence(child, found, place)
        return found

    def _keep(self, found: dict[str, Value], child: Part, place: str) -> None:
        if not child.rows_max:
            found[child.name] = self._element(child, place)
            return
        rows = found.setdefault(child.name, [])
        assert isinstance(rows, list)
        if len(rows) == child.rows_max:
            raise Refused("xml.too_many_elements", f"at most {child.rows_max}", place)
        rows.append(self._element(child, f"{place}[{len(rows)}]"))

    def _open_tag(self, place: str) -> str | None:
        """Read an opening tag and return its name; None before a closing tag."""
        tag = self._tag(place)
        if tag[1]:
            return None
        self._position = tag.end()
        return tag[2]

    def _close_tag(self, part: Part, place: str) -> None:
        tag = self._tag(place)
        if not tag[1]:
            raise Refused("xml.unknown_element", "only text stands in it", place)
        if tag[2] != part.name:
            raise Refused("xml.malformed", "it is closed by another name", place)
        self._position = tag.end()

    def _tag(self, place: str) -> re.Match[str]:
        tag = _TAG.match(self._source, self._position)
        if tag is None:
            raise _not_a_tag(self._source, self._position, place)
        return tag

    def _text(self, part: Part, place: str) -> str:
        end = self._source.find("<", self._position)
        if end < 0:
            raise Refused("xml.malformed", "it is not closed", place)
        # An escape is at most five characters long.
        if end - self._position > 5 * part.length_max:
            raise Refused("xml.text_too_long", f"at most {part.length_max} characters", place)
        raw = self._source[self._position : end]
        if "&" in _ENTITY.sub("", raw):
            raise Refused("xml.entity", "only &amp; &lt; &gt; are read", place)
        value = _ENTITY.sub(lambda found: _CHARACTERS[found[1]], raw)
        if len(value) > part.length_max:
            raise Refused("xml.text_too_long", f"at most {part.length_max} characters", place)
        if not value.isprintable():
            raise Refused(
                "xml.forbidden_character", "no control, direction or zero-width characters", place
            )
        self._position = end
        self._close_tag(part, place)
        return value


def _next_part(part: Part, name: str, at: int, place: str) -> tuple[Part, int]:
    """Return the part of that name and its index, which must not lie before `at`."""
    names = [child.name for child in part.parts]
    if name not in names:
        near = get_close_matches(name, names, n=1)
        advice = f"did you mean {near[0]}?" if near else "no such element stands here"
        raise Refused("xml.unknown_element", advice, place)
    index = names.index(name)
    if index < at:
        raise Refused("xml.wrong_order", f"it stands before {names[at]}", f"{place}/{name}")
    return part.parts[index], index


def _require_absence(child: Part, found: dict[str, Value], place: str) -> None:
    """Let an element be missing only if the form allows it; of rows there may be none."""
    if child.rows_max:
        found[child.name] = []
    elif not child.is_optional:
        raise Refused(
            "xml.missing_element", "every element stands, empty or not", f"{place}/{child.name}"
        )


def _not_a_tag(source: str, position: int, place: str) -> Refused:
    """Return the refusal of what stands where a tag should."""
    for opening, code, advice in _FORBIDDEN:
        if source.startswith(opening, position):
            return Refused(code, advice, place)
    if not source.startswith("<", position):
        is_end = position >= len(source)
        advice = "it is not closed" if is_end else "nothing but elements stands between elements"
        return Refused("xml.malformed" if is_end else "xml.not_canonical", advice, place)
    tag = source[position : source.find(">", position) + 1][:200]
    if re.match(r"</?[A-Za-z_][\w.-]*:|<[^>]*\sxmlns", tag):
        return Refused("xml.namespace", "elements have no namespace", place)
    if re.match(r"<[A-Za-z][^\s>]*\s+[^\s/>]", tag):
        return Refused("xml.attribute", "elements have no attributes", place)
    if re.match(r"</?[A-Za-z]\w*\s*/?>", tag):
        return Refused("xml.not_canonical", "write <A></A>, without blanks", place)
    return Refused("xml.malformed", "this is no element", place)
