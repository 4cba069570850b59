"""How a merchant and the payment company sign what they send each other.

Rule: a signature is over the bytes as they travel, never over something encoded again; what is
older or newer than five minutes is refused.
Source: WeChat Pay API v3, request signing and answer verification (SHA256 with RSA, PKCS #1 v1.5).
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from primitives.errors import Refused

SCHEME = "WECHATPAY2-SHA256-RSA2048"
"""The word before the parts of an `Authorization` header."""
SKEW_MAX_MS = 300_000
"""A signature's time may differ from ours by so much."""

_PART = re.compile(r'([a-z_]{1,20})="([^"\\]{0,2000})"', re.ASCII)
_TIME = re.compile(r"[0-9]{1,11}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signature:
    """What comes beside a signed text."""

    serial: str
    """Which key signed."""
    timestamp: str
    """Seconds since the epoch, as written."""
    nonce: str
    """Random text of the signer."""
    value: str
    """The signature itself, base64."""

    def headers(self) -> dict[str, str]:
        """Return the headers under which the company sends it."""
        return {
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Timestamp": self.timestamp,
            "Wechatpay-Nonce": self.nonce,
            "Wechatpay-Signature": self.value,
        }

    def authorization(self, mchid: str) -> str:
        """Return the `Authorization` header with which a merchant sends it."""
        return (
            f'{SCHEME} mchid="{mchid}",nonce_str="{self.nonce}",signature="{self.value}",'
            f'timestamp="{self.timestamp}",serial_no="{self.serial}"'
        )


def signature_of_headers(headers: Mapping[str, str]) -> Signature:
    """Read the company's four headers.

    Raises:
        Refused: `signature.missing` when one is not there.
    """
    names = ("Serial", "Timestamp", "Nonce", "Signature")
    values = [headers.get(f"Wechatpay-{name}", "") for name in names]
    if not all(values):
        raise Refused("signature.missing", "the signature's headers are missing")
    return Signature(*values)


def signature_of_authorization(header: str) -> tuple[str, Signature]:
    """Return merchant number and signature of an `Authorization` header.

    Raises:
        Refused: `signature.missing` for another form.
    """
    scheme, _, rest = header.partition(" ")
    parts = dict(_PART.findall(rest)) if scheme == SCHEME else {}
    names = ("mchid", "serial_no", "timestamp", "nonce_str", "signature")
    if not all(parts.get(name) for name in names):
        raise Refused("signature.missing", f"sign the request: {SCHEME}")
    return parts["mchid"], Signature(*(parts[name] for name in names[1:]))


def request_text(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Return the bytes that a merchant signs; `target` is path and query as they travel."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_text(timestamp: str, nonce: str, body: bytes) -> bytes:
    """Return the bytes that the company signs for an answer or a notice."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def sign(key: RSAPrivateKey, text: bytes) -> str:
    """Return the signature of `text`, base64."""
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def check(key: RSAPublicKey, text: bytes, signature: Signature, now_ms: int) -> None:
    """Check a signature and its time.

    Raises:
        Refused: `signature.stale` when its time is not ours, `signature.wrong`.
    """
    is_time = _TIME.fullmatch(signature.timestamp) is not None
    if not is_time or abs(int(signature.timestamp) * 1000 - now_ms) > SKEW_MAX_MS:
        raise Refused("signature.stale", "its time is more than five minutes from ours")
    try:
        value = base64.b64decode(signature.value, validate=True)
        key.verify(value, text, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature) as error:
        raise Refused("signature.wrong", "the signature does not fit") from error
