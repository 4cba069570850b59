"""The merchant as whom we pay and are paid: settings, keys, signed requests.

Rule: the same section serves the simulated company and the real one; only address and files differ.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from portal.clock import Clock
from portal.config import is_loopback
from portal.payments import signing
from portal.payments.key_files import (
    PublicKey,
    read_apiv3_key,
    read_certificate,
    read_private_key,
    read_public_key,
)
from portal.payments.signing import Signature
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION, fail


@dataclass(frozen=True, slots=True)
class MerchantSection:
    """The payment company, and who we are to it."""

    url: str
    """Its API: `https://api.mch.weixin.qq.com`. Plain http is for loopback only."""
    mchid: str
    """The merchant's number."""
    appid: str
    """The merchant's application."""
    certificate: Path = Path("keys/apiclient_cert.pem")
    """The merchant's certificate; its serial number names the key."""
    key: Path = Path("keys/apiclient_key.pem")
    """The merchant's private key, mode 0600."""
    apiv3_key: Path = Path("keys/apiv3.key")
    """The 32 characters under which notices are encrypted, mode 0600."""
    public_key: Path | None = None
    """The company's public key (PEM), where it gave one instead of certificates."""
    public_key_id: str = ""
    """Name of `public_key`: `PUB_KEY_ID_…`."""
    timeout_ms: int = 5_000
    """Milliseconds until a question is given up."""


def check_merchant(file: Path, section: MerchantSection, name: str) -> None:
    """Check what types alone cannot.

    Raises:
        NodeFault: `config.wrong_value`, exit code 78.
    """
    url = urlsplit(section.url)
    if url.scheme not in ("https", "http") or not url.hostname or url.query:
        fail(file, f"{name}.url", "write https://host")
    if url.scheme == "http" and not is_loopback(url.hostname):
        fail(file, f"{name}.url", "plain http is for loopback only; write https://…")
    for key in ("mchid", "appid"):
        value = getattr(section, key)
        if not (value.isascii() and value.isalnum() and len(value) <= 32):
            fail(file, f"{name}.{key}", "write up to 32 letters and digits")
    if (section.public_key is None) != (section.public_key_id == ""):
        fail(file, f"{name}.public_key_id", "public_key and public_key_id belong together")


class Merchant:
    """A merchant's keys, ready to sign.

    Args:
        section: settings.
        clock: what time it is.

    Raises:
        NodeFault: when a key file cannot be used.
    """

    def __init__(self, section: MerchantSection, clock: Clock) -> None:
        self.section = section
        self.apiv3_key = read_apiv3_key(section.apiv3_key)
        self.certificate: PublicKey = read_certificate(section.certificate)
        self.given_keys: tuple[PublicKey, ...] = ()
        if section.public_key is not None:
            self.given_keys = (read_public_key(section.public_key, section.public_key_id),)
        self._key: RSAPrivateKey = read_private_key(section.key)
        if self._key.public_key().public_numbers() != self.certificate.key.public_numbers():
            raise NodeFault(
                "key.malformed",
                f"{section.key} is not the key of {section.certificate}",
                exit_code=EXIT_CONFIGURATION,
            )
        self._clock = clock

    def authorization(self, method: str, target: str, body: bytes) -> str:
        """Return the `Authorization` header of a request."""
        timestamp, nonce = str(self._clock.now_ms() // 1000), secrets.token_hex(16)
        text = signing.request_text(method, target, timestamp, nonce, body)
        value = signing.sign(self._key, text)
        signature = Signature(self.certificate.serial, timestamp, nonce, value)
        return signature.authorization(self.section.mchid)
