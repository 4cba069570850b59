"""What may not be done is refused through the API with a code, a field and what to do about it."""

import json

import pytest

from ledger.keys import KeyLimits
from ledger.people import IssueKey, RevokeKey
from ledger.reversal import ReverseBill
from ledger.transaction import Envelope, build
from ledger.units import FreezeUnit
from node.api.encoding import base64url
from node.api.transactions import submit_transactions
from primitives.signing import SigningKey, key_id
from tests.support.market import Market
from tests.support.office import line
from tests.support.parts import virtually
from tests.support.world import SeededSigner, seed_bytes

CODE = "46060226"
PERSON = SigningKey(seed_bytes("clerk"))
REVERSAL = ReverseBill(CODE, 1, "0a1b2c", "refund")


async def opened() -> Market:
    """Return a market with one bill."""
    market = Market()
    await market.open()
    await market.offices["hospital"].issue(line("a"))
    await market.level()
    return market


def signed(market, operation, *, agency="hospital", key=None, **changes):
    """Return a transaction's text as base64url; a change of the envelope may make it wrong."""
    office = market.offices[agency]
    signer = SeededSigner(agency)
    public = signer.public_key("desk") if key is None else key.public_key
    envelope = Envelope(
        chain=changes.get("chain", office.services.desk.chain),
        agency=agency,
        key_id=key_id(public),
        expiry_ms=changes.get("expiry_ms", office.services.clock.now_ms() + 60_000),
        operations=(operation,),
        acknowledgments=(),
        nonce=b"n" * 16,
    )
    if changes.get("forged"):
        return base64url(build(envelope, lambda _: b"\x01" * 64).data)
    if key is not None:
        return base64url(build(envelope, key.sign).data)
    return base64url(build(envelope, lambda m: signer.sign_transaction(m, "desk")).data)


async def told(market, text, query="wait_ms=9000", at="hospital"):
    """Return the answer to one transaction."""
    body = json.dumps({"transactions": [text]}).encode()
    return (await market.offices[at].ask(submit_transactions, query, body=body)).items[0]


@virtually
async def test_each_wrong_transaction_is_told_what_is_wrong() -> None:
    market = await opened()
    now_ms = market.offices["hospital"].services.clock.now_ms()
    wrong = {
        ("transaction.wrong_chain", "chain"): signed(market, REVERSAL, chain=b"\x01" * 32),
        ("transaction.expired", "expiry_ms"): signed(market, REVERSAL, expiry_ms=now_ms - 1),
        ("transaction.expiry_too_far", "expiry_ms"): signed(market, REVERSAL, expiry_ms=2**60),
        ("transaction.bad_signature", "signature"): signed(market, REVERSAL, forged=True),
        ("agency.unknown_key", "key_id"): signed(market, REVERSAL, key=PERSON),
        ("agency.wrong_role", None): signed(market, REVERSAL, agency="finance"),
        ("bill.unknown", "number"): signed(market, ReverseBill(CODE, 9, "0a1b2c", "refund")),
    }
    for query in ("wait_ms=9000", "dry_run=1"):
        for (code, field), text in wrong.items():
            answer = await told(market, text, query)
            assert (answer.status, answer.problem.code) == ("refused", code)
            assert answer.problem.field == field, code
            assert answer.problem.fix
            assert answer.problem.status in (400, 422)


@virtually
async def test_a_replay_is_answered_with_the_first_receipt() -> None:
    market = await opened()
    text = signed(market, REVERSAL)
    assert (await told(market, text, "dry_run=1")).status == "lawful"
    first = await told(market, text)
    assert first.status == "committed"
    assert await told(market, text) == first
    again = await told(market, text, "dry_run=1")
    assert again.problem.code == "transaction.duplicate"
    anew = await told(
        market, signed(market, REVERSAL, expiry_ms=market["hospital"].clock.now_ms() + 9_000)
    )
    assert (anew.problem.code, anew.problem.field) == ("bill.reversed", "number")


@virtually
async def test_a_withdrawn_key_signs_nothing_more() -> None:
    market = await opened()
    until_ms = market["hospital"].clock.now_ms() + 10**9
    limits = KeyLimits((), (), 10**9, 50, 5, 0, 1440)
    issue = IssueKey("desk", PERSON.public_key, "c-17", limits, until_ms)
    await market.hand_in("hospital", issue, purpose="governance")
    text = signed(market, REVERSAL, key=PERSON)
    assert (await told(market, text, "dry_run=1")).status == "lawful"
    revoke = RevokeKey(key_id(PERSON.public_key))
    await market.hand_in("hospital", revoke, purpose="governance")
    answer = await told(market, text)
    assert (answer.problem.code, answer.problem.field) == ("key.revoked", "key_id")
    assert answer.problem.fix


@virtually
async def test_a_stopped_unit_is_told_so() -> None:
    market = await opened()
    await market.hand_in("finance", FreezeUnit("hospital", "rate_too_high"))
    await market.level()
    (refused,) = await market.offices["hospital"].issue(line("z"))
    outcome = getattr(refused, "outcome", refused)
    assert outcome.code == "unit.frozen"


@pytest.mark.parametrize("text", ["AAAA", base64url(b"\x93\x00")])
def test_bytes_that_are_no_transaction_are_told_so(text):
    @virtually
    async def story() -> None:
        market = await opened()
        for query in ("", "dry_run=1"):
            answer = await told(market, text, query)
            assert (answer.status, answer.problem.code) == ("refused", "codec.malformed")

    story()
