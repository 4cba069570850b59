"""Errors say who must act, with a stable code."""

import pytest

from primitives.errors import HouseError, NodeFault, PeerFault, Refused, Unavailable


@pytest.mark.parametrize("kind", [Refused, PeerFault, Unavailable, NodeFault])
def test_every_error_is_of_the_house_and_carries_its_code(kind):
    error = kind("bill.amounts_do_not_add_up", "total = fund + other + account + own", "amounts")
    assert isinstance(error, HouseError)
    assert (error.code, error.field) == ("bill.amounts_do_not_add_up", "amounts")
    assert str(error) == (
        "bill.amounts_do_not_add_up (amounts): total = fund + other + account + own"
    )


def test_an_error_without_detail_is_its_code():
    assert str(Refused("bill.unknown")) == "bill.unknown"
    assert str(Refused("bill.unknown", field="number")) == "bill.unknown (number)"


def test_public_facts_travel_with_a_refusal():
    error = Refused("bill.business_number_used", bill_code="46010126", bill_number=7)
    assert error.facts == {"bill_code": "46010126", "bill_number": 7}


def test_a_fault_of_the_node_names_its_exit_code():
    assert NodeFault("node.port_in_use").exit_code == 1
    assert NodeFault("config.unknown_key", exit_code=78).exit_code == 78
