"""The agency's desk: signed, with a short life, never the same twice."""

import asyncio

from ledger.ranges import AllotNumbers
from ledger.transaction import decode_transaction, signed_message
from node.desk import LIFE_MS, Desk
from primitives.signing import key_id, verify
from tests.support.virtual_loop import run_virtually
from tests.support.world import SeededEntropy, SeededSigner, VirtualClock

CHAIN = bytes(range(32))
OPERATION = AllotNumbers("hospital", "p", "01", "46060126", 1, 9)


def desk(expiry_max_ms: int) -> Desk:
    signer, entropy = SeededSigner("finance"), SeededEntropy("desk")
    return Desk(
        CHAIN,
        "finance",
        clock=VirtualClock(0),
        entropy=entropy,
        signer=signer,
        expiry_max_ms=expiry_max_ms,
    )


def test_a_transaction_is_the_agencys_and_signed_with_its_desk_key():
    async def story() -> None:
        made = desk(3_600_000).transaction([OPERATION])
        read = decode_transaction(made.data, CHAIN)
        assert read.envelope.agency == "finance"
        assert read.envelope.operations == (OPERATION,)
        message = signed_message(CHAIN, read.envelope_bytes)
        assert verify(SeededSigner("finance").desk_public_key, message, read.signature)

    run_virtually(story())


def test_two_equal_requests_are_two_transactions():
    async def story() -> None:
        one = desk(3_600_000)
        assert one.transaction([OPERATION]).id != one.transaction([OPERATION]).id

    run_virtually(story())


def test_a_transaction_lives_ten_minutes_or_as_long_as_the_ledger_allows():
    async def story() -> None:
        await asyncio.sleep(5)
        now_ms = VirtualClock(0).now_ms()
        assert desk(3_600_000).transaction([OPERATION]).envelope.expiry_ms == now_ms + LIFE_MS
        assert desk(1_000).transaction([OPERATION]).envelope.expiry_ms == now_ms + 1_000

    run_virtually(story())


def test_a_payment_is_signed_with_the_providers_key():
    async def story() -> None:
        made = desk(3_600_000).transaction([OPERATION], "provider")
        public = SeededSigner("finance").public_key("provider")
        message = signed_message(CHAIN, made.envelope_bytes)
        assert made.envelope.key_id == key_id(public)
        assert verify(public, message, made.signature)

    run_virtually(story())
