"""Looking at a PDF with tools of others: poppler's."""

import subprocess
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from exchange.pdf_font import FONT_PATHS, find_font, load_font
from exchange.pdf_pen import Pen


def text_of(pdf: bytes, folder: Path) -> str:
    """Return the text of a PDF; a form feed ends each page."""
    file = _saved(pdf, folder)
    return _told("pdftotext", "-layout", "-enc", "UTF-8", file, "-").decode()


def fonts_of(pdf: bytes, folder: Path) -> list[list[str]]:
    """Return name, …, and whether it is embedded and a subset of each font."""
    lines = _told("pdffonts", _saved(pdf, folder)).decode().splitlines()[2:]
    return [line.split() for line in lines]


def gray_of(pdf: bytes, folder: Path, dpi: int) -> tuple[int, int, bytes]:
    """Return width, height and gray pixels of the first page."""
    data = _told("pdftoppm", "-gray", "-r", str(dpi), "-l", "1", _saved(pdf, folder))
    head, size, depth, pixels = data.split(b"\n", 3)
    assert (head, depth) == (b"P5", b"255")
    width, height = map(int, size.split())
    return width, height, pixels


def pen() -> Pen:
    """Return a pen on a page of its own."""
    font = load_font(find_font(FONT_PATHS))
    canvas: Any = Canvas("", initialFontName=font.fontName, invariant=1)
    return Pen(canvas, font)


def page_of(pen: Pen) -> bytes:
    """Return the PDF of what a pen drew."""
    pen.canvas.showPage()
    data: bytes = pen.canvas.getpdfdata()
    return data


def _saved(pdf: bytes, folder: Path) -> str:
    file = folder / "bill.pdf"
    file.write_bytes(pdf)
    return str(file)


def _told(*command: str) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
