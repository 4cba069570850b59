"""Reading a hospital's line: every rule, every kind of bad input."""

import json
from typing import Any

import msgspec
import pytest

from ledger.bill_details import CLOCK_SKEW_MS, read_bill_line
from ledger.bills import Amounts
from ledger.documents import TEXT_SIZE_MAX
from ledger.parameters import Parameters
from primitives.errors import Refused
from tests.support.his_lines import NOW_MS, encoded, good_line, hospital_day, with_value
from tests.support.refusals import refused

PARAMETERS = Parameters()


def read(line: bytes, now_ms: int = NOW_MS):
    return read_bill_line(line, PARAMETERS, now_ms)


def without(name: str) -> bytes:
    line = good_line()
    del line[name]
    return encoded(line)


def edited(**fields: Any) -> bytes:
    return encoded(good_line() | fields)


def test_a_whole_day_of_a_hospital_is_read() -> None:
    details = [read(line) for line in hospital_day()]
    assert len(details) == 1295
    assert len({detail.business_number for detail in details}) == 1295
    kinds = [detail.kind for detail in details]
    assert [kinds.count(kind) for kind in ("01", "02", "03")] == [1204, 45, 46]


def test_a_line_tells_the_issuer_what_goes_on_the_chain_and_keeps_its_text() -> None:
    line = encoded(good_line())
    details = read(line)
    assert details.text == line
    assert (details.business_number, details.kind, details.place) == ("b-1", "02", "460000001")
    assert details.amounts == Amounts(3000, 2000, 0, 400, 600)
    assert (details.id_number, details.phone) == ("11010519491231002X", "13914740092")
    assert details.line_numbers == ("l-1", "l-2")


def test_nothing_personal_shows_when_details_are_printed() -> None:
    shown = repr(read(encoded(good_line())))
    for secret in ("马娜", "11010519491231002X", "13914740092", "l-1", "3000"):
        assert secret not in shown


def test_figures_may_be_text_or_numbers() -> None:
    text = encoded(good_line()).replace(b'"totalAmt": "30.00"', b'"totalAmt": 30.00')
    assert read(text).amounts.total == 3000


def test_optional_fields_may_be_missing_empty_or_null() -> None:
    line = good_line() | {"idCardNo": "", "tel": "", "email": None}
    del line["listDetail"], line["consultationDate"], line["inHospitalDate"], line["otherInfo"]
    details = read(encoded(line))
    assert (details.id_number, details.phone, details.line_numbers) == ("", "", ())


class TestSums:
    """Rules 1 to 5 and 7: what must add up."""

    @pytest.mark.parametrize(
        ("path", "value", "code", "field"),
        [
            ("totalAmt", "30.01", "his.sum_of_classes", "totalAmt"),
            ("totalAmt", "29.99", "his.sum_of_classes", "totalAmt"),
            ("listDetail.1.chargeCode", "02", "his.sum_of_lines", "listDetail"),
            ("listDetail.1.chargeCode", "77", "his.unknown_class", "listDetail[1].chargeCode"),
            ("fundPay", "20.01", "his.payment_split", "ownPay"),
            ("otherfundPay", "0.01", "his.payment_split", "ownPay"),
            ("selfPayAmt", "7.01", "his.personal_part", "selfPayAmt"),
            ("payChannelDetail.0.payChannelValue", "24.01", "his.pay_channels", "payChannelDetail"),
            ("listDetail.1.amt", "9.98", "his.line_product", "listDetail[1].amt"),
            ("listDetail.0.number", 2, "his.line_product", "listDetail[0].amt"),
            ("chargeDetail.0.std", "20.01", "his.line_product", "chargeDetail[0].amt"),
            ("refundAmount", "5.01", "his.prepaid_sum", "prepayAmount"),
            ("chargeDetail", [], "his.missing_field", "chargeDetail"),
        ],
    )
    def test_a_figure_that_breaks_a_sum_is_refused(
        self, path: str, value: Any, code: str, field: str
    ) -> None:
        with refused(code, field):
            read(with_value(path, value))

    def test_a_product_is_rounded_to_the_fen_and_no_further(self) -> None:
        read(with_value("listDetail.1.amt", "10.00"))
        read(with_value("listDetail.1.amt", "9.995"))
        with refused("his.line_product"):
            read(with_value("listDetail.1.amt", "9.9948"))

    def test_a_price_or_quantity_may_be_missing(self) -> None:
        line = good_line()
        del line["listDetail"][1]["std"], line["chargeDetail"][0]["number"]
        read(encoded(line))

    @pytest.mark.parametrize(("lines", "rounding"), [("10.04", "-0.04"), ("9.95", "0.05")])
    def test_a_rounding_line_makes_a_class_whole(self, lines: str, rounding: str) -> None:
        line = good_line()
        line["listDetail"][1] |= {"std": lines, "number": 1, "amt": lines}
        line["listDetail"].append(
            {"listDetailNo": "l-3", "chargeCode": "09", "name": "货币误差", "amt": rounding}
        )
        read(encoded(line))

    def test_a_rounding_line_is_small(self) -> None:
        line = good_line()
        line["listDetail"][1] |= {"std": "9.94", "number": 1, "amt": "9.94"}
        line["listDetail"].append(
            {"listDetailNo": "l-3", "chargeCode": "09", "name": "货币误差", "amt": "0.06"}
        )
        with refused("his.rounding_too_large", "listDetail[2].amt"):
            read(encoded(line))

    def test_two_entries_of_one_class_count_together(self) -> None:
        line = good_line()
        line["chargeDetail"][1] |= {"chargeCode": "02"}
        line["listDetail"][1] |= {"chargeCode": "02"}
        read(encoded(line))

    @pytest.mark.parametrize(
        ("rule", "path", "value", "code"),
        [
            ("personal_part_rule", "selfPayAmt", "7.01", "his.personal_part"),
            ("pay_channels_rule", "payChannelDetail.0.payChannelValue", "1.00", "his.pay_channels"),
            ("prepaid_sum_rule", "refundAmount", "5.01", "his.prepaid_sum"),
        ],
    )
    def test_a_rule_of_the_province_is_kept_or_not(
        self, rule: str, path: str, value: str, code: str
    ) -> None:
        line = with_value(path, value)
        with refused(code):
            read(line)
        loose = msgspec.structs.replace(PARAMETERS, **{rule: False})
        read_bill_line(line, loose, NOW_MS)

    def test_the_personal_part_is_not_compared_when_others_pay_of_it(self) -> None:
        read(edited(otherfundPay="1.00", fundPay="19.00", selfPayAmt="8.00"))

    def test_the_personal_part_is_compared_where_both_its_fields_stand(self) -> None:
        read(without("selfConceitedAmt"))
        read(without("prepayAmount"))


class TestFigures:
    """A figure is plain ASCII digits, in range, never negative."""

    @pytest.mark.parametrize(
        "figure",
        ["NaN", "1e3", "-0", "１３.05", "+1", "", " 1", "1.", ".5", "01.00", "1,000.00", "0x10"],
    )
    @pytest.mark.parametrize("path", ["totalAmt", "listDetail.0.amt", "listDetail.0.number"])
    def test_no_other_form_is_a_figure(self, path: str, figure: str) -> None:
        with refused("figure.malformed", path.replace(".0.", "[0].")):
            read(with_value(path, figure))

    @pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity"])
    def test_json_that_is_no_json_is_no_figure(self, literal: bytes) -> None:
        with refused("figure.malformed", "totalAmt"):
            read(encoded(good_line()).replace(b'"totalAmt": "30.00"', b'"totalAmt": ' + literal))
        with refused("figure.malformed", "otherInfo[0].infoValue"):
            read(encoded(good_line()).replace(b'"100.00"', literal))

    @pytest.mark.parametrize("literal", [b"3e1", b"-0", b"-30.00", b"3E1"])
    def test_a_number_of_json_is_held_to_the_same_form(self, literal: bytes) -> None:
        with refused("figure.malformed", "totalAmt"):
            read(encoded(good_line()).replace(b'"totalAmt": "30.00"', b'"totalAmt": ' + literal))

    def test_a_negative_line_that_is_no_rounding_is_refused(self) -> None:
        with refused("figure.malformed", "listDetail[0].amt"):
            read(with_value("listDetail.0.amt", "-20.00"))

    @pytest.mark.parametrize(
        ("path", "figure", "code"),
        [
            ("totalAmt", "30.001", "figure.too_fine"),
            ("totalAmt", "1000000000000.00", "figure.out_of_range"),
            ("listDetail.0.amt", "10000000000.0000", "figure.out_of_range"),
            ("listDetail.0.number", "1000000000000.00", "figure.out_of_range"),
            ("listDetail.0.number", "0.001", "figure.too_fine"),
            ("listDetail.0.std", "0.00001", "figure.too_fine"),
        ],
    )
    def test_a_figure_keeps_to_its_fields_digits(self, path: str, figure: str, code: str) -> None:
        with refused(code, path.replace(".0.", "[0].")):
            read(with_value(path, figure))


class TestDates:
    """Rule 6: nothing in the future, nobody leaves before coming."""

    @pytest.mark.parametrize(
        ("path", "value", "code"),
        [
            ("busDateTime", "20260230101500000", "his.bad_date"),
            ("busDateTime", "2026-09-20", "his.bad_date"),
            ("consultationDate", "20260931", "his.bad_date"),
            ("outHospitalDate", "20260909", "his.date_order"),
            ("busDateTime", "20261020101500000", "his.in_the_future"),
            ("consultationDate", "20261020", "his.in_the_future"),
            ("outHospitalDate", "20261020", "his.in_the_future"),
        ],
    )
    def test_a_date_that_cannot_be_is_refused(self, path: str, value: str, code: str) -> None:
        with refused(code, path):
            read(with_value(path, value))

    def test_a_hospitals_clock_may_be_a_little_ahead(self) -> None:
        line = with_value("busDateTime", "20260921221320000")
        read(line, NOW_MS - CLOCK_SKEW_MS)
        with refused("his.in_the_future", "busDateTime"):
            read(line, NOW_MS - CLOCK_SKEW_MS - 1)


class TestForm:
    """JSON that says one thing only, in fields that are known."""

    def test_a_duplicate_list_line_is_refused(self) -> None:
        with refused("his.duplicate_list_line", "listDetail[1].listDetailNo"):
            read(with_value("listDetail.1.listDetailNo", "l-1"))

    def test_a_field_that_stands_twice_is_refused_at_any_depth(self) -> None:
        line = encoded(good_line())
        with refused("his.duplicate_key", "totalAmt"):
            read(line.replace(b'"totalAmt"', b'"totalAmt": "30.00", "totalAmt"'))
        with refused("his.duplicate_key", "selfAmt"):
            read(line.replace(b'"selfAmt"', b'"selfAmt": "0.00", "selfAmt"', 1))

    def test_an_unknown_field_is_refused_with_the_nearest_known_one(self) -> None:
        with pytest.raises(Refused) as caught:
            read(edited(totalAmmt="30.00"))
        assert (caught.value.code, caught.value.field) == ("his.unknown_field", "totalAmmt")
        assert "totalAmt" in caught.value.detail

    def test_an_unknown_field_like_no_other_is_sent_to_the_extension_list(self) -> None:
        with pytest.raises(Refused) as caught:
            read(with_value("listDetail.0.zzz", "1"))
        assert caught.value.field == "listDetail[0].zzz"
        assert "otherInfo" in caught.value.detail

    @pytest.mark.parametrize("key", ["马娜", "11010519491231002X", "x" * 200])
    def test_no_error_repeats_a_key_that_could_be_a_person(self, key: str) -> None:
        with pytest.raises(Refused) as caught:
            read(edited(**{key: "1"}))
        assert key not in str(caught.value)

    @pytest.mark.parametrize("name", ["busNo", "totalAmt", "fundPay", "payChannelDetail"])
    def test_a_missing_field_is_named(self, name: str) -> None:
        with refused("his.missing_field", name):
            read(without(name))
        with refused("his.missing_field", name):
            read(edited(**{name: None}))

    def test_a_missing_field_of_a_list_line_is_named(self) -> None:
        line = good_line()
        del line["listDetail"][1]["amt"]
        with refused("his.missing_field", "listDetail[1].amt"):
            read(encoded(line))

    @pytest.mark.parametrize("line", [b"", b"{", b"\xff{}", b"nonsense", b"{} {}"])
    def test_what_is_no_json_is_refused(self, line: bytes) -> None:
        with refused("his.malformed"):
            read(line)

    @pytest.mark.parametrize("line", [b"[]", b"1", b'"x"', b"null"])
    def test_what_is_no_object_is_refused(self, line: bytes) -> None:
        with refused("his.malformed"):
            read(line)

    def test_a_line_beyond_256_kib_is_refused_unread(self) -> None:
        with refused("his.too_long"):
            read(b" " * (TEXT_SIZE_MAX + 1))

    def test_a_line_nested_too_deep_is_refused(self) -> None:
        with refused("his.too_deep"):
            read(b'{"listDetail":' + b"[" * 200_000)

    def test_an_unknown_business_type_is_refused(self) -> None:
        with refused("his.unknown_bus_type", "busType"):
            read(with_value("busType", "99"))

    def test_an_error_never_shows_what_stands_in_the_field(self) -> None:
        secrets = {"payer": "马\u202e娜", "idCardNo": "110105194912310021", "totalAmt": "77.77"}
        for path, value in secrets.items():
            with pytest.raises(Refused) as caught:
                read(with_value(path, value))
            assert value not in str(caught.value)
            assert value not in json.dumps(caught.value.facts)
