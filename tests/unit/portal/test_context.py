"""The genesis file as the portal reads it."""

import hashlib
from pathlib import Path

import pytest

from portal.pages.context import read_genesis
from primitives.errors import NodeFault
from tests.support.portal_process import GENESIS


def test_the_chain_is_the_plain_hash_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "genesis.json"
    file.write_bytes(GENESIS)
    genesis = read_genesis(file)
    assert genesis.chain == hashlib.sha256(GENESIS).hexdigest()
    assert genesis.names == {"hospital": "第一人民医院"}


@pytest.mark.parametrize("data", [b"", b"[]", b'{"agencies": [{}]}', b"[" * 100_000])
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "genesis.json"
    file.write_bytes(data)
    with pytest.raises(NodeFault, match=r"genesis\.malformed") as caught:
        read_genesis(file)
    assert caught.value.exit_code == 78


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NodeFault, match=r"genesis\.missing"):
        read_genesis(tmp_path / "nothing.json")
