"""A life as a table: what leads where, and what is refused with which code."""

import pytest

from ledger.axes import Axis, Never, No
from tests.support.refusals import refused

LAMP = Axis(
    "lamp",
    "灯",
    ("OFF 关", "ON 开", "PART_BROKEN 半坏"),
    {
        "Press": ((1,), (0,), No("lamp.broken", "get another")),
        "Drop": ((0, 2), (0, 2), Never("lamp.gone", "look elsewhere", "it falls once")),
    },
)


def test_a_cell_of_one_state_leads_to_it() -> None:
    assert (LAMP.move(0, "Press"), LAMP.move(1, "Press")) == (1, 0)


def test_a_cell_of_several_states_leads_to_the_one_that_is_asked_for() -> None:
    assert [LAMP.move(1, "Drop", to) for to in (0, 2)] == [0, 2]


def test_a_cell_that_refuses_names_its_code_and_the_field() -> None:
    with refused("lamp.broken", "lamp"):
        LAMP.move(2, "Press", field="lamp")


def test_a_cell_that_nothing_meets_refuses_all_the_same() -> None:
    with refused("lamp.gone"):
        LAMP.move(2, "Drop", 0)


def test_a_check_that_asks_for_a_state_outside_the_cell_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="lamp/Press does not lead to PART_BROKEN"):
        LAMP.move(0, "Press", 2)
    with pytest.raises(AssertionError, match="lamp/Drop may lead to several states"):
        LAMP.move(0, "Drop")


def test_a_row_has_a_cell_for_each_state() -> None:
    with pytest.raises(AssertionError, match="lamp/Press lacks a cell"):
        Axis("lamp", "灯", ("OFF 关", "ON 开"), {"Press": ((1,),)})


def test_a_state_is_named_as_the_api_writes_it() -> None:
    assert [LAMP.state_name(state) for state in range(3)] == ["off", "on", "part_broken"]
