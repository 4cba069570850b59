"""The font: found or named, never guessed."""

from pathlib import Path

import pytest

from exchange.pdf_font import FONT_PATHS, MISSING_SIGN, find_font, load_font, shown
from primitives.errors import NodeFault
from tests.support.refusals import refused


def test_the_first_font_that_is_there_is_used(tmp_path: Path) -> None:
    here, there = tmp_path / "a.ttf", tmp_path / "b.ttf"
    there.write_bytes(b"")
    assert find_font([str(here), str(there)]) == str(there)
    here.write_bytes(b"")
    assert find_font([str(here), str(there)]) == str(here)


def test_without_a_font_the_error_names_the_package_to_install(tmp_path: Path) -> None:
    with pytest.raises(NodeFault, match="fonts-wqy-microhei"):
        find_font([str(tmp_path / "none.ttf")])


@pytest.mark.parametrize("content", [b"", b"no font", b"\x00\x01\x00\x00" + bytes(100)])
def test_a_file_that_is_no_font_is_called_unusable(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "font.ttf"
    file.write_bytes(content)
    with refused("pdf.font_unusable", error=NodeFault):
        load_font(str(file))


def test_the_font_has_the_signs_of_a_bill() -> None:
    font = load_font(find_font(FONT_PATHS))
    signs = "医疗收费电子票据零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整负¥（）：，。…已冲红 Aé0"
    assert shown(font, signs) == signs
    assert load_font(find_font(FONT_PATHS)) is font


def test_a_sign_that_the_font_has_not_is_seen_to_be_missing() -> None:
    font = load_font(find_font(FONT_PATHS))
    assert shown(font, "王\U0002000b\U00030000") == f"王{MISSING_SIGN}{MISSING_SIGN}"
