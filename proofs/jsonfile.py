"""JSON files that carry bytes: read strictly, written in one form.

Rule: an object names each key once, numbers are plain integers, bytes are base64url without
padding in their one form; whatever a second reader could take otherwise is refused.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any, TypeVar

import msgspec

from proofs.errors import VerificationFailed, require

T = TypeVar("T")


class Base64Url(bytes):
    """Bytes that stand as base64url text in a file."""

    __slots__ = ()


def load_json(data: bytes, type_: type[T], *, size_max: int, step: str) -> T:
    """Read a JSON file as `type_`.

    Args:
        data: the file's bytes.
        type_: a msgspec struct; its byte fields are `Base64Url`.
        size_max: longer files are refused unread.
        step: which check fails when the file is malformed.

    Raises:
        VerificationFailed: `<step>.too_long` or `<step>.malformed`.
    """
    require(len(data) <= size_max, step, "too_long", f"at most {size_max} bytes are read")
    try:
        document = json.loads(data.decode(), object_pairs_hook=_once)
        return msgspec.convert(document, type_, dec_hook=_read_bytes)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise VerificationFailed(step, "malformed", "the file does not have this form") from error


def dump_json(document: msgspec.Struct) -> bytes:
    """Return the file of a document: UTF-8, one line."""
    return msgspec.json.encode(document, enc_hook=_write_bytes) + b"\n"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return names


def _read_bytes(type_: type, text: Any) -> Any:
    if type_ is not Base64Url or not isinstance(text, str):
        raise ValueError("expected base64url")
    try:
        data = Base64Url(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except Base64Error as error:
        raise ValueError("expected base64url") from error
    if _write_bytes(data) != text:
        raise ValueError("expected base64url without padding, in its one form")
    return data


def _write_bytes(data: Any) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
