"""Amounts in Chinese capitals: given vectors, and agreement with a second formulation."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.amount_words import amount_words
from primitives.units import AMOUNT_FEN_MAX

VECTORS = {
    1305: "壹拾叁元零伍分",
    100000: "壹仟元整",
    10050000: "壹拾万零伍佰元整",
    10000001: "壹拾万元零壹分",
    123456789: "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分",
    1010: "壹拾元壹角整",
    5: "伍分",
    50: "伍角整",
    55: "伍角伍分",
    0: "零元整",
    -1305: "负壹拾叁元零伍分",
    10_001_000_00: "壹仟万壹仟元整",
    100_001_000_00: "壹亿零壹仟元整",
    100_000_001_00: "壹亿零壹元整",
    1_000_100_000_00: "壹拾亿零壹拾万元整",
    20219_82: "贰万零贰佰壹拾玖元捌角贰分",
}


@pytest.mark.parametrize(("fen", "words"), VECTORS.items())
def test_given_amounts_are_written_as_the_rule_has_them(fen: int, words: str) -> None:
    assert amount_words(fen) == words


def by_rewriting(fen: int) -> str:
    """Write every place, zeros too, then tidy the text with rewriting rules."""
    digits = f"{abs(fen):03d}"
    names = ["分", "角", "元", "拾", "佰", "仟", "万", "拾", "佰", "仟", "亿", "拾", "佰", "仟"]
    pairs = zip(digits, reversed(names[: len(digits)]), strict=True)
    text = "".join("零壹贰叁肆伍陆柒捌玖"[int(digit)] + name for digit, name in pairs)
    text = re.sub("零[仟佰拾角]", "零", text)
    text = re.sub("零分$", "整", text)
    text = re.sub("零+", "零", text)
    text = re.sub("零([亿万元])", r"\1", text)
    text = text.replace("亿万", "亿零")
    text = re.sub("零+", "零", text)
    text = re.sub("零元", "元", text)
    text = re.sub("零整$", "整", text)
    text = re.sub("^元零?", "", text)
    text = "零元整" if text in ("", "整") else text
    return ("负" if fen < 0 else "") + text


@given(st.integers(-AMOUNT_FEN_MAX, AMOUNT_FEN_MAX))
@example(100_001_000_00)
@example(10_000_00)
@example(1)
def test_two_formulations_write_the_same_words(fen: int) -> None:
    assert amount_words(fen) == by_rewriting(fen)


def read_back(words: str) -> int:
    """Return the fen that a reader understands."""
    sign = -1 if words.startswith("负") else 1
    total = section = digit = 0
    yuan = 0
    places = {"拾": 10, "佰": 100, "仟": 1000}
    for char in words.lstrip("负").removesuffix("整"):
        if char in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(char)
        elif char in places:
            section, digit = section + digit * places[char], 0
        elif char in "万亿":
            total, section, digit = (
                total + (section + digit) * (10**4 if char == "万" else 10**8),
                0,
                0,
            )
        elif char == "元":
            yuan, total, section, digit = total + section + digit, 0, 0, 0
        else:
            total, digit = total + digit * (10 if char == "角" else 1), 0
    return sign * (yuan * 100 + total)


@given(st.integers(-AMOUNT_FEN_MAX, AMOUNT_FEN_MAX))
def test_a_reader_gets_the_figure_back(fen: int) -> None:
    assert read_back(amount_words(fen)) == fen
