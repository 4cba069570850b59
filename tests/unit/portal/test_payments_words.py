"""Numbers, times, resources and facts: written one way, read strictly."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from portal.payments.facts import read_refund, read_trade
from portal.payments.moments import (
    day_of,
    day_start_ms,
    next_day,
    read_moment,
    write_moment,
    write_statement_time,
)
from portal.payments.numbers import (
    is_refund_number,
    is_trade_number,
    read_attach,
    refund_number,
    trade_number,
    write_attach,
)
from portal.payments.resource import seal, unseal
from primitives.errors import Refused

KEY = b"0123456789abcdef0123456789abcdef"
ORDER = st.from_regex(r"[0-9A-Za-z._|*-]{1,64}", fullmatch=True)


@given(ORDER, st.integers(1, 99))
def test_an_order_has_one_number_an_attempt_and_reads_back_from_what_is_attached(
    order: str, attempt: int
) -> None:
    number = trade_number("hospital", order, attempt)
    assert is_trade_number(number)
    assert number == trade_number("hospital", order, attempt)
    assert order not in number or len(order) < 4
    assert read_attach(write_attach("hospital", order)) == ("hospital", order)


def test_other_orders_hospitals_and_attempts_have_other_numbers() -> None:
    parts = [("a", "1-2", 1), ("a", "1-2", 2), ("a", "1", 1), ("a1", "-2", 1), ("b", "1-2", 1)]
    assert len({trade_number(*each) for each in parts}) == len(parts)
    assert refund_number("4200", 1) != refund_number("4200", 2)
    assert is_refund_number(refund_number("4200", 1))


@pytest.mark.parametrize(
    "text", ["", "short", "x" * 33, "has space", "票" * 8, "abc.def", "abcde\n"]
)
def test_what_the_company_would_refuse_is_no_trade_number(text: str) -> None:
    assert not is_trade_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hospital",
        "hospital/",
        "/1",
        "Hospital/1",
        "hospital/a b",
        "hospital/a/b",
        "hospital/票",
        "hospital/1\n",
    ],
)
def test_what_leads_to_no_order_is_not_guessed(text: str) -> None:
    assert read_attach(text) is None


def test_an_order_number_that_could_not_be_read_back_is_refused() -> None:
    with pytest.raises(Refused, match=r"order\.number_malformed"):
        write_attach("hospital", "张三")


def test_times_are_chinas_and_read_to_the_second() -> None:
    time_ms = read_moment("2026-01-01T00:00:00+08:00")
    assert time_ms == day_start_ms("2026-01-01")
    assert read_moment("2025-12-31T16:00:00.999Z") == time_ms
    assert write_moment(time_ms) == "2026-01-01T00:00:00+08:00"
    assert write_statement_time(time_ms + 999) == "2026-01-01 00:00:00"
    assert (day_of(time_ms - 1), next_day("2025-12-31")) == ("2025-12-31", "2026-01-01")


@pytest.mark.parametrize("text", ["", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00"])
def test_a_time_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"time\.malformed"):
        read_moment(text)


@pytest.mark.parametrize("text", ["", "20260101", "2026-02-30", "2026-1-1", "0000-01-01"])
def test_a_day_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"day\.malformed"):
        day_start_ms(text)


def test_a_resource_opens_under_its_key_alone() -> None:
    resource = seal(KEY, b"secret", associated="transaction", nonce="abcdefghijkl")
    assert unseal(KEY, resource) == b"secret"
    data = base64.b64decode(resource["ciphertext"])
    assert AESGCM(KEY).decrypt(b"abcdefghijkl", data, b"transaction") == b"secret"
    changes: list[dict[str, Any]] = [
        {"nonce": "abcdefghijkm"},
        {"associated_data": "refund"},
        {"ciphertext": base64.b64encode(data[:-1] + b"x").decode()},
        {"ciphertext": "%"},
        {"ciphertext": 5},
        {"nonce": ""},
        {"nonce": "é" * 12},
        {"algorithm": "AES"},
    ]
    for change in changes:
        with pytest.raises(Refused, match=r"notice\.sealed_otherwise"):
            unseal(KEY, resource | change)
    with pytest.raises(Refused, match=r"notice\.sealed_otherwise"):
        unseal(bytes(32), resource)


def test_a_resource_may_have_no_associated_data() -> None:
    resource = seal(KEY, b"secret", associated="", nonce="abcdefghijkl")
    assert unseal(KEY, resource | {"associated_data": None}) == b"secret"


TRADE = {
    "appid": "wx1",
    "mchid": "19",
    "out_trade_no": "PL01ABC",
    "transaction_id": "4200",
    "trade_state": "SUCCESS",
    "attach": "hospital/1",
    "success_time": "2026-01-01T00:00:00+08:00",
    "amount": {"total": 1305, "currency": "CNY"},
}
REFUND = {
    "out_refund_no": "RF01",
    "refund_id": "503",
    "transaction_id": "4200",
    "status": "SUCCESS",
    "success_time": "2026-01-01T00:00:00+08:00",
    "amount": {"refund": 5, "total": 1305},
}


def test_a_trade_that_nobody_paid_has_no_number_of_the_company() -> None:
    trade = read_trade(TRADE | {"trade_state": "NOTPAY", "transaction_id": "", "success_time": ""})
    assert (trade.is_paid, trade.transaction_id, trade.paid_ms) == (False, "", 0)
    assert read_trade(TRADE | {"trade_state": "REFUND"}).is_paid


@pytest.mark.parametrize(
    "change",
    [
        {"amount": {"total": 13.05}},
        {"amount": {"total": "1305"}},
        {"amount": {"total": True}},
        {"amount": {"total": 0}},
        {"amount": {"total": -1}},
        {"amount": {"total": 10**15}},
        {"amount": 5},
        {"transaction_id": ""},
        {"transaction_id": "4" * 65},
        {"transaction_id": None},
        {"mchid": 19},
        {"trade_state": []},
    ],
)
def test_a_trade_of_another_form_is_refused_without_telling_its_content(
    change: dict[str, Any],
) -> None:
    with pytest.raises(Refused, match=r"trade\.malformed") as caught:
        read_trade(TRADE | change)
    assert "1305" not in str(caught.value)


def test_a_refund_reads_the_same_from_an_answer_and_from_a_notice() -> None:
    notice = {name: value for name, value in REFUND.items() if name != "status"}
    assert read_refund(REFUND) == read_refund(notice | {"refund_status": "SUCCESS"})
    with pytest.raises(Refused, match=r"refund\.malformed"):
        read_refund(json.loads('{"status": "SUCCESS"}'))
