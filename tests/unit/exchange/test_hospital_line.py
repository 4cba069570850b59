"""The hospital's line as texts."""

import pytest

from exchange.hospital_line import HospitalLine, read_hospital_line, write_hospital_line
from tests.support.his_lines import encoded, good_line, hospital_day, with_value
from tests.support.refusals import refused


def test_a_figure_keeps_the_digits_it_came_with() -> None:
    line = read_hospital_line(
        b'{"busNo":"1","totalAmt":136.00,"chargeDetail":[{"amt":"1.10","number":2}]}'
    )
    assert line.fields["totalAmt"] == "136.00"
    assert line.charges == ({"amt": "1.10", "number": "2"},)


@pytest.mark.parametrize(
    ("changes", "medical_type"),
    [
        ({"busType": "01"}, "2"),
        ({"busType": "02"}, "1"),
        ({"busType": "02", "inHospitalDate": "20260901"}, "2"),
        ({"busType": "02", "medicalType": "3"}, "3"),
        ({"busType": "02", "medicalType": "门诊"}, "1"),
    ],
)
def test_the_medical_type_is_the_one_given_or_that_of_the_visit(
    changes: dict[str, str], medical_type: str
) -> None:
    line = read_hospital_line(encoded({"busNo": "1", **changes}))
    assert line.medical_type == medical_type
    assert line.is_inpatient == (medical_type == "2")


@pytest.mark.parametrize("text", [*hospital_day()[::50], encoded(good_line())])
def test_a_line_written_and_read_says_the_same(text: bytes) -> None:
    line = read_hospital_line(text)
    assert read_hospital_line(write_hospital_line(line)) == line


def test_an_empty_field_and_a_missing_one_are_the_same() -> None:
    empty = read_hospital_line(b'{"busNo":"1","remark":"","sex":null,"otherInfo":null}')
    assert empty == read_hospital_line(b'{"busNo":"1"}')
    assert empty == HospitalLine({"busNo": "1"}, (), ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xff", "his.malformed"),
        (b"[]", "his.malformed"),
        (b"[" * 100_000, "his.malformed"),
        (b'{"busNo":"1","busNo":"1"}', "his.duplicate_key"),
        (b'{"nobody":"1"}', "his.unknown_field"),
        (b'{"totalAmt":NaN}', "his.wrong_type"),
        (b'{"totalAmt":1e3}', "figure.malformed"),
        (b'{"listDetail":[1]}', "his.wrong_type"),
        (with_value("payer", "马\u202e娜"), "his.forbidden_character"),
        (b" " * (2**20 + 1), "his.too_long"),
    ],
)
def test_a_line_that_the_ledger_would_not_take_is_refused(text: bytes, code: str) -> None:
    with refused(code):
        read_hospital_line(text)
