"""The shared rules as numbers."""

import msgspec
import pytest

from ledger.endorsement import EndorseBills
from ledger.operations import tag_of
from ledger.originals import AnchorOriginals
from ledger.parameters import NEVER_CHECKED, Parameters, check_parameters, kind_of_bus_type
from ledger.people import IssueKey
from ledger.readiness import SignalReadiness
from primitives.codec import decode, encode
from tests.support.refusals import refused


def test_the_defaults_are_lawful_parameters() -> None:
    assert decode(encode(Parameters()), Parameters, 1000) == Parameters()


def test_a_business_type_names_its_bill_kind() -> None:
    assert [kind_of_bus_type(Parameters(), bus) for bus in ("01", "02", "03", "06")] == [
        "02",
        "01",
        "03",
        "04",
    ]


def test_an_unknown_business_type_has_no_kind() -> None:
    assert kind_of_bus_type(Parameters(), "99") is None


def test_the_first_round_is_not_longer_than_the_longest() -> None:
    check_parameters(Parameters(round_timeout_ms=30_000))
    with refused("parameter.wrong_value", "round_timeout_max_ms"):
        check_parameters(Parameters(round_timeout_ms=30_001))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bus_types", (("02", "01"), ("01", "02"))),
        ("bus_types", (("01", "01"), ("01", "02"))),
        ("checked_operations", (8, 2)),
        ("checked_operations", (2, 2)),
        ("checked_operations", (6,)),
        ("checked_operations", (31,)),
        ("statutory_payers", (("b", 1), ("a", 1))),
        ("document_kinds", (("01", 30), ("01", 40))),
    ],
)
def test_a_list_has_each_once_ascending_and_with_one_meaning(field: str, value: tuple) -> None:
    with refused("parameter.wrong_value", field):
        check_parameters(msgspec.structs.replace(Parameters(), **{field: value}))


def test_what_nodes_sign_by_themselves_and_the_giving_of_keys_wait_for_no_checker() -> None:
    kinds = (EndorseBills, AnchorOriginals, SignalReadiness, IssueKey)
    assert {tag_of(kind) for kind in kinds} == NEVER_CHECKED
