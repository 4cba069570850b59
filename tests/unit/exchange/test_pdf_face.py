"""The face of the PDF."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.bill import ExchangeBill, StatusBlock
from exchange.hospital_line import read_hospital_line
from exchange.pdf_face import (
    ROWS,
    day_text,
    draw_face,
    face_rows,
    masked,
    other_pairs,
    status_words,
)
from tests.support.exchange_bills import bill_of_line, good_bill, red_bill
from tests.support.his_lines import encoded, good_line, hospital_day
from tests.support.pdf_pages import page_of, pen, text_of


def face_text(bill: ExchangeBill, folder: Path) -> str:
    drawn = pen()
    draw_face(drawn, bill, read_hospital_line(bill.details))
    return text_of(page_of(drawn), folder)


def test_the_face_says_what_a_bill_must_say(tmp_path: Path) -> None:
    text = face_text(good_bill(), tmp_path)
    for words in (
        *("医疗收费电子票据", "医疗住院收费票据（电子）", "监制：海南省财政厅"),
        *("46060226", "0000000001", "22d0f1", "2026-09-21", "马娜", "110105********002X"),
        *("诊察费", "20.00", "西药费", "10.00", "叁拾元整", "¥ 30.00"),
        *("医保统筹基金支付：20.00", "个人账户支付：4.00", "个人现金支付：6.00"),
        *("个人自付：7.00", "个人自费：3.00", "2026-09-10 至 2026-09-20"),
        *("收款单位：澄迈县人民医院", "收款人：收费员01", "尚未核验"),
    ):
        assert words in text, words
    assert "11010519491231002X" not in text


def test_a_red_bill_shows_the_mirror(tmp_path: Path) -> None:
    text = face_text(red_bill(good_bill()), tmp_path)
    for words in ("-20.00", "负叁拾元整", "¥ -30.00", "个人自付：-7.00", "46060226 0000000001"):
        assert words in text, words


def test_an_outpatients_face_names_the_visit() -> None:
    bill = bill_of_line(hospital_day()[0])
    pairs = dict(other_pairs(bill, read_hospital_line(bill.details)))
    assert pairs["门诊号"] == "b5c08511"
    assert pairs["就诊日期"] == "1943-02-24"
    assert pairs["医保类型"] == "全自费"
    assert "住院号" not in pairs


def many_classes(count: int) -> ExchangeBill:
    """Return a bill with so many charge classes of one yuan."""
    line: dict[str, Any] = good_line()
    del line["listDetail"]
    line["chargeDetail"] = [
        {"chargeCode": f"{n:02d}", "chargeName": f"费用{n}", "amt": "1.00"} for n in range(count)
    ]
    return replace(bill_of_line(encoded(line)), total_fen=100 * count)


@pytest.mark.parametrize("count", [1, 2 * ROWS, 2 * ROWS + 1, 100])
def test_more_classes_than_rows_are_summed_in_the_last_row(count: int) -> None:
    bill = many_classes(count)
    rows = face_rows(bill, read_hospital_line(bill.details))
    assert len(rows) == min(count, 2 * ROWS)
    assert sum(Decimal(amount) for _, _, amount in rows) == count
    assert (rows[-1][0] == "其余项目（见清单）") == (count > 2 * ROWS)
    red = red_bill(bill)
    assert face_rows(red, read_hospital_line(red.details))[-1][2].startswith("-")


def test_what_became_of_a_bill_is_said_in_words() -> None:
    status = StatusBlock(
        is_endorsed=True,
        is_exchanged=True,
        paper_code="PA-01",
        paper_number="00017",
        is_reversed=True,
        reversal_code="46060226",
        reversal_number=900,
        is_accounted=True,
        accounted_date="20261001",
        accounted_fen=1234,
    )
    assert status_words(replace(good_bill(), status=status)) == [
        "财政监制：已核验",
        "已作废（冲红），红字票据 46060226 0000000900",
        "已换开纸质票据 PA-01 00017",
        "已入账 2026-10-01，12.34 元",
    ]
    assert status_words(red_bill(good_bill()))[1] == "红字票据，冲销 46060226 0000000001"


def test_an_id_number_is_masked_and_a_short_one_left() -> None:
    assert masked("11010519491231002X") == "110105********002X"
    assert masked("") == ""
    assert masked("E1234567890") == "E1234567890"
    assert masked("E12345678901") == "E12345**8901"


def test_a_day_is_written_for_people() -> None:
    assert day_text("20260921") == "2026-09-21"
    assert day_text("") == ""


def test_a_bill_without_supervisor_or_payer_has_a_face_too(tmp_path: Path) -> None:
    line = good_line()
    for key in ("payer", "payee", "idCardNo"):
        del line[key]
    line["author"] = "开票员02"
    bill = replace(bill_of_line(encoded(line)), supervisor_name="")
    text = face_text(bill, tmp_path)
    assert "监制：海南" not in text
    assert "收款人：开票员02" in text
