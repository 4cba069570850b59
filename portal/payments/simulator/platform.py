"""The company's own keys: signs what it sends, and can be changed while it runs.

Rule: a key is one pair of files `NNNN.key.pem`, `NNNN.cert.pem`; the highest number signs, the one
before is still told, older ones are not. A new pair is complete when its certificate is there.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from portal.payments import signing
from portal.payments.key_files import make_pair, read_certificate, read_private_key, write_new
from portal.payments.signing import Signature
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION

KEYS_TOLD = 2
"""The key that signs, and the one before."""


@dataclass(frozen=True, slots=True)
class PlatformKey:
    """The key that signs now."""

    serial: str
    """Its name."""
    key: RSAPrivateKey
    """The key."""


class Platform:
    """The company's keys in a folder.

    Args:
        folder: where they lie.

    Raises:
        NodeFault: when there is none, or one cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = self._newest()
        self._current = _read(self._file)

    def sign(self, body: bytes, now_ms: int) -> Signature:
        """Sign an answer or a notice with the newest key."""
        newest = self._newest()
        if newest != self._file:
            self._file, self._current = newest, _read(newest)
        timestamp, nonce = str(now_ms // 1000), secrets.token_hex(16)
        value = signing.sign(self._current.key, signing.answer_text(timestamp, nonce, body))
        return Signature(self._current.serial, timestamp, nonce, value)

    def certificates(self) -> list[bytes]:
        """Return the certificates that merchants are told, newest first."""
        return [file.read_bytes() for file in _certificates(self._folder)[:KEYS_TOLD]]

    def _newest(self) -> Path:
        newest = next(iter(_certificates(self._folder)), None)
        if newest is None:
            raise NodeFault(
                "platform.no_key",
                f"{self._folder} holds no key; run `piaolian-portal simulator init`",
                exit_code=EXIT_CONFIGURATION,
            )
        return newest


def add_key(folder: Path, now_ms: int) -> str:
    """Make the next key and return its serial number; a running company signs with it at once.

    Raises:
        NodeFault: when the folder cannot be written.
    """
    newest = next(iter(_certificates(folder)), None)
    number = int(newest.name[:4]) + 1 if newest else 1
    private, certificate = make_pair("Piaolian simulated payment company", now_ms)
    (folder / f"{number:04d}.key.pem").unlink(missing_ok=True)
    write_new(folder / f"{number:04d}.key.pem", private)
    file = folder / f"{number:04d}.cert.pem"
    part = folder / f"{number:04d}.part"
    part.unlink(missing_ok=True)
    write_new(part, certificate)
    part.rename(file)
    return read_certificate(file).serial


def _read(certificate: Path) -> PlatformKey:
    key = read_private_key(certificate.with_name(certificate.name.replace(".cert.", ".key.")))
    return PlatformKey(read_certificate(certificate).serial, key)


def _certificates(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9][0-9][0-9][0-9].cert.pem"), reverse=True)
