"""The text in the QR code."""

import pytest

from exchange.qr_text import QrText, parse_qr_text, qr_text
from tests.support.exchange_bills import good_bill, red_bill
from tests.support.refusals import refused

GOOD = "CZ-EI-46,46060226,0000000001,22d0f1,20260921,30.00"


def test_a_bill_and_its_red_bill_say_tag_code_number_check_code_date_amount() -> None:
    assert qr_text(good_bill()) == GOOD
    assert qr_text(red_bill(good_bill())).endswith(",-30.00")


def test_a_scanner_learns_what_the_bill_said() -> None:
    assert parse_qr_text(GOOD) == QrText("46060226", 1, "22d0f1", "20260921", 3000)
    assert parse_qr_text(qr_text(red_bill(good_bill()))).total_fen == -3000


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD + ",",
        GOOD + "\n",
        GOOD.replace(",", ", "),
        GOOD.replace("CZ-EI-46", "CZ-EI-44"),
        GOOD.replace("0000000001", "0000000000"),
        GOOD.replace("0000000001", "1"),
        GOOD.replace("20260921", "20260231"),
        GOOD.replace("30.00", "030.00"),
        GOOD.replace("30.00", "-0.00"),
        GOOD.replace("30.00", "30.0"),
        GOOD.replace("30.00", "３０.00"),
        GOOD.replace("22d0f1", "22d0f"),
        GOOD * 10,
    ],
)
def test_any_other_form_is_refused(text: str) -> None:
    with refused("qr.malformed"):
        parse_qr_text(text)


def test_an_error_names_the_part_at_fault() -> None:
    with refused("qr.malformed", "date"):
        parse_qr_text(GOOD.replace("20260921", "20261301"))
