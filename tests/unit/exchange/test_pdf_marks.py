"""QR code and watermark."""

from dataclasses import replace
from pathlib import Path

import pytest
import segno

from exchange.bill import StatusBlock
from exchange.pdf_marks import draw_qr, draw_watermark, runs, watermark_text
from exchange.qr_text import qr_text
from tests.support.exchange_bills import good_bill, red_bill
from tests.support.pdf_pages import gray_of, page_of, pen, text_of


@pytest.mark.parametrize(
    ("modules", "found"),
    [
        ([], []),
        ([0, 0], []),
        ([1, 1, 1], [(0, 3)]),
        ([1, 0, 1, 1, 0], [(0, 1), (2, 2)]),
        ([0, 1], [(1, 1)]),
    ],
)
def test_dark_modules_side_by_side_are_one_run(
    modules: list[int], found: list[tuple[int, int]]
) -> None:
    assert runs(bytes(modules)) == found


def test_a_rendered_code_has_every_module_in_its_place(tmp_path: Path) -> None:
    text = qr_text(good_bill())
    drawn = pen()
    draw_qr(drawn, (72, 72), 144, text)
    width, height, pixels = gray_of(page_of(drawn), tmp_path, dpi=200)
    matrix = segno.make_qr(text, error="m").matrix
    module = 400 / len(matrix)
    seen = []
    for row in range(len(matrix)):
        y = height - 200 - 400 + int((row + 0.5) * module)
        seen.append(
            [pixels[y * width + 200 + int((x + 0.5) * module)] < 128 for x in range(len(matrix))]
        )
    assert seen == [[bool(dark) for dark in row] for row in matrix]


def test_only_a_reversed_and_a_red_bill_have_a_watermark() -> None:
    blue = good_bill()
    reversed_ = replace(blue, status=StatusBlock(is_reversed=True, reversal_number=9))
    assert watermark_text(blue) == ""
    assert watermark_text(reversed_) == "已冲红"
    assert watermark_text(red_bill(blue)) == "红字票据"


def test_a_watermark_is_pale_and_leaves_what_comes_later_alone(tmp_path: Path) -> None:
    drawn = pen()
    draw_watermark(drawn, "已冲红", 595, 841)
    drawn.write((72, 72), "later", 10, (0, 0, 0))
    page = page_of(drawn)
    assert "later" in text_of(page, tmp_path)
    width, height, pixels = gray_of(page, tmp_path, dpi=50)
    upper = pixels[: width * (height - 60)]
    assert 180 < min(upper) < 250
    assert min(pixels) < 100
