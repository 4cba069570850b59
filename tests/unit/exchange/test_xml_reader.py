"""The strict reader, held against everything that an XML parser may be tricked with."""

import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.national_form import NATIONAL
from exchange.xml_form import DECLARATION, Part, texts, write_xml
from exchange.xml_reader import read_xml
from primitives.errors import Refused
from tests.support.refusals import refused

ROW = Part("Row", texts("Code", "Remark"), rows_max=3)
FORM = Part(
    "Bill",
    (
        Part("Name", length_max=10),
        Part("Rows", (ROW,)),
        Part("Seal", texts("Id"), is_optional=True),
    ),
)
GOOD = (
    f"{DECLARATION}<Bill><Name>a&amp;b</Name><Rows><Row><Code>1</Code><Remark></Remark></Row>"
    "</Rows></Bill>"
)
ENTITY = '<!DOCTYPE Bill [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    '<!DOCTYPE Bill [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    + "]>"
)


def test_a_good_document_is_read_as_it_was_written() -> None:
    value = read_xml(FORM, GOOD.encode())
    assert value == {"Name": "a&b", "Rows": {"Row": [{"Code": "1", "Remark": ""}]}}
    assert write_xml(FORM, value) == GOOD.encode()


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("<Bill>", ENTITY + "<Bill>", "xml.document_type", ""),
        ("<Bill>", LAUGHS + "<Bill>", "xml.document_type", ""),
        ("a&amp;b", "&x;", "xml.entity", "Bill/Name"),
        ("a&amp;b", "a&#98;", "xml.entity", "Bill/Name"),
        ("a&amp;b", "a & b", "xml.entity", "Bill/Name"),
        ("a&amp;b", "&quot;", "xml.entity", "Bill/Name"),
        ("a&amp;b", "a>b", "xml.not_canonical", ""),
        ("a&amp;b", "<![CDATA[ab]]>", "xml.forbidden_markup", "Bill/Name"),
        ("<Name>", "<!-- x --><Name>", "xml.forbidden_markup", "Bill"),
        ("<Name>", "<?php x ?><Name>", "xml.forbidden_markup", "Bill"),
        ("<Name>", "\n  <Name>", "xml.not_canonical", "Bill"),
        ("<Remark></Remark>", "<Remark/>", "xml.not_canonical", "Bill/Rows/Row[0]"),
        ("<Name>", "<Name >", "xml.not_canonical", "Bill"),
        ("<Name>", '<Name lang="zh">', "xml.attribute", "Bill"),
        ("<Bill>", '<Bill xmlns="urn:x">', "xml.namespace", ""),
        ("<Name>", "<b:Name>", "xml.namespace", "Bill"),
        ("<Name>a&amp;b</Name>", "", "xml.missing_element", "Bill/Name"),
        ("<Rows>", "<Name>c</Name><Rows>", "xml.duplicate_element", "Bill/Name"),
        ("<Rows>", "<Nane>c</Nane><Rows>", "xml.unknown_element", "Bill"),
        ("<Rows>", "<name>c</name><Rows>", "xml.unknown_element", "Bill"),
        ("</Bill>", "<Name>c</Name></Bill>", "xml.duplicate_element", "Bill/Name"),
        ("a&amp;b", "12345678901", "xml.text_too_long", "Bill/Name"),
        ("a&amp;b", "x" * 1_900_000, "xml.text_too_long", "Bill/Name"),
        ("a&amp;b", "&x;" * 20, "xml.text_too_long", "Bill/Name"),
        ("a&amp;b", "a\tb", "xml.forbidden_character", "Bill/Name"),
        ("a&amp;b", "a\rb", "xml.forbidden_character", "Bill/Name"),
        ("a&amp;b", "a\u202eb", "xml.forbidden_character", "Bill/Name"),
        ("a&amp;b", "a\u200bb", "xml.forbidden_character", "Bill/Name"),
        ("a&amp;b", "a\x00b", "xml.forbidden_character", "Bill/Name"),
        ("a&amp;b", "a<b>c</b>", "xml.unknown_element", "Bill/Name"),
        ("</Name>", "</Nome>", "xml.malformed", "Bill/Name"),
        ("</Bill>", "", "xml.malformed", "Bill"),
        ("</Rows></Bill>", "", "xml.malformed", "Bill/Rows"),
        ("</Bill>", "</Bill>\n", "xml.not_canonical", "Bill"),
        ("</Bill>", "</Bill><Bill></Bill>", "xml.not_canonical", "Bill"),
        ("Bill>", "Note>", "xml.unknown_element", ""),
        ("<Name>", "<1>", "xml.malformed", "Bill"),
        ("<Name>", "<", "xml.malformed", "Bill"),
        ("UTF-8", "GBK", "xml.declaration", ""),
        ('"1.0"', "'1.0'", "xml.declaration", ""),
        ("<?xml", "\ufeff<?xml", "xml.declaration", ""),
        ("?>\n", "?>\r\n", "xml.declaration", ""),
    ],
)
def test_case_07_a_bad_document_is_refused_with_code_and_place(
    old: str, new: str, code: str, place: str
) -> None:
    assert old in GOOD
    with refused(code, place):
        read_xml(FORM, GOOD.replace(old, new).encode())


def test_a_document_that_ends_inside_a_text_is_not_closed() -> None:
    with refused("xml.malformed", "Bill/Name"):
        read_xml(FORM, GOOD[: GOOD.index("amp;b")].replace("&", "").encode())


def test_a_document_of_two_mebibytes_and_a_text_of_full_length_are_read() -> None:
    form = Part("B", (Part("A", length_max=2**21),))
    full = "x" * (2**21 - len(write_xml(form, {"A": ""})))
    assert read_xml(form, write_xml(form, {"A": full})) == {"A": full}
    with refused("xml.too_long"):
        write_xml(form, {"A": full + "x"})
    assert read_xml(FORM, GOOD.replace("a&amp;b", "&lt;" * 10).encode())["Name"] == "<" * 10


def test_an_unknown_element_is_refused_with_the_nearest_known_name() -> None:
    with pytest.raises(Refused, match="did you mean Name"):
        read_xml(FORM, GOOD.replace("Name>", "Nane>").encode())


def test_elements_in_another_order_are_refused() -> None:
    moved = GOOD.replace("<Name>a&amp;b</Name>", "").replace("</Bill>", "<Name></Name></Bill>")
    with refused("xml.wrong_order", "Bill/Name"):
        read_xml(FORM, moved.encode())


def test_rows_may_be_none_and_not_more_than_the_form_says() -> None:
    row = "<Row><Code>1</Code><Remark></Remark></Row>"
    none = GOOD.replace(row, "")
    assert read_xml(FORM, none.encode())["Rows"] == {"Row": []}
    with refused("xml.too_many_elements", "Bill/Rows/Row"):
        read_xml(FORM, GOOD.replace(row, row * 4).encode())


def test_what_is_not_utf8_is_refused() -> None:
    for data in (GOOD.encode("utf-16"), GOOD.replace("a&amp;b", "马").encode("gbk")):
        with refused("xml.not_utf8"):
            read_xml(FORM, data)


def test_a_lone_surrogate_and_an_overlong_form_are_no_utf8() -> None:
    for bad in (b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80"):
        with refused("xml.not_utf8"):
            read_xml(FORM, GOOD.encode().replace(b"a&amp;b", bad))


def test_case_07_a_document_beyond_two_mebibytes_is_refused_unread() -> None:
    with refused("xml.too_long"):
        read_xml(FORM, b"\xff" * (2 * 2**20 + 1))


@pytest.mark.parametrize("opening", ["<Bill>", "<Rows>", "<Name>", "<A>"])
def test_deep_nesting_ends_where_the_form_ends(opening: str) -> None:
    with pytest.raises(Refused):
        read_xml(FORM, (DECLARATION + "<Bill>" + opening * 300_000).encode())


def test_a_hostile_document_costs_little_memory() -> None:
    hostile = (DECLARATION + "<EInvoice>" + "<Header>" * 200_000).encode()
    tracemalloc.start()
    with pytest.raises(Refused):
        read_xml(NATIONAL, hostile)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(hostile)


def test_an_error_never_shows_what_stands_in_the_document() -> None:
    for bad in ("<马娜>x</马娜>", "<Rows>马娜13914740092</Rows>", "<A13914740092></A13914740092>"):
        with pytest.raises(Refused) as caught:
            read_xml(FORM, GOOD.replace("<Rows>", bad + "<Rows>").encode())
        assert "马娜" not in str(caught.value)
        assert "13914740092" not in str(caught.value)


printable = st.text(st.characters(exclude_categories=("C", "Z")), max_size=10)


@given(printable, st.lists(st.tuples(printable, printable), max_size=3), st.booleans())
def test_what_is_written_is_read_again(
    name: str, rows: list[tuple[str, str]], is_sealed: bool
) -> None:
    value: dict[str, object] = {
        "Name": name,
        "Rows": {"Row": [{"Code": code, "Remark": remark} for code, remark in rows]},
    }
    if is_sealed:
        value["Seal"] = {"Id": name}
    document = write_xml(FORM, value)  # type: ignore[arg-type]
    assert read_xml(FORM, document) == value


@given(st.integers(0, len(GOOD.encode()) - 1), st.binary(max_size=3))
def test_a_document_changed_anywhere_is_refused_or_says_something_else(
    at: int, change: bytes
) -> None:
    changed = GOOD.encode()[:at] + change + GOOD.encode()[at + 1 :]
    with suppress(Refused):
        assert write_xml(FORM, read_xml(FORM, changed)) == changed
