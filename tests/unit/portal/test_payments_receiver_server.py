"""What arrives from outside: announcements of portals, bodies of any kind; what is told."""

import json
import sqlite3
from pathlib import Path

import pytest

from portal.payments.numbers import trade_number
from tests.support.payments_town import Town, town


async def test_a_trade_that_was_announced_is_found_without_a_notice(tmp_path: Path) -> None:
    async with town(tmp_path, company_settings="[chaos]\nlost_percent = 100\n") as it:
        await announce(it, "1")
        await it.pay_order("1", 1305)
        await it.sweep()
        assert it.node.payments == {}
        it.clock.time_ms += 20_000
        await it.sweep()
        assert len(it.node.payments) == 1


async def test_a_trade_that_is_never_paid_is_looked_for_until_it_is_closed(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.open("1", 1305)
        await announce(it, "1")
        for _ in range(40):
            it.clock.time_ms += 300_000
            await it.sweep()
        asked = await watched(it)
        assert asked == []
        assert it.node.payments == {}


async def announce(it: Town, order: str) -> None:
    """Tell the receiver of a trade as a portal does."""
    told = {"out_trade_no": trade_number("hospital", order, 1), "expires_ms": 2**60}
    assert await it.receiver.company.send_to(it.receiver.url + "/expected", told) == 200


async def watched(it: Town) -> list[str]:
    connection = sqlite3.connect(it.folder / "bank/payments/receiver.sqlite")
    rows = connection.execute("SELECT out_trade_no FROM watched").fetchall()
    connection.close()
    return [row[0] for row in rows]


async def test_an_announcement_without_the_merchants_signature_is_refused(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        body = json.dumps({"out_trade_no": "PL-1234", "expires_ms": 1}).encode()
        assert await it.post("/expected", body, {}) == 401
        header = it.signer().authorization("POST", "/expected", body)
        assert await it.post("/expected", body + b" ", {"Authorization": header}) == 401
        assert await it.post("/expected", body, {"Authorization": header}) == 200
        assert await watched(it) == ["PL-1234"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"out_trade_no": "x", "expires_ms": 1}', b'{"out_trade_no": "PL-1234"}'],
)
async def test_an_announcement_of_another_form_is_refused(tmp_path: Path, body: bytes) -> None:
    async with town(tmp_path) as it:
        header = it.signer().authorization("POST", "/expected", body)
        assert await it.post("/expected", body, {"Authorization": header}) == 400
        assert await watched(it) == []


async def test_a_body_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        assert await it.post("/notify", b"x" * 70_000, {}) == 413


async def test_the_files_are_their_owners_alone_and_logs_name_nobody(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("MZ-4711", 987_654)
        await it.turn()
        for file in (tmp_path / "bank/payments").iterdir():
            assert file.stat().st_mode & 0o077 == 0
        for secret in ("987654", "9876.54", "MZ-4711", "oSIM"):
            assert secret not in it.log.getvalue()
