"""The bill as the outside formats take it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from exchange.bill import issue_date, issue_time, turned
from tests.support.exchange_bills import good_bill, red_bill


def test_a_bill_names_its_kind_and_its_division_by_its_code() -> None:
    bill = good_bill()
    assert (bill.kind, bill.tag, bill.number_text) == ("02", "CZ-EI-46", "0000000001")
    assert not bill.is_red
    assert red_bill(bill).is_red


def test_what_is_personal_or_an_amount_is_not_in_its_repr() -> None:
    shown = repr(replace(good_bill(), total_fen=987_654_321))
    assert "马娜" not in shown
    assert "11010519491231002X" not in shown
    assert "987654321" not in shown


def test_a_time_is_told_as_it_is_in_shanghai() -> None:
    assert (issue_date(0), issue_time(0)) == ("19700101", "08:00:00")
    assert (issue_date(57_600_000), issue_time(57_600_000)) == ("19700102", "00:00:00")
    assert issue_time(57_599_999) == "23:59:59"


def test_nothing_and_zero_have_no_sign() -> None:
    assert [turned(text) for text in ("", "0", "0.00", "13.05", "-0.01", "1")] == [
        "",
        "0",
        "0.00",
        "-13.05",
        "0.01",
        "-1",
    ]


@given(st.integers(-(10**14), 10**14))
def test_a_figure_turned_twice_is_itself(fen: int) -> None:
    sign = "-" if fen < 0 else ""
    figure = f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
    assert turned(turned(figure)) == figure
    assert turned(figure) != figure or fen == 0
