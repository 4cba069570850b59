"""The list behind the face."""

from pathlib import Path

from exchange.hospital_line import HospitalLine, read_hospital_line
from exchange.pdf_list import draw_list_page, list_pages, list_rows
from tests.support.exchange_bills import bill_of_line, good_bill, red_bill
from tests.support.his_lines import encoded, good_line, hospital_day
from tests.support.pdf_pages import page_of, pen, text_of


def test_every_line_stands_below_its_class() -> None:
    bill = good_bill()
    rows = list_rows(bill, read_hospital_line(bill.details))
    assert [(row.is_class, row.name, row.amount) for row in rows] == [
        (True, "诊察费", "20.00"),
        (False, "诊察", "20.00"),
        (True, "西药费", "10.00"),
        (False, "lisinopril 10 MG", "9.9999"),
    ]
    red = list_rows(red_bill(bill), read_hospital_line(bill.details))
    assert (red[3].quantity, red[3].price, red[3].amount) == ("-3", "3.3333", "-9.9999")


def test_no_line_is_left_out_whatever_its_class() -> None:
    line = HospitalLine(
        {}, ({"chargeCode": "02", "amt": "1"},) * 2, ({"chargeCode": "14", "name": "x"},)
    )
    rows = list_rows(good_bill(), line)
    assert [(row.is_class, row.name) for row in rows] == [(True, "02"), (True, "02"), (False, "x")]


def test_hundreds_of_lines_fill_pages_that_lose_none() -> None:
    bill = bill_of_line(max(hospital_day(), key=len))
    rows = list_rows(bill, read_hospital_line(bill.details))
    pages = list_pages(pen(), rows)
    assert len(pages) > 3
    assert [row for page in pages for row in page] == rows


def test_a_long_name_is_wrapped_and_not_cut(tmp_path: Path) -> None:
    line = good_line()
    name = "注射用重组人组织型纤溶酶原激活剂" * 6
    line["listDetail"][1]["name"] = name
    bill = bill_of_line(encoded(line))
    drawn = pen()
    (rows,) = list_pages(drawn, list_rows(bill, read_hospital_line(bill.details)))
    draw_list_page(drawn, bill, rows, "1 / 1")
    text = text_of(page_of(drawn), tmp_path)
    joined = "".join(text.split())
    assert joined.count("激活剂") == 6
    assert "…" not in text
    for words in ("医疗收费明细清单", "46060226", "9.9999", "第1/1页"):
        assert words in joined
