"""The receiver's settings: every mistake is one clear line."""

from pathlib import Path

import pytest

from portal.payments.receiver.config import load_config
from primitives.errors import NodeFault
from tests.support.payments_town import stranger_pair, town


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('mchid = "1900000109"', 'mchid = "19-0"', "merchant.mchid: write up to 32"),
        ('payee = "hospital"', "", "receiver.payee: is required"),
        ('listen = "127.0.0.1:0"', 'listen = "0.0.0.0:1"', "web.listen: loopback only"),
        ('listen = "127.0.0.1:0"', 'listen = "1"', "web.listen: write address:port"),
        ("[receiver]", "[receiver]\nstatement_hour = 24", "receiver.statement_hour"),
        ("[receiver]", "[receiver]\nstatement_days = 91", "receiver.statement_days"),
        ('url = "http://127.0.0.1', 'url = "http://10.0.0.1', "plain http is for loopback only"),
        ("[merchant]", '[merchant]\npublic_key_id = "PUB"', "belong together"),
        ("[data]", '[log]\nlevel = "loud"\n[data]', "log.level"),
    ],
)
async def test_a_mistake_in_its_settings_is_named(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    async with town(tmp_path):
        file = tmp_path / "bank/payments.toml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        with pytest.raises(NodeFault) as caught:
            load_config(file)
        assert said in str(caught.value)
        assert caught.value.exit_code == 78


async def test_a_merchants_certificate_and_key_must_belong_together(tmp_path: Path) -> None:
    private, _ = stranger_pair()
    async with town(tmp_path) as it:
        key = it.merchant.key
        key.write_bytes(private)
        with pytest.raises(NodeFault, match=r"key\.malformed"):
            it.signer()
