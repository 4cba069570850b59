"""Days are read oldest first, when their statement is there, until they are closed."""

from pathlib import Path

from portal.database import Database
from portal.payments.moments import DAY_MS, HOUR_MS, day_start_ms
from portal.payments.receiver.days import Days
from portal.payments.receiver.schema import STEPS

MORNING_MS = day_start_ms("2026-09-21") + 10 * HOUR_MS


async def due(days: Days, now_ms: int) -> list[str]:
    return await days.due(now_ms, days_back=2, ready_hour_ms=10 * HOUR_MS)


async def test_a_day_is_due_until_it_is_closed(tmp_path: Path) -> None:
    database = Database(tmp_path / "receiver.sqlite", STEPS)
    days = Days(database)
    assert await due(days, MORNING_MS - 1) == ["2026-09-19"]
    assert await due(days, MORNING_MS) == ["2026-09-19", "2026-09-20"]
    await days.close("2026-09-20")
    await days.later("2026-09-19", MORNING_MS + 5)
    assert await due(days, MORNING_MS) == []
    assert await due(days, MORNING_MS + 5) == ["2026-09-19"]
    later = await due(days, MORNING_MS + 30 * DAY_MS)
    assert later == ["2026-09-19", "2026-10-19", "2026-10-20"]
    await days.close("2026-09-19")
    assert "2026-09-19" not in await due(days, MORNING_MS + 200 * DAY_MS)
    database.close()
