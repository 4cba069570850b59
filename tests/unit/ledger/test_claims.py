"""Claims: one payer at a time by lease, one standing settlement a class, within the burden."""

import msgspec
import pytest

from ledger.bills import SETTLEMENTS_MAX, Claim, Lock, Settlement
from ledger.claims import require_no_claim
from ledger.holders import RotateHolder, rotation_message
from ledger.references import ReferenceUse, settlement_key
from tests.support.ledgers import CODE, GENESIS_TIME_MS, Chain, issue, key_pair
from tests.support.money import (
    DAY_MS,
    MINUTE_MS,
    STATUTORY,
    bill_at,
    endorsed_bill,
    granted,
    lock,
    new_town,
    release,
    reverse,
    settle,
    take_back,
    tally_at,
)
from tests.support.refusals import refused


@pytest.fixture
def town() -> Chain:
    town = new_town()
    assert endorsed_bill(town, "b1") == 1
    return town


def claim_of(town: Chain, number: int = 1) -> Claim:
    claim = bill_at(town, number).claim
    assert claim is not None
    return claim


def after_lease(town: Chain) -> int:
    """Return the time at which the bill's lease is over."""
    held = claim_of(town).lock
    assert held is not None
    return held.until_ms


def test_a_payer_with_statutory_power_holds_a_bill(town: Chain) -> None:
    operation = lock(town, 1, 6110)
    town.accept("insurance", operation)
    held = Lock("insurance", 1, "reimbursement", 6110, operation.until_ms)
    assert claim_of(town) == Claim(held, ())
    assert tally_at(town).locked == 1


def test_a_payer_without_statutory_power_needs_the_holders_grant(town: Chain) -> None:
    error = town.refuse("mutual", lock(town, 1, 100, payer_class=3))
    assert (error.code, error.field) == ("claim.no_power", "grant")
    town.accept("mutual", lock(town, 1, 100, payer_class=3, grant=granted(town, 1)))
    held = claim_of(town).lock
    assert held is not None
    assert (held.payer, held.payer_class) == ("mutual", 3)


def test_statutory_power_is_for_its_class_alone(town: Chain) -> None:
    assert town.refuse("insurance", lock(town, 1, 100, payer_class=3)).code == "claim.no_power"


@pytest.mark.parametrize(
    "other",
    [
        {"payer": "insurance"},
        {"payer_class": 5},
        {"purpose": "study"},
        {"holder": key_pair("hospital", "desk")},
    ],
)
def test_a_grant_for_something_else_opens_nothing(town: Chain, other: dict) -> None:
    operation = lock(town, 1, 100, payer_class=3, grant=granted(town, 1, **other))
    assert town.refuse("mutual", operation).code == "holder.bad_signature"


def test_a_grant_for_another_bill_opens_nothing(town: Chain) -> None:
    endorsed_bill(town, "b2")
    operation = lock(town, 1, 100, payer_class=3, grant=granted(town, 2))
    assert town.refuse("mutual", operation).code == "holder.bad_signature"


def test_the_end_of_a_grant_is_part_of_it(town: Chain) -> None:
    grant = msgspec.structs.replace(granted(town, 1), until_ms=GENESIS_TIME_MS + 2 * DAY_MS)
    operation = lock(town, 1, 100, payer_class=3, grant=grant)
    assert town.refuse("mutual", operation).code == "holder.bad_signature"


def test_a_grant_that_is_over_opens_nothing(town: Chain) -> None:
    until_ms = town.tip.time_ms + 1_000
    operation = lock(town, 1, 1, payer_class=3, grant=granted(town, 1, until_ms=until_ms))
    error = town.refuse("mutual", operation, time_ms=until_ms + 1)
    assert error.code == "holder.word_is_over"
    town.accept("mutual", operation, time_ms=until_ms)


def test_a_grant_of_a_key_that_the_holder_left_opens_nothing(town: Chain) -> None:
    device = key_pair("holder", "device")
    until_ms = town.tip.time_ms + MINUTE_MS
    message = rotation_message(
        town.genesis.chain, CODE, 1, new_key=device.public_key, until_ms=until_ms
    )
    word = key_pair("holder", "bill").sign(message)
    grant = granted(town, 1)
    town.accept("hospital", RotateHolder(CODE, 1, device.public_key, until_ms, word))
    operation = lock(town, 1, 100, payer_class=3, grant=grant)
    assert town.refuse("mutual", operation).code == "holder.bad_signature"
    newer = granted(town, 1, holder=device)
    town.accept("mutual", lock(town, 1, 100, payer_class=3, grant=newer))


def test_a_held_bill_is_refused_to_others_who_are_told_the_class_alone(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100, payer_class=2))
    error = town.refuse("mutual", lock(town, 1, 100, payer_class=3, grant=granted(town, 1)))
    assert (error.code, error.facts) == ("claim.locked", {"payer_class": 2, "operation": 0})
    assert town.refuse("insurance", lock(town, 1, 100)).code == "claim.locked"


def test_a_lease_that_lapsed_is_taken_over_and_counted_once(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    until_ms = after_lease(town)
    late = lock(town, 1, 200, payer_class=3, lease_ms=DAY_MS, grant=granted(town, 1))
    assert town.refuse("mutual", late, time_ms=until_ms - 1).code == "claim.locked"
    town.accept("mutual", late, time_ms=until_ms)
    assert tally_at(town).locked == 1
    assert town.refuse("insurance", settle(1, 100, "s1")).code == "claim.not_yours"
    assert town.refuse("insurance", release(1)).code == "claim.not_yours"


def test_a_settlement_after_the_lease_is_refused(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    until_ms = after_lease(town)
    assert town.refuse("insurance", settle(1, 1, "s"), time_ms=until_ms).code == "claim.lease_over"
    town.accept("insurance", settle(1, 1, "s"), time_ms=until_ms - 1)


@pytest.mark.parametrize("lease_ms", [0, 30 * DAY_MS + 51])
def test_a_lease_ends_later_and_within_the_limit(town: Chain, lease_ms: int) -> None:
    error = town.refuse("insurance", lock(town, 1, 1, lease_ms=lease_ms))
    assert (error.code, error.field) == ("claim.lease_too_long", "until_ms")


def test_a_lease_may_end_a_moment_later_or_at_the_limit_and_not_now(town: Chain) -> None:
    now_ms = town.tip.time_ms + 1_000
    for lease_ms, lawful in ((1_000, False), (1_001, True), (30 * DAY_MS + 1_000, True)):
        operation = lock(town, 1, 1, lease_ms=lease_ms)
        refusals = town.build(town.sign("insurance", operation), time_ms=now_ms).refused
        assert (not refusals) == lawful


def test_a_settlement_frees_the_bill_and_uses_its_class_up(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    town.accept("insurance", settle(1, 60, "s1"))
    paid = Settlement("insurance", 1, 60, "s1", town.tip.time_ms, False)
    assert claim_of(town) == Claim(None, (paid,))
    assert tally_at(town).locked == 0
    use = town.fact(settlement_key("insurance", "s1"), ReferenceUse)
    assert use == ReferenceUse(CODE, 1)
    error = town.refuse("insurance", lock(town, 1, 1))
    assert (error.code, error.field) == ("claim.class_settled", "payer_class")
    town.accept("insurance", lock(town, 1, 1, payer_class=2))


def test_no_more_is_settled_than_was_locked(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    error = town.refuse("insurance", settle(1, 101, "s1"))
    assert (error.code, error.field) == ("claim.exceeds_lock", "amount_fen")
    town.accept("insurance", settle(1, 100, "s1"))


def test_all_settlements_together_stay_within_what_the_holder_bears() -> None:
    town = new_town()
    endorsed_bill(town, "b1", own=100, account=50, fund=9999)
    assert town.refuse("insurance", lock(town, 1, 151)).code == "claim.exceeds_burden"
    town.accept("insurance", lock(town, 1, 150))
    town.accept("insurance", settle(1, 120, "s1"))
    assert town.refuse("insurance", lock(town, 1, 31, payer_class=2)).code == "claim.exceeds_burden"
    town.accept("insurance", lock(town, 1, 30, payer_class=2))
    town.accept("insurance", settle(1, 30, "s2"))
    third = lock(town, 1, 1, payer_class=3, grant=granted(town, 1))
    assert town.refuse("mutual", third).code == "claim.exceeds_burden"


def test_a_settlement_number_serves_its_payer_once(town: Chain) -> None:
    endorsed_bill(town, "b2")
    town.accept("insurance", lock(town, 1, 100), lock(town, 2, 100))
    town.accept("insurance", settle(1, 1, "s1"))
    error = town.refuse("insurance", settle(2, 1, "s1"))
    assert (error.code, error.field) == ("claim.reference_used", "reference")
    town.accept("insurance", release(2))
    town.accept("mutual", lock(town, 2, 1, payer_class=3, grant=granted(town, 2)))
    town.accept("mutual", settle(2, 1, "s1"))


def test_only_who_holds_a_bill_settles_it(town: Chain) -> None:
    assert town.refuse("insurance", settle(1, 1, "s1")).code == "claim.not_locked"
    assert town.refuse("insurance", release(1)).code == "claim.not_locked"
    town.accept("insurance", lock(town, 1, 100))
    assert town.refuse("mutual", settle(1, 1, "s1")).code == "claim.not_yours"
    assert town.refuse("mutual", release(1)).code == "claim.not_yours"


def test_a_payer_lets_go_and_another_may_hold(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    town.accept("insurance", release(1))
    assert claim_of(town) == Claim(None, ())
    assert tally_at(town).locked == 0
    town.accept("mutual", lock(town, 1, 1, payer_class=3, grant=granted(town, 1)))


def test_finance_releases_a_lapsed_lease_and_none_before(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    until_ms = after_lease(town)
    assert town.refuse("finance", release(1), time_ms=until_ms - 1).code == "claim.not_yours"
    town.accept("finance", release(1), time_ms=until_ms)
    assert tally_at(town).locked == 0


def test_a_payer_takes_its_settlement_back_and_the_class_is_free(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 6110))
    town.accept("insurance", settle(1, 6110, "s1"))
    town.accept("insurance", take_back(1, "s1"))
    assert claim_of(town).settlements[0].is_reversed
    assert town.refuse("insurance", take_back(1, "s1")).code == "claim.not_settled"
    town.accept("insurance", lock(town, 1, 6110))
    assert town.refuse("insurance", settle(1, 1, "s1")).code == "claim.reference_used"
    town.accept("insurance", settle(1, 6110, "s2"))
    assert [item.is_reversed for item in claim_of(town).settlements] == [True, False]


def test_a_settlement_is_taken_back_while_another_holds_the_bill(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    town.accept("insurance", settle(1, 100, "s1"))
    town.accept("mutual", lock(town, 1, 10, payer_class=3, grant=granted(town, 1)))
    town.accept("insurance", take_back(1, "s1"))
    held = claim_of(town).lock
    assert held is not None
    assert held.payer == "mutual"
    assert tally_at(town).locked == 1


def test_only_its_payer_takes_a_settlement_back(town: Chain) -> None:
    assert town.refuse("insurance", take_back(1, "s1")).code == "claim.not_settled"
    town.accept("insurance", lock(town, 1, 100))
    town.accept("insurance", settle(1, 100, "s1"))
    assert town.refuse("mutual", take_back(1, "s1")).code == "claim.not_yours"
    error = town.refuse("insurance", take_back(1, "s2"))
    assert (error.code, error.field) == ("claim.not_settled", "reference")


def test_two_payers_with_one_settlement_number_each_take_back_their_own(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    town.accept("insurance", settle(1, 100, "2026-1"))
    town.accept("mutual", lock(town, 1, 10, payer_class=3, grant=granted(town, 1)))
    town.accept("mutual", settle(1, 10, "2026-1"))
    town.accept("mutual", take_back(1, "2026-1"))
    assert [item.is_reversed for item in claim_of(town).settlements] == [False, True]
    assert town.refuse("mutual", take_back(1, "2026-1")).code == "claim.not_yours"
    town.accept("insurance", take_back(1, "2026-1"))
    assert [item.is_reversed for item in claim_of(town).settlements] == [True, True]


def test_a_bill_is_not_reversed_while_held_or_settled(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    assert town.refuse("hospital", reverse(1)).code == "bill.locked"
    town.accept("insurance", settle(1, 100, "s1"))
    assert town.refuse("hospital", reverse(1)).code == "bill.settled"
    town.accept("insurance", take_back(1, "s1"))
    town.accept("hospital", reverse(1))


def test_a_lapsed_lease_does_not_keep_a_bill_and_can_still_be_released(town: Chain) -> None:
    town.accept("insurance", lock(town, 1, 100))
    until_ms = after_lease(town)
    town.accept("hospital", reverse(1), time_ms=until_ms)
    assert town.refuse("insurance", settle(1, 1, "s1")).code == "claim.lease_over"
    assert tally_at(town).locked == 1
    town.accept("finance", release(1))
    assert tally_at(town).locked == 0


def test_neither_a_reversed_nor_a_red_bill_is_claimed(town: Chain) -> None:
    town.accept("hospital", reverse(1))
    assert town.refuse("insurance", lock(town, 1, 1)).code == "bill.reversed"
    assert town.refuse("insurance", lock(town, 2, 1)).code == "bill.is_red"


def test_a_bill_that_finance_did_not_endorse_opens_no_claim() -> None:
    town = new_town()
    town.accept("hospital", issue("b1"))
    assert town.refuse("insurance", lock(town, 1, 1)).code == "bill.not_endorsed"


@pytest.mark.parametrize("operation", [settle(9, 1, "s"), release(9), take_back(9, "s")])
def test_an_unknown_bill_is_not_claimed(town: Chain, operation) -> None:
    assert town.refuse("insurance", operation).code == "bill.unknown"
    assert town.refuse("insurance", lock(town, 9, 1)).code == "bill.unknown"


def test_a_hospital_claims_nothing(town: Chain) -> None:
    assert town.refuse("hospital", lock(town, 1, 1)).code == "agency.wrong_role"


def test_a_bill_keeps_so_many_settlements_and_no_more(town: Chain) -> None:
    for index in range(SETTLEMENTS_MAX):
        town.accept("insurance", lock(town, 1, 1))
        town.accept("insurance", settle(1, 1, f"s{index}"))
        town.accept("insurance", take_back(1, f"s{index}"))
    assert town.refuse("insurance", lock(town, 1, 1)).code == "claim.too_many"


def test_the_longest_lease_is_a_parameter() -> None:
    town = new_town(msgspec.structs.replace(STATUTORY, claim_lease_max_ms=MINUTE_MS))
    endorsed_bill(town, "b1")
    error = town.refuse("insurance", lock(town, 1, 1, lease_ms=2 * MINUTE_MS))
    assert error.code == "claim.lease_too_long"


def test_a_bill_whose_lease_is_over_counts_as_free(town: Chain) -> None:
    held = msgspec.structs.replace(
        bill_at(town, 1), claim=Claim(Lock("insurance", 1, "x", 1, 100), ())
    )
    with refused("bill.locked"):
        require_no_claim(held, 99)
    require_no_claim(held, 100)
