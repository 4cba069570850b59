"""The shared rules as numbers."""

from ledger.parameters import Parameters, kind_of_bus_type
from primitives.codec import decode, encode


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
