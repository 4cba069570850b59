"""What people write is read exactly, or refused."""

import click
import pytest

from cli.arguments import CODE, KEY_ID, NUMBER, WHEN, YUAN, new_check_code, now_ms


def read(kind, text):
    return kind.convert(text, None, None)


def test_yuan_are_read_as_fen_exactly():
    assert [read(YUAN, text) for text in ("13.05", "13", "0.5", "13.050")] == [1305, 1300, 50, 1305]
    for wrong in ("13,05", "-1", "1e3", "13.005", "１", "", "NaN"):
        with pytest.raises(click.BadParameter):
            read(YUAN, wrong)


def test_moments_are_local_and_a_day_means_its_end():
    assert read(WHEN, "2026-12-31") == 1_798_732_799_999
    assert read(WHEN, "2026-12-31T08:00") == 1_798_675_200_000
    assert read(WHEN, "2026-12-31T00:00+00:00") == 1_798_675_200_000
    for text, span_ms in (("30d", 30 * 86_400_000), ("12h", 43_200_000), ("45m", 2_700_000)):
        assert abs(read(WHEN, text) - now_ms() - span_ms) < 5_000
    for wrong in ("tomorrow", "0d", "30", "2026-13-01", "-1d"):
        with pytest.raises(click.BadParameter):
            read(WHEN, wrong)


def test_bills_and_keys_are_named_by_digits():
    assert read(CODE, "46060126") == "46060126"
    assert read(NUMBER, "12") == "12"
    assert read(KEY_ID, "0F1E2D3C4B5A6978") == "Dx4tPEtaaXg"
    for kind, wrong in (
        *((CODE, text) for text in ("4606012", "４６０６０１２６", "")),
        *((NUMBER, text) for text in ("12345678901", "-1", "1e3", "")),
        *((KEY_ID, text) for text in ("0f", "zz" * 8, "")),
    ):
        with pytest.raises(click.BadParameter):
            read(kind, wrong)


def test_a_check_code_is_random():
    codes = {new_check_code() for _ in range(50)}
    assert len(codes) > 45
    assert all(len(code) == 6 and code.isalnum() and code == code.lower() for code in codes)
