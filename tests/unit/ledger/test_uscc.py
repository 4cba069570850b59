"""Credit codes: known ones, the remainder 0, and every slip of one character."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc as other

from ledger.uscc import check_digit, has_organisation_digit, is_uscc

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
KNOWN = ("91110108551385082Q", "12320900E875065319")


@pytest.mark.parametrize("code", KNOWN)
def test_a_known_code_is_valid_and_so_is_the_organisation_code_inside(code: str) -> None:
    assert is_uscc(code)
    assert has_organisation_digit(code)


def test_a_remainder_of_0_gives_the_digit_0() -> None:
    assert check_digit("12460000428000015") == "0"
    assert is_uscc("124600004280000150")


@pytest.mark.parametrize("code", KNOWN)
def test_no_slip_of_one_character_goes_unseen(code: str) -> None:
    for place in range(18):
        for character in ALPHABET:
            slip = code[:place] + character + code[place + 1 :]
            assert is_uscc(slip) is (slip == code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "91110108551385082q",
        " 91110108551385082Q",
        "91110108551385082Q ",
        "9111010855138508-2Q",
        "9111010855138508",
        "911101085513850820Q",
        "９1110108551385082Q",
        "01110108551385082Q",
        "9I110108551385082Q",
        "91110108O51385082Q",
        "91110108551385082Q\n",
    ],
)
def test_a_text_of_another_form_is_none(code: str) -> None:
    assert not is_uscc(code)


@pytest.mark.parametrize("body", ["01110108551385082", "B1110108551385082", "9111010A551385082"])
def test_an_unknown_department_or_region_is_refused_though_the_digit_fits(body: str) -> None:
    assert not is_uscc(body + check_digit(body))


def test_departments_with_letters_have_codes_too() -> None:
    body = "N2460000MF1234567"
    assert is_uscc(body + check_digit(body))


@given(st.from_regex(rf"[1-9][1-9][0-9]{{6}}[{ALPHABET}]{{9}}", fullmatch=True))
def test_a_second_program_finds_the_same_check_digit(body: str) -> None:
    assert check_digit(body) == other.calc_check_digit(body)


@given(st.integers(0, 8), st.sampled_from("0123456789"))
def test_the_organisation_code_has_a_digit_of_its_own(place: int, digit: str) -> None:
    code = KNOWN[0]
    slip = code[: 8 + place] + digit + code[9 + place :]
    assume(slip != code)
    # 10 weighs as much as nothing only where the weight is a multiple of 11: no weight is.
    assert not has_organisation_digit(slip)
