"""Signatures are over the bytes that travel, under a known key, at our time."""

import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from portal.payments.key_files import public_key_of
from portal.payments.signing import (
    SKEW_MAX_MS,
    Signature,
    answer_text,
    check,
    request_text,
    sign,
    signature_of_authorization,
    signature_of_headers,
)
from primitives.errors import Refused
from tests.support.payments_town import NOON_MS, stranger_pair

NOW = str(NOON_MS // 1000)


def key() -> RSAPrivateKey:
    made = serialization.load_pem_private_key(stranger_pair()[0], None)
    assert isinstance(made, RSAPrivateKey)
    return made


def signed(text: bytes, timestamp: str = NOW) -> Signature:
    return Signature("5A", timestamp, "nonce", sign(key(), text))


def code_of(signature: Signature, text: bytes, now_ms: int = NOON_MS) -> str:
    try:
        check(public_key_of(stranger_pair()[1]).key, text, signature, now_ms)
    except Refused as error:
        return error.code
    return ""


def test_the_texts_are_the_lines_that_the_company_documents() -> None:
    assert request_text("POST", "/v3/x?a=1", "15", "n", b"{}") == b"POST\n/v3/x?a=1\n15\nn\n{}\n"
    assert request_text("GET", "/v3/x", "15", "n", b"") == b"GET\n/v3/x\n15\nn\n\n"
    assert answer_text("15", "n", b"") == b"15\nn\n\n"


def test_a_signature_is_plain_rsa_with_sha256() -> None:
    value = base64.b64decode(sign(key(), b"text"))
    key().public_key().verify(value, b"text", padding.PKCS1v15(), hashes.SHA256())


def test_one_changed_bit_anywhere_is_refused() -> None:
    text = answer_text(NOW, "nonce", b'{"a": 1}')
    assert code_of(signed(text), text) == ""
    for place in range(len(text)):
        changed = bytearray(text)
        changed[place] ^= 1
        assert code_of(signed(text), bytes(changed)) == "signature.wrong"


@pytest.mark.parametrize(
    ("value", "code"),
    [("", "signature.wrong"), ("%%%", "signature.wrong"), ("QUJD", "signature.wrong")],
)
def test_a_signature_of_another_form_is_refused(value: str, code: str) -> None:
    assert code_of(Signature("5A", NOW, "nonce", value), b"text") == code


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        (str((NOON_MS - SKEW_MAX_MS) // 1000), ""),
        (str((NOON_MS + SKEW_MAX_MS) // 1000), ""),
        (str((NOON_MS - SKEW_MAX_MS) // 1000 - 1), "signature.stale"),
        (str((NOON_MS + SKEW_MAX_MS) // 1000 + 1), "signature.stale"),
        ("", "signature.stale"),
        ("-5", "signature.stale"),
        ("１７９０００００００", "signature.stale"),
        ("1" * 5000, "signature.stale"),
    ],
)
def test_what_is_five_minutes_from_our_time_is_refused(timestamp: str, code: str) -> None:
    assert code_of(signed(b"text", timestamp), b"text") == code


def test_both_headers_are_read_back_as_they_were_written() -> None:
    signature = signed(b"text")
    assert signature_of_headers(signature.headers()) == signature
    assert signature_of_authorization(signature.authorization("19")) == ("19", signature)


@pytest.mark.parametrize(
    "header", ["", "Bearer x", 'WECHATPAY2-SHA256-RSA2048 mchid="1"', "WECHATPAY2-SHA256-RSA2048"]
)
def test_a_request_without_its_signature_is_refused(header: str) -> None:
    with pytest.raises(Refused, match=r"signature\.missing"):
        signature_of_authorization(header)


@pytest.mark.parametrize("missing", ["Serial", "Timestamp", "Nonce", "Signature"])
def test_a_notice_without_one_of_its_headers_is_refused(missing: str) -> None:
    headers = signed(b"text").headers()
    del headers[f"Wechatpay-{missing}"]
    with pytest.raises(Refused, match=r"signature\.missing"):
        signature_of_headers(headers)
