from consensus.timeouts import (
    DELAY_ROUNDS_MAX,
    Timing,
    is_timely,
    message_delay_ms,
    round_timeout_ms,
)

TIMING = Timing()


def test_timeouts_double_to_a_cap():
    assert [round_timeout_ms(TIMING, r) for r in range(7)] == [
        1_000,
        2_000,
        4_000,
        8_000,
        16_000,
        30_000,
        30_000,
    ]


def test_the_allowed_age_grows_by_a_tenth_a_round_and_then_stays():
    assert [message_delay_ms(TIMING, r) for r in range(3)] == [5_000, 5_500, 6_050]
    most = message_delay_ms(TIMING, DELAY_ROUNDS_MAX)
    assert message_delay_ms(TIMING, 10**6) == most
    assert 500_000 < most < 600_000


def test_a_fresh_block_is_timely_within_precision_and_delay():
    now = 1_000_000

    def timely(time_ms: int, round_: int = 0) -> bool:
        return is_timely(TIMING, round_, time_ms=time_ms, received_ms=now)

    assert timely(now + 500)
    assert not timely(now + 501)
    assert timely(now - 5_500)
    assert not timely(now - 5_501)
    assert timely(now - 5_501, 1)
