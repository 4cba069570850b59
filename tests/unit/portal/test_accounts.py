"""Limits, codes, sessions and typed identities, each alone."""

import pytest

from portal.accounts.codes import PENDING_MAX, Codes
from portal.accounts.identity import plain_phone, plain_resident_id
from portal.accounts.limits import Limit
from portal.accounts.sessions import Sessions
from primitives.errors import Refused

MINUTE = 60_000


def test_a_limit_opens_again_when_its_window_is_over() -> None:
    limit = Limit(2, MINUTE)
    assert [limit.take(b"a", 0), limit.take(b"a", 1), limit.take(b"a", 2)] == [0, 0, MINUTE - 2]
    assert limit.take(b"b", 2) == 0
    assert limit.take(b"a", MINUTE) == 0


def test_a_limit_remembers_a_bounded_number_of_keys() -> None:
    limit = Limit(1, MINUTE, keys_max=2)
    for key in (b"a", b"b", b"c"):
        limit.take(key, 0)
    assert limit.take(b"a", 1) == 0
    assert limit.take(b"c", 1) > 0


def test_a_code_serves_once() -> None:
    codes = Codes(bytes(32), valid_ms=MINUTE, tries_max=5)
    codes.begin("visit", 0).code_hash = codes.hash_of("123456")
    assert codes.enter("visit", "123456", 1).tries_left == 5
    with pytest.raises(Refused, match=r"login\.code_over"):
        codes.enter("visit", "123456", 2)


def test_a_code_kept_by_another_process_does_not_serve() -> None:
    codes, other = (Codes(bytes([n]) * 32, valid_ms=MINUTE, tries_max=5) for n in (1, 2))
    codes.begin("visit", 0).code_hash = other.hash_of("123456")
    with pytest.raises(Refused, match=r"login\.wrong_code"):
        codes.enter("visit", "123456", 1)


def test_waiting_logins_are_bounded() -> None:
    codes = Codes(bytes(32), valid_ms=MINUTE, tries_max=5)
    for number in range(PENDING_MAX + 1):
        codes.begin(str(number), 0)
    assert not codes.is_waiting("0", 1)
    assert codes.is_waiting(str(PENDING_MAX), 1)


def test_a_session_ends_after_its_full_length_however_busy() -> None:
    sessions = Sessions(idle_ms=MINUTE, length_ms=3 * MINUTE, count_max=10)
    token = sessions.open(b"patient", b"phone", 0)
    times = [sessions.find(token, step * MINUTE // 2) is not None for step in range(7)]
    assert times == [True] * 6 + [False]


def test_one_session_too_many_ends_the_oldest() -> None:
    sessions = Sessions(idle_ms=MINUTE, length_ms=MINUTE, count_max=2)
    tokens = [sessions.open(b"patient", b"phone", 0) for _ in range(3)]
    assert [sessions.find(token, 1) is not None for token in tokens] == [False, True, True]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("11010519491231002x", "11010519491231002X"),
        (" 440524 18800101 0014 ", "440524188001010014"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("E12345678", "E12345678"),
        ("h1234 5678", "H12345678"),
        ("gbr110090030712", "GBR110090030712"),
    ],
)
def test_an_id_is_read_as_people_type_it(typed: str, plain: str) -> None:
    assert plain_resident_id(typed) == plain


@pytest.mark.parametrize(
    "typed",
    [
        "110105194912310021",
        "X10105194912310021",
        "",
        "1",
        "<script>",
        "110105491231002",
        "110105194902300020",
    ],
)
def test_a_mistyped_id_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match=r"login\.malformed_id"):
        plain_resident_id(typed)


def test_a_phone_may_have_its_country_code() -> None:
    assert plain_phone("+86 139-0000-0001") == "13900000001"
    with pytest.raises(Refused):
        plain_phone("0898-6655443")
