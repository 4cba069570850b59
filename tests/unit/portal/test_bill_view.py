"""What the page makes of a bill's details."""

import json

import pytest

from portal.pages.bill_view import read_details
from primitives.errors import Unavailable
from tests.support.portal_node import his_line


def details_of(**changes: object) -> str:
    return json.dumps(his_line(**changes), ensure_ascii=False)


def test_figures_keep_their_text() -> None:
    text = details_of().replace('"amt": "13.05"', '"amt": 136.00')
    assert read_details(text).classes[0].amount == "136.00"


def test_lines_without_a_class_on_the_face_are_shown_last() -> None:
    line = his_line()["listDetail"][0]
    lines = [line | {"chargeCode": "99"}, line]
    classes = read_details(details_of(listDetail=lines)).classes
    assert [(group.name, len(group.lines)) for group in classes] == [("诊察费", 1), ("", 1)]
    assert classes[1].lines[0].field == "listDetail/0"


def test_a_class_named_twice_shows_each_line_once() -> None:
    charge = his_line()["chargeDetail"][0]
    details = read_details(details_of(chargeDetail=[charge, charge]))
    assert sum(len(group.lines) for group in details.classes) == details.line_count == 1


def test_a_stay_is_shown_when_both_days_are_known() -> None:
    details = read_details(details_of(inHospitalDate="20260102", outHospitalDate="20260105"))
    assert details.stay == ("2026-01-02", "2026-01-05")
    assert read_details(details_of(inHospitalDate="20260102")).stay is None


def test_what_a_hospital_left_out_is_left_out() -> None:
    details = read_details("{}")
    assert (details.payer, details.visit, details.line_count) == ("", "", 0)


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "[" * 100_000])
def test_details_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(Unavailable):
        read_details(text)
