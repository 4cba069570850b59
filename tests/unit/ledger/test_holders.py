"""The holder's word: to a payer, and to a key on the holder's own device."""

import tracemalloc

import pytest

from ledger.bills import holder_key_of
from ledger.holders import RotateHolder, grant_message, is_signed_by, rotation_message
from primitives.signing import Signed, SigningKey
from tests.support.ledgers import CODE, HOLDER_KEY, Chain, issue, key_pair
from tests.support.money import MINUTE_MS, bill_at, new_town, reverse

MADE = key_pair("holder", "bill")
DEVICE = key_pair("holder", "device")
OTHER = key_pair("holder", "other device")


@pytest.fixture
def town() -> Chain:
    town = new_town()
    town.accept("hospital", issue("b1"), issue("b2"))
    return town


def move(
    town: Chain, to: SigningKey, *, by: SigningKey = MADE, number: int = 1, until_ms: int = 0
) -> RotateHolder:
    """Return the move of a bill to another key, signed by one key."""
    until_ms = until_ms or town.tip.time_ms + MINUTE_MS
    message = rotation_message(
        town.genesis.chain, CODE, number, new_key=to.public_key, until_ms=until_ms
    )
    return RotateHolder(CODE, number, to.public_key, until_ms, by.sign(message))


@pytest.mark.parametrize("sender", ["hospital", "health", "mutual", "bank"])
def test_any_agency_carries_the_word_of_a_holder_to_the_ledger(town: Chain, sender: str) -> None:
    town.accept(sender, move(town, DEVICE))
    bill = bill_at(town, 1)
    assert bill.moved_holder_key == DEVICE.public_key
    assert holder_key_of(bill) == DEVICE.public_key
    assert bill.holder_key == HOLDER_KEY


def test_from_then_on_the_key_made_for_the_bill_says_nothing(town: Chain) -> None:
    town.accept("health", move(town, DEVICE))
    assert town.refuse("health", move(town, OTHER)).code == "holder.bad_signature"
    town.accept("health", move(town, OTHER, by=DEVICE))
    assert holder_key_of(bill_at(town, 1)) == OTHER.public_key


def test_the_word_is_for_one_bill_one_key_and_one_end(town: Chain) -> None:
    word = move(town, DEVICE)
    others = [
        RotateHolder(CODE, 2, word.new_key, word.until_ms, word.signature),
        RotateHolder(CODE, 1, OTHER.public_key, word.until_ms, word.signature),
        RotateHolder(CODE, 1, word.new_key, word.until_ms + 1, word.signature),
        move(town, DEVICE, by=OTHER),
    ]
    for other in others:
        error = town.refuse("health", other)
        assert (error.code, error.field) == ("holder.bad_signature", "signature")


def test_a_word_counts_until_its_end(town: Chain) -> None:
    word = move(town, DEVICE, until_ms=town.tip.time_ms + 1_000)
    error = town.refuse("health", word, time_ms=word.until_ms + 1)
    assert (error.code, error.field) == ("holder.word_is_over", "until_ms")
    town.accept("health", word, time_ms=word.until_ms)


def test_a_word_moves_nothing_twice(town: Chain) -> None:
    town.accept("health", move(town, DEVICE))
    assert town.refuse("health", move(town, DEVICE)).code == "holder.same_key"
    assert town.refuse("health", move(town, DEVICE, by=DEVICE)).code == "holder.same_key"


def test_a_bill_never_goes_back_to_the_key_that_was_made_for_it(town: Chain) -> None:
    first = move(town, DEVICE)
    town.accept("health", first)
    back = move(town, MADE, by=DEVICE)
    error = town.refuse("health", back)
    assert (error.code, error.field) == ("holder.same_key", "new_key")


def test_a_key_that_is_none_is_refused(town: Chain) -> None:
    word = RotateHolder(CODE, 1, bytes(32), town.tip.time_ms + MINUTE_MS, bytes(64))
    error = town.refuse("health", word)
    assert (error.code, error.field) == ("holder.bad_key", "new_key")


def test_neither_a_reversed_nor_a_red_bill_moves(town: Chain) -> None:
    town.accept("hospital", reverse(1))
    assert town.refuse("health", move(town, DEVICE)).code == "bill.reversed"
    assert town.refuse("health", move(town, DEVICE, number=3)).code == "bill.is_red"
    assert town.refuse("health", move(town, DEVICE, number=9)).code == "bill.unknown"


def test_a_grant_and_a_move_are_different_strings(town: Chain) -> None:
    chain = town.genesis.chain
    grant = grant_message(
        chain, CODE, 1, payer="mutual", payer_class=3, purpose="reimbursement", until_ms=9
    )
    moved = rotation_message(chain, CODE, 1, new_key=DEVICE.public_key, until_ms=9)
    assert grant[:42] == b"piaolian\x01" + bytes([Signed.HOLDER_GRANT]) + chain
    assert moved[:42] == b"piaolian\x01" + bytes([Signed.HOLDER_ROTATION]) + chain


def test_long_messages_are_not_kept_for_the_sake_of_their_verdict() -> None:
    """An endorsement may be as long as a transaction; many of them must not stay in memory."""
    key = key_pair("holder", "bill")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(200):
            message = number.to_bytes(4, "big") * 12_500
            assert is_signed_by(key.public_key, message, key.sign(message))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000
