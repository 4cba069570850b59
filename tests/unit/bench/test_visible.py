"""The figures about records are computed as they are said to be."""

import pytest

from bench.billing import Issued
from bench.visible import Pair, Seen, quantile, ratio


def test_a_quantile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(500, 0, -1)]
    assert quantile(values, 0.5) == 250
    assert quantile(values, 0.99) == 495
    assert quantile(values, 1.0) == 500
    assert quantile([7.0], 0.99) == 7.0


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_a_ratio_is_the_median_of_the_pairs_and_not_of_all_values() -> None:
    def window(*latencies_ms: float) -> Issued:
        return Issued(latencies_ms=list(latencies_ms))

    pairs: list[Pair] = [
        (window(10.0, 11.0), window(12.0, 30.0)),
        (window(20.0, 21.0), window(22.0, 40.0)),
        (window(100.0, 101.0), window(400.0, 401.0)),
    ]
    assert ratio(pairs, 0.5) == pytest.approx(1.2)
    assert Seen(pairs=pairs).quiet_ms(0.5) == 20.0


def test_what_failed_is_counted_in_all_windows() -> None:
    seen = Seen(
        pairs=[(Issued(failed=1), Issued(turned_away=2))], open_pairs=[(Issued(), Issued(failed=3))]
    )
    assert seen.failed == 6
