"""What was heard is kept as it was first heard; what is looked for is bounded in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.database import Database
from portal.payments.ledger_client import PaymentFact
from portal.payments.receiver.inbox import LOOK_AFTER_S, SLOW_MS, Inbox, Payment
from portal.payments.receiver.schema import STEPS

FACT = PaymentFact("hospital", "1", 1305, "4200", 5, bytes(32))
PAYMENT = Payment("PL-1234", FACT)


@pytest.fixture(name="inbox")
def open_inbox(tmp_path: Path) -> Iterator[Inbox]:
    database = Database(tmp_path / "receiver.sqlite", STEPS)
    yield Inbox(database)
    database.close()


async def test_a_payment_is_kept_as_it_was_first_heard(inbox: Inbox) -> None:
    assert await inbox.hear(PAYMENT, 0) == PAYMENT
    other = Payment("PL-1234", PaymentFact("hospital", "1", 1305, "4200", 5, b"\x01" * 32))
    assert await inbox.hear(other, 0) == PAYMENT
    assert await inbox.payment("4200") == PAYMENT
    assert await inbox.payment("4201") is None


async def test_a_recorded_payment_is_handed_in_no_more(inbox: Inbox) -> None:
    await inbox.hear(PAYMENT, 0)
    assert await inbox.unrecorded_due(0, 10) == [PAYMENT]
    await inbox.recorded("4200")
    assert await inbox.unrecorded_due(2**60, 10) == []


async def test_the_ledger_is_asked_again_ever_more_slowly(inbox: Inbox) -> None:
    await inbox.hear(PAYMENT, 0)
    now_ms, pauses = 0, []
    for _ in range(7):
        (payment,) = await inbox.unrecorded_due(now_ms, 10)
        await inbox.record_later(payment, now_ms)
        pause_ms = 0
        while not await inbox.unrecorded_due(now_ms + pause_ms, 10):
            pause_ms += 1000
        pauses.append(pause_ms // 1000)
        now_ms += pause_ms
    assert pauses == [1, 5, 15, 60, 300, 300, 300]
    (payment,) = await inbox.unrecorded_due(now_ms, 10)
    await inbox.record_later(payment, now_ms, needs_people=True)
    assert await inbox.unrecorded_due(now_ms + SLOW_MS - 1, 10) == []


async def test_a_trade_that_is_known_is_not_looked_for(inbox: Inbox) -> None:
    await inbox.watch("PL-1234", 100, 0)
    await inbox.hear(PAYMENT, 0)
    assert await inbox.watched_due(2**60, 10) == []
    await inbox.watch("PL-1234", 100, 0)
    assert await inbox.watched_due(2**60, 10) == []


async def test_a_trade_is_looked_for_after_a_while_and_then_more_slowly(inbox: Inbox) -> None:
    await inbox.watch("PL-1234", 100, 0)
    await inbox.watch("PL-1234", 50, 0)
    assert await inbox.watched_due(LOOK_AFTER_S[0] * 1000 - 1, 10) == []
    (watched,) = await inbox.watched_due(LOOK_AFTER_S[0] * 1000, 10)
    assert watched.until_ms == 100
    await inbox.look_later(watched, 0)
    assert await inbox.watched_due(LOOK_AFTER_S[1] * 1000 - 1, 10) == []
    assert await inbox.watched_due(LOOK_AFTER_S[1] * 1000, 10)
