"""The company's settings and folder."""

from pathlib import Path

import pytest

from portal.payments.simulator.config import load_config
from primitives.errors import NodeFault
from tests.support.payments_town import (
    APPID,
    MCHID,
    company_folder,
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[web]\nlisten = "17405"\n', "web.listen: write address:port"),
        ('[web]\nlisten = "0.0.0.0:17405"\n', "web.listen: loopback only"),
        ("[chaos]\nlost_percent = 101\n", "chaos.lost_percent: write 0 to 100"),
        ('[times]\nstatement = "later"\n', "times.statement: write one of"),
        ("[times]\nstatement_hour = 24\n", "times.statement_hour"),
        ("[times]\nsecond = 3\n", "did you mean 'second_ms'?"),
    ],
)
def test_a_mistake_in_its_settings_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "provider.toml").write_text(text)
    with pytest.raises(NodeFault) as caught:
        load_config(tmp_path / "provider.toml")
    assert said in str(caught.value)
    assert caught.value.exit_code == 78


def test_a_fresh_folder_keeps_its_secrets_to_its_owner() -> None:
    config = load_config(company_folder() / "provider.toml")
    assert (config.merchant.mchid, config.merchant.appid) == (MCHID, APPID)
    secret = [*company_folder().rglob("*.key*"), *company_folder().rglob("*_key.pem")]
    assert len(secret) == 3
    assert {file.stat().st_mode & 0o777 for file in secret} == {0o600}
