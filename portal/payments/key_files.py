"""The key files of a merchant and of the payment company.

Rule: a private key and the APIv3 key lie in files that only their owner may read; a certificate's
serial number, in upper-case hex, names its key.
"""

import datetime
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from portal.config import read_secret
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION, EXIT_PERMISSION

APIV3_KEY_BYTES = 32
"""The APIv3 key is 32 ASCII characters."""
NEVER_MS = 2**62
"""The end of a key that has none."""
VALID_YEARS = 5
"""How long a certificate made here serves."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks signatures."""

    serial: str
    """Its name."""
    key: rsa.RSAPublicKey
    """The key."""
    until_ms: int
    """When it ends."""


def serial_of(certificate: x509.Certificate) -> str:
    """Return a certificate's serial number in upper-case hex."""
    return f"{certificate.serial_number:X}"


def public_key_of(data: bytes) -> PublicKey:
    """Return the key of a PEM certificate.

    Raises:
        ValueError: when it is no certificate with an RSA key of 2,048 bits or more.
    """
    certificate = x509.load_pem_x509_certificate(data)
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm as error:
        raise ValueError("an unknown kind of key") from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise ValueError("not an RSA key of 2,048 bits")
    until_ms = int(certificate.not_valid_after_utc.timestamp()) * 1000
    return PublicKey(serial_of(certificate), key, until_ms)


def read_certificate(file: Path) -> PublicKey:
    """Return the key of a certificate file.

    Raises:
        NodeFault: `certificate.unusable`, exit code 78.
    """
    try:
        return public_key_of(file.read_bytes())
    except (OSError, ValueError) as error:
        raise NodeFault(
            "certificate.unusable",
            f"{file}: not an RSA certificate (PEM) that can be read",
            exit_code=EXIT_CONFIGURATION,
        ) from error


def read_public_key(file: Path, serial: str) -> PublicKey:
    """Return a bare public key file (PEM) under the name the company gave it.

    Raises:
        NodeFault: `key.malformed`, exit code 78.
    """
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        raise NodeFault(
            "key.malformed", f"{file}: not an RSA public key", exit_code=EXIT_CONFIGURATION
        )
    return PublicKey(serial, key, NEVER_MS)


def read_private_key(file: Path) -> rsa.RSAPrivateKey:
    """Return the key of a PEM file.

    Raises:
        NodeFault: as `read_secret`; `key.malformed` (exit 78) for another form.
    """
    text = read_secret(file)
    try:
        key = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NodeFault(
            "key.malformed", f"{file}: not an RSA key (PEM)", exit_code=EXIT_CONFIGURATION
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise NodeFault("key.malformed", f"{file}: not an RSA key", exit_code=EXIT_CONFIGURATION)
    return key


def read_apiv3_key(file: Path) -> bytes:
    """Return the 32 bytes of the APIv3 key.

    Raises:
        NodeFault: as `read_secret`; `key.malformed` (exit 78) for another length.
    """
    key = read_secret(file).encode()
    if len(key) != APIV3_KEY_BYTES:
        raise NodeFault(
            "key.malformed", f"{file}: write 32 ASCII characters", exit_code=EXIT_CONFIGURATION
        )
    return key


def make_pair(name: str, now_ms: int) -> tuple[bytes, bytes]:
    """Return a new private key and a certificate of it, both PEM.

    Args:
        name: whose it is; stands in the certificate.
        now_ms: from when it serves.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime.fromtimestamp(now_ms // 1000, datetime.UTC)
    end = start + datetime.timedelta(days=365 * VALID_YEARS)
    serial = x509.random_serial_number()
    certificate = x509.CertificateBuilder(
        subject, subject, key.public_key(), serial, start, end
    ).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)


def write_new(file: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file that must not be there yet, synced, with its mode from the start.

    Raises:
        NodeFault: `file.exists` (exit 78) or `file.unwritable` (exit 77).
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(file, flags, mode), "wb") as new:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
    except FileExistsError as error:
        raise NodeFault(
            "file.exists",
            f"{file} is there already; keep it, or remove it first",
            exit_code=EXIT_CONFIGURATION,
        ) from error
    except OSError as error:
        raise NodeFault(
            "file.unwritable", f"{file}: {error.strerror}", exit_code=EXIT_PERMISSION
        ) from error
