"""What the demo reads out of a day before it begins."""

import json

from scripts.his_day import Need, read_day

KINDS = {"02": "01", "01": "02"}


def day(tmp_path, *bills):
    file = tmp_path / "day.jsonl"
    file.write_text(
        "\n".join(bill if isinstance(bill, str) else json.dumps(bill) for bill in bills)
    )
    return read_day(file)


def bill(number, lines=1, place="a", bus_type="02", **more):
    details = [{"listDetailNo": f"{number}-{line}"} for line in range(lines)]
    return {"busNo": number, "busType": bus_type, "placeCode": place, "listDetail": details, **more}


def test_every_place_gets_numbers_of_every_kind(tmp_path):
    found = day(tmp_path, bill("1"), bill("2"), bill("3", place="b"), bill("4", bus_type="99"))
    assert found.needs(KINDS) == [
        Need("a", "01", 2),
        Need("a", "02", 0),
        Need("b", "01", 1),
        Need("b", "02", 0),
    ]


def test_lines_that_cannot_be_read_are_counted_and_left_alone(tmp_path):
    found = day(tmp_path, bill("1"), "{", "", "[1]", '{"busNo": 7}')
    assert (found.lines, list(found.bills)) == (4, ["1"])


def test_the_patient_to_show_has_a_phone_and_some_lines(tmp_path):
    known = {"idCardNo": "x", "tel": "y"}
    found = day(
        tmp_path,
        bill("1", 10),
        bill("2", 1, **known),
        bill("3", 12, **known),
        bill("4", 9, **known),
    )
    assert found.patient({"1": 0, "2": 0, "3": 0})["busNo"] == "3"
    assert found.patient({"1": 0, "2": 0})["busNo"] == "2"
    assert found.patient({"1": 0}) is None
