from node.clock import SystemClock


def test_the_clock_tells_milliseconds_of_this_century():
    now_ms = SystemClock().now_ms()
    assert 1_700_000_000_000 < now_ms < 4_100_000_000_000
    assert SystemClock().now_ms() >= now_ms
