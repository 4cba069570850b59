"""Presence and absence of a claim, a reversal, an endorsement, a member: proved by the genesis."""

import pytest

from ledger.bills import RED, REVERSED, Bill
from ledger.claims import LockClaim
from ledger.endorsement import Endorsement
from ledger.leaf_types import read_leaf, state_key
from ledger.reversal import ReverseBill
from node.api.encoding import base64url
from node.api.proof import get_fact
from primitives.errors import Refused
from proofs.receipt import LeafFact, NoLeafFact, load_receipt
from proofs.verify import verify_receipt
from tests.support.market import Market
from tests.support.office import line
from tests.support.parts import virtually
from tests.support.town import until

CODE = "46060226"


async def proved(market: Market, path: str):
    """Return the fact that a receipt from a node proves by the genesis, and its leaf."""
    key = state_key(path)
    office = market.offices["finance"]
    answer = await office.ask(get_fact, key=base64url(key))
    assert "attachment" in answer.headers["Content-Disposition"]
    verified = verify_receipt(load_receipt(answer.body), market.genesis)
    leaf = None if verified.value is None else read_leaf(key, verified.value)
    return verified.fact, leaf


@virtually
async def test_a_claim_a_reversal_an_endorsement_and_a_member_are_proved() -> None:
    market = Market()
    await market.open()
    office = market.offices["hospital"]
    await office.issue(line("a"), line("b"))
    view = lambda: market.offices["finance"].services.view  # noqa: E731
    await until(lambda: view().leaf(state_key(f"b/{CODE}/1"), Bill) is not None)
    height = view().leaf(state_key(f"b/{CODE}/1"), Bill).height
    await until(lambda: view().leaf(state_key(f"e/{height}"), Endorsement) is not None)
    _, free = await proved(market, f"b/{CODE}/1")
    assert free.claim is None
    until_ms = office.services.clock.now_ms() + 60_000
    await market.level()
    await market.hand_in("insurance", LockClaim(CODE, 1, 1, "inpatient", 5, until_ms, None))
    await market.hand_in("hospital", ReverseBill(CODE, 2, "0a1b2c", "refund"))
    await market.level()
    fact, held = await proved(market, f"b/{CODE}/1")
    assert isinstance(fact, LeafFact)
    assert held.claim.lock.payer == "insurance"
    _, blue = await proved(market, f"b/{CODE}/2")
    _, red = await proved(market, f"b/{CODE}/3")
    assert (blue.validity, red.validity) == (REVERSED, RED)
    _, endorsement = await proved(market, f"e/{height}")
    assert endorsement.withheld == ()
    _, member = await proved(market, "a/hospital")
    assert member.roles == ("hospital",)
    for path in ("e/999999", "a/nobody", f"b/{CODE}/99", "y/health/p-1", "whatever"):
        fact, leaf = await proved(market, path)
        assert (isinstance(fact, NoLeafFact), leaf) == (True, None), path


@virtually
async def test_what_is_no_key_is_refused() -> None:
    market = Market()
    await market.open()
    for wrong in ("", "*", base64url(b"x" * 121)):
        with pytest.raises(Refused, match=r"request\.wrong_value"):
            await market.offices["finance"].ask(get_fact, key=wrong)
