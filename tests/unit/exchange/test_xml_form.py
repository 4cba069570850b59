"""Writing by a form."""

import pytest

from exchange.xml_form import DECLARATION, Part, fragment, group, rows, text, texts, write_xml
from tests.support.refusals import refused

ROW = Part("Row", texts("C"), rows_max=2)
FORM = Part("A", (Part("B", length_max=5), Part("D", (ROW,)), Part("E", is_optional=True)))


def test_every_element_stands_in_its_place_without_blanks() -> None:
    document = write_xml(FORM, {"D": {"Row": [{"C": "1"}, {"C": ""}]}, "B": ""})
    expected = "<A><B></B><D><Row><C>1</C></Row><Row><C></C></Row></D></A>"
    assert document.decode() == DECLARATION + expected


def test_three_characters_are_escaped_and_no_others() -> None:
    assert fragment(Part("B"), "a&b<c>\"'") == b"<B>a&amp;b&lt;c&gt;\"'</B>"


def test_values_are_found_by_their_path() -> None:
    value = {"D": {"Row": [{"C": "1"}]}, "B": "x"}
    assert text(value, "B") == "x"
    assert rows(value, "D", "Row") == [{"C": "1"}]
    assert group(value, "D") == {"Row": [{"C": "1"}]}


def test_texts_and_rows_up_to_their_bounds_are_written() -> None:
    value = {"B": "12345", "D": {"Row": [{"C": ""}] * 2}}
    assert write_xml(FORM, value).count(b"<Row>") == 2


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"B": "123456", "D": {"Row": []}}, "xml.text_too_long"),
        ({"B": "a\nb", "D": {"Row": []}}, "xml.forbidden_character"),
        ({"B": "a\u202eb", "D": {"Row": []}}, "xml.forbidden_character"),
        ({"B": "", "D": {"Row": [{"C": ""}] * 3}}, "xml.too_many_elements"),
    ],
)
def test_what_no_reader_would_take_is_not_written(value: object, code: str) -> None:
    with refused(code):
        write_xml(FORM, value)  # type: ignore[arg-type]


def test_a_document_beyond_two_mebibytes_is_not_written() -> None:
    with refused("xml.too_long"):
        write_xml(Part("A", length_max=3 * 2**20), "x" * (2 * 2**20))


@pytest.mark.parametrize("value", [{"D": {"Row": []}}, {"B": "", "D": {"Row": []}, "Z": ""}])
def test_a_value_that_does_not_fit_the_form_is_a_bug(value: object) -> None:
    with pytest.raises(AssertionError):
        write_xml(FORM, value)  # type: ignore[arg-type]
