"""Bytes stand in JSON as base64url without padding, in one spelling."""

import msgspec
import pytest

from proofs.errors import VerificationFailed
from proofs.jsonfile import Base64Url, dump_json, load_json


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the tests."""

    data: Base64Url
    size: int


def _load(data):
    return load_json(data, Note, size_max=100, step="receipt")


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc", bytes(range(32)), b"\xff\xfe"])
def test_bytes_come_back(data):
    note = Note(Base64Url(data), 1)
    assert _load(dump_json(note)) == note
    assert b"=" not in dump_json(note)


@pytest.mark.parametrize(
    "text",
    [
        '{"data":"YQ==","size":1}', '{"data":"YR","size":1}', '{"data":"a","size":1}',
        '{"data":"Y Q","size":1}', '{"data":"票","size":1}', '{"data":1,"size":1}',
        '{"data":"YQ","size":1.0}', '{"data":"YQ","size":1e2}', '{"data":"YQ","size":Infinity}',
        '{"data":"YQ","size":1,"size":1}', '{"data":"YQ"}', '{"data":"YQ","size":1} x', "null",
    ],
)  # fmt: skip
def test_any_other_spelling_is_refused(text):
    with pytest.raises(VerificationFailed, match=r"receipt\.malformed"):
        _load(text.encode())


def test_text_that_is_not_utf_8_and_files_too_long_are_refused():
    with pytest.raises(VerificationFailed, match=r"receipt\.malformed"):
        _load(b'{"data":"\xff","size":1}')
    with pytest.raises(VerificationFailed, match=r"receipt\.too_long"):
        _load(b" " * 101)
