"""Fields of a hospital's line: text that shows what it says, ids that can be."""

from typing import Any

import pytest

from ledger import his_fields
from ledger.his_fields import BILL, CHANNEL, CHARGE, LINE, OTHER, Figure
from tests.support.refusals import refused


@pytest.mark.parametrize(
    "name",
    [
        "马娜",
        "阿依古丽·买买提",
        "Jorge Luis",
        "José O'Neill-Vela",
        "王红之子（双胞胎1）",
        "王红之女",
        "Nguyễn Thị Ánh",
        "Çağla",
        "Lǚ",
        "",
    ],
)
def test_names_of_people_are_accepted(name: str) -> None:
    assert BILL["payer"](name, "payer") == name


@pytest.mark.parametrize(
    "name",
    [
        "马\u0000娜",
        "马\n娜",
        "马\u202e娜",
        "马\u2066娜",
        "马\u200b娜",
        "马\ufeff娜",
        "马\u3000娜",
        "马\u00a0娜",
        "\ud800",
        "M\u0430 Na",
        "ＭＡ",
        "⽺",
        "马娜😀",
        "ﬁ",
        "ſ",
        "\u0251",
        "\u01c3",
        "\u0392",
    ],
)
def test_names_with_hidden_or_lookalike_characters_are_refused(name: str) -> None:
    with refused("his.forbidden_character", "payer"):
        BILL["payer"](name, "payer")


@pytest.mark.parametrize(
    "name",
    [
        "Jose\u0301",
        "e\u0301",
        "\u212bsa",
        "\uf900",
        "a\u0323\u0302",
        " 马娜",
        "马娜 ",
        "Jorge  Luis",
    ],
)
def test_a_name_has_one_spelling_the_normal_one(name: str) -> None:
    with refused("his.not_normalised", "payer"):
        BILL["payer"](name, "payer")


@pytest.mark.parametrize(
    "text", ["氯雷他定片（10mg×6片）", "α-干扰素", "①级护理 ㎎", "lisinopril 10 MG"]
)
def test_names_of_medicines_may_have_other_signs(text: str) -> None:
    assert LINE["name"](text, "name") == text


def test_hidden_characters_are_refused_in_every_text() -> None:
    with refused("his.forbidden_character", "name"):
        LINE["name"]("lisino\u200dpril", "name")


@pytest.mark.parametrize(
    ("readers", "field", "size"),
    [(BILL, "payer", 100), (BILL, "busNo", 50), (LINE, "listDetailNo", 60), (LINE, "unit", 20)],
)
def test_a_text_is_as_long_as_its_field(readers: Any, field: str, size: int) -> None:
    assert readers[field]("a" * size, field) == "a" * size
    with refused("his.text_too_long" if field != "busNo" else "his.wrong_value", field):
        readers[field]("a" * (size + 1), field)


@pytest.mark.parametrize(
    ("readers", "field", "value"),
    [
        (BILL, "payer", 7),
        (BILL, "payer", Figure("7")),
        (BILL, "totalAmt", True),
        (BILL, "totalAmt", []),
        (BILL, "listDetail", {}),
        (BILL, "listDetail", ["x"]),
        (BILL, "age", []),
    ],
)
def test_a_value_of_another_type_is_refused(readers: Any, field: str, value: Any) -> None:
    with refused("his.wrong_type", field):
        readers[field](value, field)


@pytest.mark.parametrize(
    ("readers", "field", "value"),
    [
        (BILL, "busNo", ""),
        (BILL, "busNo", "a b"),
        (BILL, "busNo", "单号"),
        (BILL, "placeCode", "a/b"),
        (BILL, "payerType", "3"),
        (BILL, "tel", "0898-123456"),
        (BILL, "tel", "１３914740092"),
        (LINE, "medicalCareType", "4"),
    ],
)
def test_a_value_of_another_form_is_refused(readers: Any, field: str, value: Any) -> None:
    with refused("his.wrong_value", field):
        readers[field](value, field)


def test_figures_are_read_as_integers_of_their_smallest_unit() -> None:
    assert CHARGE["amt"]("13.05", "amt") == 1305
    assert LINE["amt"](Figure("13.0512"), "amt") == 130_512
    assert LINE["amt"]("-0.05", "amt") == -500
    assert LINE["number"](Figure("371"), "number") == 37_100
    assert CHARGE["sortNo"](Figure("3"), "sortNo") == 3
    assert CHANNEL["payChannelValue"]("1", "payChannelValue") == 100


def test_what_connectors_write_either_way_is_read_either_way() -> None:
    assert BILL["age"]("3岁", "age") == BILL["age"]("3岁", "age")
    assert OTHER["infoNo"](Figure("1"), "infoNo") == "1"


def test_an_empty_date_is_no_date() -> None:
    assert his_fields.date("", "inHospitalDate") == ""
