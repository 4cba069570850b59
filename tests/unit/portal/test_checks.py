"""Checks are counted a bill and limited an address."""

from pathlib import Path

from portal.checks import CheckCounts, CheckLimits
from portal.config import CheckSection

LIMITS = CheckSection(checks_max=3, wrong_max=2, window_ms=1_000)


async def test_each_bill_has_its_own_count_and_keeps_it(tmp_path: Path) -> None:
    counts = CheckCounts(tmp_path / "checks.sqlite")
    assert [await counts.count(b"one"), await counts.count(b"one")] == [1, 2]
    assert await counts.count(b"other") == 1
    counts.close()
    counts = CheckCounts(tmp_path / "checks.sqlite")
    assert await counts.count(b"one") == 3
    counts.close()


def test_checks_in_vain_block_an_address_sooner_than_good_ones_and_for_a_window() -> None:
    limits = CheckLimits(LIMITS)
    assert limits.take(b"a", 0) == 0
    limits.in_vain(b"a", 0)
    assert limits.take(b"a", 0) == 0
    limits.in_vain(b"a", 0)
    assert limits.take(b"a", 400) == 600
    assert limits.take(b"b", 400) == 0
    assert limits.take(b"a", 1_000) == 0


def test_good_checks_are_limited_too() -> None:
    limits = CheckLimits(LIMITS)
    assert [limits.take(b"a", 0) for _ in range(4)] == [0, 0, 0, 1_000]
