"""A bill as a PDF (版式文件): the face people know, its QR code, and the list behind it.

Rule: the same bill gives the same bytes: no clock, no random ids, fonts embedded. The PDF is for
eyes; the legal original is the signed XML.
Source: ISO 32000-1; reportlab's invariant mode.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from exchange import pdf_face, pdf_list
from exchange.bill import ExchangeBill
from exchange.hospital_line import HospitalLine, read_hospital_line
from exchange.national_values import check_amounts
from exchange.pdf_font import FONT_PATHS, find_font, load_font
from exchange.pdf_marks import draw_watermark, watermark_text
from exchange.pdf_pen import Pen


def bill_pdf(bill: ExchangeBill, font_paths: Sequence[str] = FONT_PATHS) -> bytes:
    """Return the PDF of a bill.

    Args:
        bill: blue or red, with its status.
        font_paths: where a Chinese TrueType font may lie; the first one there is used.

    Raises:
        NodeFault: `pdf.font_missing` or `pdf.font_unusable`.
        Refused: `his.*`, `xml.sum_of_items`, … when the bill cannot be read or does not add up.
    """
    line = read_hospital_line(bill.details)
    check_amounts(bill, line)
    font = load_font(find_font(font_paths))
    file = BytesIO()
    canvas: Any = Canvas(
        file,
        pagesize=(pdf_face.WIDTH, pdf_face.HEIGHT),
        invariant=1,
        initialFontName=font.fontName,
    )
    canvas.setTitle(f"医疗收费电子票据 {bill.code} {bill.number_text}")
    canvas.setAuthor(bill.issuer_name)
    canvas.setCreator("piaolian")
    pen = Pen(canvas, font)
    pages = _list_pages(pen, bill, line)
    pdf_face.draw_face(pen, bill, line)
    _end_page(pen, bill, (pdf_face.WIDTH, pdf_face.HEIGHT))
    for number, rows in enumerate(pages, 1):
        canvas.setPageSize((pdf_list.WIDTH, pdf_list.HEIGHT))
        pdf_list.draw_list_page(pen, bill, rows, f"{number} / {len(pages)}")
        _end_page(pen, bill, (pdf_list.WIDTH, pdf_list.HEIGHT))
    canvas.save()
    return file.getvalue()


def _list_pages(pen: Pen, bill: ExchangeBill, line: HospitalLine) -> list[list[pdf_list.ListRow]]:
    """Return the rows of each page of the list; no page when the face says it all."""
    if not line.lines and len(line.charges) <= 2 * pdf_face.ROWS:
        return []
    return pdf_list.list_pages(pen, pdf_list.list_rows(bill, line))


def _end_page(pen: Pen, bill: ExchangeBill, size: tuple[float, float]) -> None:
    """Put the watermark over a page that needs one, and end it."""
    text = watermark_text(bill)
    if text:
        draw_watermark(pen, text, *size)
    pen.canvas.showPage()
