"""The pen: what is too long gets smaller, then ends with …; nothing is cut silently."""

from pathlib import Path

from exchange.pdf_pen import Pen
from tests.support.pdf_pages import page_of, pen, text_of


def written(width: float, text: str, tmp_path: Path) -> str:
    drawn = pen()
    drawn.write_fitted((50, 500), text, 10, width)
    return text_of(page_of(drawn), tmp_path).strip()


def test_a_text_that_fits_is_written_whole(tmp_path: Path) -> None:
    assert written(200, "澄迈县人民医院", tmp_path) == "澄迈县人民医院"
    assert written(40, "澄迈县人民医院", tmp_path) == "澄迈县人民医院"


def test_a_text_that_cannot_fit_ends_with_an_ellipsis(tmp_path: Path) -> None:
    found = written(30, "澄迈县人民医院" * 5, tmp_path)
    assert found.endswith("…")
    assert found[:3] == "澄迈县"
    assert pen().width(found, 5) <= 30


def test_a_wrapped_text_keeps_every_sign_and_no_line_is_too_wide() -> None:
    drawn = pen()
    text = "Speech and language therapy 言语治疗" * 7
    lines = drawn.wrapped(text, 8, 100)
    assert "".join(lines) == text
    assert max(drawn.width(line, 8) for line in lines) <= 100
    assert drawn.wrapped("", 8, 100) == [""]
    assert drawn.wrapped("医疗", 8, 1) == ["医", "疗"]


def test_texts_end_at_or_lie_around_their_place(tmp_path: Path) -> None:
    def place(drawn: Pen) -> int:
        return text_of(page_of(drawn), tmp_path).splitlines()[0].index("x")

    right, middle, left = pen(), pen(), pen()
    right.write_right((300, 500), "x" * 20, 10)
    middle.write_middle((300, 500), "x" * 20, 10)
    left.write((300, 500), "x" * 20, 10)
    assert place(right) <= place(middle) <= place(left)


def test_a_grid_has_its_lines_and_a_tint_is_behind(tmp_path: Path) -> None:
    drawn = pen()
    drawn.tint((10, 10), (100, 20))
    drawn.grid([10, 60, 110], [10, 30])
    assert text_of(page_of(drawn), tmp_path).strip() == ""
