"""A resource's narrative (text.div): a little XHTML, and nothing that could act.

Rule: only the elements and attributes that FHIR lets stand in a narrative; no document types,
entities beyond XML's own and numbers, instructions, comments or namespaces but XHTML's. The page
never shows a narrative; it is checked so that nobody else who reads the record runs it.
Source: HL7 FHIR R4, Narrative, constraints txt-1 and txt-2; XML 1.0.
"""

import re
from typing import Any, Final

from primitives.errors import Refused

DIV_LENGTH_MAX: Final = 1024 * 1024
DEPTH_MAX: Final = 64
XHTML: Final = "http://www.w3.org/1999/xhtml"
_ELEMENTS: Final = frozenset((
    "div", "p", "br", "b", "i", "em", "strong", "small", "big", "tt", "span", "a", "img", "hr",
    "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre", "blockquote",
    "q", "cite", "code", "dfn", "kbd", "samp", "var", "abbr", "acronym", "sub", "sup", "address",
    "table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td",
))  # fmt: skip
_ATTRIBUTES: Final = frozenset((
    "xmlns", "lang", "xml:lang", "dir", "id", "class", "style", "title", "name", "href", "src",
    "alt", "width", "height", "abbr", "axis", "headers", "scope", "rowspan", "colspan", "span",
    "align", "valign", "char", "charoff", "border", "frame", "rules", "cellspacing", "cellpadding",
    "summary",
))  # fmt: skip
_TOKEN: Final = re.compile(
    r"[^<&]+|&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,15})"
    r"(?P<attributes>(?:\s+[A-Za-z:]{1,20}\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*(?P<empty>/?)>"
)
_ATTRIBUTE: Final = re.compile(r"\s+([A-Za-z:]{1,20})\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")
_BLANK: Final = re.compile(r"[\x00-\x20]")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEMES: Final = frozenset(("http", "https", "mailto", "tel", "urn"))
_ACTIVE_STYLE: Final = re.compile(r"url\s*\(|image-set|expression|@import|\\|/\*", re.IGNORECASE)


def check_narrative(resource: dict[str, Any], place: str) -> None:
    """Refuse a resource whose narrative is no plain XHTML.

    Args:
        resource: as it was read.
        place: for the refusal.

    Raises:
        Refused: `record.active_narrative`.
    """
    text = resource.get("text")
    if not isinstance(text, dict) or "div" not in text:
        return
    div = text["div"]
    if not isinstance(div, str) or len(div) > DIV_LENGTH_MAX or not _is_plain(div.strip()):
        raise Refused("record.active_narrative", "a narrative is plain XHTML in one div", place)


def _is_plain(div: str) -> bool:
    """Tell whether a text is one div of allowed elements, each closed in its place."""
    is_open: list[str] = []
    at = 0
    while at < len(div):
        token = _TOKEN.match(div, at)
        if token is None or (at and not is_open):
            return False
        name = token["name"]
        if name is None:
            if not is_open:
                return False
        elif token["close"]:
            if token["attributes"] or token["empty"] or not is_open or is_open.pop() != name:
                return False
        elif not _may_open(token, is_open):
            return False
        elif not token["empty"]:
            is_open.append(name)
        at = token.end()
    return bool(div) and not is_open


def _may_open(token: re.Match[str], is_open: list[str]) -> bool:
    name = token["name"]
    if name not in _ELEMENTS or len(is_open) >= DEPTH_MAX or (not is_open and name != "div"):
        return False
    seen = set()
    for attribute in _ATTRIBUTE.finditer(token["attributes"]):
        key, value = attribute[1], attribute[2] if attribute[2] is not None else attribute[3]
        if key in seen or key not in _ATTRIBUTES or not _is_passive(key, value):
            return False
        seen.add(key)
    return True


def _is_passive(key: str, value: str) -> bool:
    if key == "xmlns":
        return value == XHTML
    if key == "style":
        return "&" not in value and not _ACTIVE_STYLE.search(value)
    if key == "href":
        value = _BLANK.sub("", value)  # a browser reads `java script:` without its blanks
        scheme = _SCHEME.match(value)
        return "&" not in value.partition(":")[0] and (
            scheme is None or scheme[1].lower() in _SCHEMES
        )
    if key == "src":
        return value.startswith(("#", "data:image/png;base64,", "data:image/jpeg;base64,"))
    return True
