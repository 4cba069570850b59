"""Finance stops a unit at once, and lets it go on."""

import msgspec
import pytest

from ledger.agencies import Agency, agency_key
from ledger.orders import Order, order_key
from ledger.units import FreezeUnit, ReleaseUnit
from tests.support.ledgers import AGENCIES, Chain, allot, issue
from tests.support.lives import bill_at, issued, open_order, province, reverse

FREEZE = FreezeUnit("hospital", "rate_too_high")
RELEASE = ReleaseUnit("hospital")


@pytest.fixture
def chain() -> Chain:
    return province()


def hospital(chain: Chain) -> Agency:
    return chain.fact(agency_key("hospital"), Agency)


def test_a_frozen_unit_stands_so_in_its_leaf_and_nothing_else_changes(chain: Chain) -> None:
    before = hospital(chain)
    chain.accept("finance", FREEZE)
    assert hospital(chain) == msgspec.structs.replace(before, is_frozen=True)
    chain.accept("finance", RELEASE)
    assert hospital(chain) == before


def test_a_frozen_unit_issues_nothing_and_opens_no_order(chain: Chain) -> None:
    chain.accept("finance", FREEZE)
    for operation in (issue("a"), open_order(chain, "o-1")):
        assert chain.refuse("hospital", operation).code == "unit.frozen"
    chain.accept("finance", RELEASE)
    chain.accept("hospital", issue("a"), open_order(chain, "o-1"))
    assert chain.fact(order_key("hospital", "o-1"), Order)


def test_a_frozen_unit_still_reverses(chain: Chain) -> None:
    issued(chain, issue("a"))
    chain.accept("finance", FREEZE)
    chain.accept("hospital", reverse(1))
    assert bill_at(chain, 1).counterpart is not None


def test_other_units_go_on(chain: Chain) -> None:
    chain.accept("finance", msgspec.structs.replace(allot(1001, 1010), unit="clinic"), FREEZE)
    [bill] = issued(chain, issue("a"), agency="clinic")
    assert bill.number == 1001


def test_in_the_block_that_freezes_what_comes_after_is_refused(chain: Chain) -> None:
    built = chain.commit(
        chain.sign("hospital", issue("a")),
        chain.sign("finance", FREEZE),
        chain.sign("hospital", issue("b")),
    )
    assert [refusal.code for _, refusal in built.refused] == ["unit.frozen"]
    assert chain.view.bill_of("hospital", "b") is None


def test_what_is_frozen_is_not_frozen_again_and_what_issues_is_not_released(chain: Chain) -> None:
    refusal = chain.refuse("finance", RELEASE)
    assert (refusal.code, refusal.field) == ("unit.not_frozen", "unit")
    chain.accept("finance", FREEZE)
    refusal = chain.refuse("finance", FREEZE)
    assert (refusal.code, refusal.field) == ("unit.frozen", "unit")


@pytest.mark.parametrize("unit", ["nobody", "insurance"])
def test_only_a_hospital_is_frozen(chain: Chain, unit: str) -> None:
    for operation in (FreezeUnit(unit, "x"), ReleaseUnit(unit)):
        assert chain.refuse("finance", operation).code == "unit.unknown"


@pytest.mark.parametrize("agency", [name for name, role in AGENCIES if role != "finance"])
def test_only_finance_does_so(chain: Chain, agency: str) -> None:
    for operation in (FREEZE, RELEASE):
        assert chain.refuse(agency, operation, purpose="desk").code == "agency.wrong_role"
