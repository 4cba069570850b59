"""Key files are read from their owner alone; what is signed here is what the ledger reads."""

import pytest

from cli.exits import CommandError
from cli.signing import read_key_file, signed
from ledger.transaction import approval_message, decode_transaction, signed_message
from ledger.units import ReleaseUnit
from primitives.signing import SigningKey, verify

CHAIN = b"\x22" * 32


def test_a_transaction_made_here_is_one_that_the_ledger_reads():
    key, checker = SigningKey(bytes(32)), SigningKey(b"\x01" * 32)
    made = signed(CHAIN, "finance", [ReleaseUnit("hospital")], key=key, checker=checker)
    read = decode_transaction(made.data, CHAIN)
    assert read.envelope.operations == (ReleaseUnit("hospital"),)
    message = signed_message(CHAIN, read.envelope_bytes)
    assert verify(key.public_key, message, read.signature)
    (approval,) = read.approvals
    message = approval_message(CHAIN, read.envelope_bytes)
    assert verify(checker.public_key, message, approval.signature)
    alone = signed(CHAIN, "finance", [ReleaseUnit("hospital")], key=key, checker=None)
    assert alone.approvals == ()
    assert alone.id != made.id


def test_a_key_file_is_its_owners(tmp_path):
    file = tmp_path / "a.key"
    file.write_text("11" * 32 + "\n")
    file.chmod(0o600)
    assert read_key_file(file, "--sign-with").public_key == SigningKey(b"\x11" * 32).public_key
    file.chmod(0o640)
    with pytest.raises(CommandError, match=r"key\.readable_by_others") as caught:
        read_key_file(file, "--sign-with")
    assert (caught.value.exit_code, caught.value.field) == (77, "--sign-with")


@pytest.mark.parametrize("text", ["", "11" * 31, "zz" * 32, "票" * 32, "11" * 33])
def test_what_holds_no_key_is_told(tmp_path, text):
    file = tmp_path / "a.key"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(CommandError, match=r"key\.malformed"):
        read_key_file(file, "--sign-with")


def test_a_missing_key_file_is_told(tmp_path):
    with pytest.raises(CommandError, match=r"key\.unreadable"):
        read_key_file(tmp_path / "none.key", "--sign-with")
