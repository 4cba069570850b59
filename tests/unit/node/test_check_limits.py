"""How often one caller may check bills."""

import pytest

from node.check_limits import CALLERS_MAX, MINUTE_MS, CheckLimits
from primitives.errors import Refused


def test_so_many_in_any_minute_and_no_more():
    limits = CheckLimits(2)
    limits.count("a", 0)
    limits.count("a", 10_000)
    with pytest.raises(Refused) as caught:
        limits.count("a", 59_999)
    assert (caught.value.code, caught.value.facts["retry_after_s"]) == ("check.too_many", 1)
    limits.count("a", MINUTE_MS)
    with pytest.raises(Refused):
        limits.count("a", MINUTE_MS)


def test_callers_do_not_count_for_each_other_and_are_forgotten_in_the_end():
    limits = CheckLimits(1)
    limits.count("a", 0)
    for place in range(CALLERS_MAX):
        limits.count(f"b{place}", 0)
    limits.count("a", 0)
    with pytest.raises(Refused):
        limits.count("a", 0)
