"""What the demo reads out of a day before it begins."""

import json

from scripts.his_day import CHARGES_EACH, CHARGES_MAX, PEOPLE_MAX, Need, as_order, read_day

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


def charged(number, person, **more):
    return bill(number, 2, **{"idCardNo": person, "tel": "y", "ownPay": "1.50", **more})


def charges(found, shown=""):
    issued = {number: {"check_code": f"c{number}"} for number in found.bills}
    return found.charges(issued, shown)


def test_an_order_is_a_line_once_more_with_numbers_of_its_own(tmp_path):
    line = json.dumps(charged("1", "p"))
    again, before = json.loads(as_order(line)), json.loads(line)
    assert again.pop("busNo") == "1-P"
    assert [item["listDetailNo"] for item in again.pop("listDetail")] == ["1-0-P", "1-1-P"]
    assert again == {name: before[name] for name in again}


def test_orders_are_for_those_who_have_a_phone_and_something_to_pay(tmp_path):
    found = day(
        tmp_path,
        charged("1", "p"),
        charged("2", "q", tel=""),
        charged("3", "r", ownPay="0.00"),
        charged("4", ""),
        charged("5", "s", ownPay="100.00"),
    )
    told = [(charge.person, charge.check_code, charge.order) for charge in charges(found)]
    assert told == [("p", "c1", "1-P"), ("s", "c5", "5-P")]
    assert found.charges({}, "") == []


def test_the_shown_patient_has_one_order_and_it_is_the_last(tmp_path):
    found = day(tmp_path, charged("1", "shown"), charged("2", "shown"), charged("3", "p"))
    assert [charge.order for charge in charges(found, "shown")] == ["3-P", "1-P"]


def test_orders_are_few_and_of_few_people(tmp_path):
    bills = [charged(f"{person}{place}", f"p{person}") for person in "abcdef" for place in "123456"]
    found = charges(day(tmp_path, *bills))
    people = [charge.person for charge in found]
    assert len(found) == CHARGES_MAX
    assert len(set(people)) <= PEOPLE_MAX
    assert max(map(people.count, people)) <= CHARGES_EACH
