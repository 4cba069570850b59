"""Marks on a PDF page: the QR code, drawn as squares, and the watermark.

Rule: the QR code is the text of `exchange.qr_text`, error correction M, with its quiet zone
left to the caller. A watermark is pale enough to read through.
"""

from typing import Final

import segno

from exchange.bill import ExchangeBill
from exchange.pdf_pen import Pen

QR_MODULES_QUIET: Final = 4
_PALE_RED: Final = (0.80, 0.15, 0.12)
_ALPHA: Final = 0.16


def draw_qr(pen: Pen, place: tuple[float, float], side: float, text: str) -> None:
    """Draw a QR code into a square.

    Args:
        pen: of the page.
        place: the square's lower left corner.
        side: of the square, points.
        text: what a scanner shall read.
    """
    matrix = segno.make_qr(text, error="m").matrix
    module = side / len(matrix)
    x, y = place
    pen.canvas.setFillColorRGB(0, 0, 0)
    for row, modules in enumerate(matrix):
        for start, length in runs(bytes(modules)):
            bottom = y + side - (row + 1) * module
            pen.canvas.rect(x + start * module, bottom, length * module, module, stroke=0, fill=1)


def runs(modules: bytes) -> list[tuple[int, int]]:
    """Return start and length of the dark runs of a row."""
    found = []
    start = 0
    for index, module in enumerate(modules):
        if not module:
            start = index + 1
        elif index + 1 == len(modules) or not modules[index + 1]:
            found.append((start, index + 1 - start))
    return found


def watermark_text(bill: ExchangeBill) -> str:
    """Return what stands across a bill that is no longer, or was never, a claim; or nothing."""
    if bill.status.is_reversed:
        return "已冲红"
    return "红字票据" if bill.is_red else ""


def draw_watermark(pen: Pen, text: str, width: float, height: float) -> None:
    """Write a text large and pale across a page of that width and height."""
    canvas = pen.canvas
    size = 0.62 * width / max(len(text), 4)
    canvas.saveState()
    canvas.setFillAlpha(_ALPHA)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(24)
    pen.write_middle((0, -size / 3), text, size, _PALE_RED)
    canvas.restoreState()
