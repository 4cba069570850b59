"""What a merchant asks is read as strictly as the real company does."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.payments_company import body_of, code_of
from tests.support.payments_town import (
    town,
)


@pytest.mark.parametrize(
    "change",
    [
        {"out_trade_no": "short"},
        {"out_trade_no": "x" * 33},
        {"out_trade_no": "has space"},
        {"amount": {"total": 0}},
        {"amount": {"total": 13.05}},
        {"amount": {"total": 1, "currency": "USD"}},
        {"description": ""},
        {"description": "x" * 128},
        {"attach": "票" * 43},
        {"notify_url": "https://h/notify?x=1"},
        {"notify_url": "ftp://h/"},
        {"time_expire": "yesterday"},
        {"time_expire": "2026-09-21T21:00:00+08:00"},
        {"appid": "other"},
    ],
)
async def test_a_trade_of_another_form_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    async with town(tmp_path) as it:
        code = await code_of(it.receiver.company.open_native(body_of(it, **change)))
        assert code in ("PARAM_ERROR", "APPID_MCHID_NOT_MATCH")
