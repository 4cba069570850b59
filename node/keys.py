"""The agency's private keys, each in a file that only its owner may read.

Rule: a key file holds one line, 64 hex digits (`node.key` alone is PEM, as TLS libraries want
it). A file that others may read is refused, exit code 77, with the command that mends it.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ledger.agencies import Agency
from primitives.errors import NodeFault
from primitives.sealing import sealing_public_key
from primitives.settings import EXIT_CONFIGURATION, EXIT_PERMISSION
from primitives.signing import SEED_SIZE, Signed, SigningKey

VALIDATOR_KEY = "validator.key"
DESK_KEY = "desk.key"
SEALING_KEY = "sealing.key"
GOVERNANCE_KEY = "governance.key"
PORTAL_KEY = "portal.key"
NODE_KEY = "node.key"
NODE_CERTIFICATE = "node.crt"


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """The keys a running node needs; the governance key is read by nobody but its command."""

    validator: SigningKey
    """Signs votes."""
    desk: SigningKey
    """Signs transactions."""
    sealing: bytes
    """Opens what is sealed to this agency; X25519, 32 bytes."""

    def __repr__(self) -> str:
        return "AgencyKeys(…)"


class FileSigner:
    """The port `Signer` over keys from files."""

    def __init__(self, keys: AgencyKeys) -> None:
        self._keys = keys

    @property
    def validator_public_key(self) -> bytes:
        """The key whose signatures are votes."""
        return self._keys.validator.public_key

    @property
    def desk_public_key(self) -> bytes:
        """The key whose signatures are transactions."""
        return self._keys.desk.public_key

    def sign_vote(self, kind: Signed, message: bytes) -> bytes:
        """Return the validator key's signature; only `node.voter` calls this."""
        assert Signed.PROPOSAL <= kind <= Signed.ROUND_CHANGE or kind > Signed.TRANSACTION
        return self._keys.validator.sign(message)

    def sign_transaction(self, message: bytes) -> bytes:
        """Return the desk key's signature."""
        return self._keys.desk.sign(message)


def load_keys(directory: Path) -> AgencyKeys:
    """Read the keys of a running node.

    Raises:
        NodeFault: as `read_key`.
    """
    return AgencyKeys(
        validator=SigningKey(read_key(directory / VALIDATOR_KEY)),
        desk=SigningKey(read_key(directory / DESK_KEY)),
        sealing=read_key(directory / SEALING_KEY),
    )


def check_registered(keys: AgencyKeys, directory: Path, agency: Agency) -> None:
    """Refuse keys that are not those the genesis names for the agency.

    Raises:
        NodeFault: `key.not_registered` (exit 78), naming the file.
    """
    held = (
        ("validator", VALIDATOR_KEY, keys.validator.public_key),
        ("desk", DESK_KEY, keys.desk.public_key),
        ("sealing", SEALING_KEY, sealing_public_key(keys.sealing)),
    )
    for purpose, name, public in held:
        known = [key.public for key in agency.keys if key.purpose == purpose]
        # An observer has no validator key in the register and votes on nothing.
        if known and public not in known:
            raise NodeFault(
                "key.not_registered",
                f"{directory / name} is not the {purpose} key that the genesis names",
                "keys",
                EXIT_CONFIGURATION,
            )


def read_key(file: Path) -> bytes:
    """Read one key of 32 bytes from its hex line.

    Raises:
        NodeFault: `key.missing`, `key.malformed` (exit 78), `key.readable_by_others`,
            `key.unreadable` (exit 77).
    """
    text = read_private(file).strip()
    try:
        seed = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        seed = b""
    if len(seed) != SEED_SIZE:
        raise NodeFault("key.malformed", f"{file}: write 64 hex digits", "keys", EXIT_CONFIGURATION)
    return seed


def read_private(file: Path) -> bytes:
    """Read a file that nobody but its owner may read.

    Raises:
        NodeFault: as `read_key`.
    """
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o077:
            raise NodeFault(
                "key.readable_by_others",
                f"{file} may be read by others (mode {mode:04o}); run: chmod 600 {file}",
                "keys",
                EXIT_PERMISSION,
            )
        return file.read_bytes()
    except FileNotFoundError as error:
        raise NodeFault(
            "key.missing",
            f"{file} does not exist; `piaoliand init` makes the keys of an agency",
            "keys",
            EXIT_CONFIGURATION,
        ) from error
    except OSError as error:
        raise NodeFault(
            "key.unreadable",
            f"{file} cannot be read by this user: {error.strerror}",
            "keys",
            EXIT_PERMISSION,
        ) from error


def write_key(file: Path, seed: bytes) -> None:
    """Write a new key file, readable by its owner alone; never over an existing one.

    Raises:
        NodeFault: `key.exists` (exit 78).
    """
    write_private(file, seed.hex().encode() + b"\n")


def write_private(file: Path, content: bytes) -> None:
    """Write a new file with mode 0600, synced.

    Raises:
        NodeFault: `key.exists` (exit 78), `key.unwritable` (exit 77).
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(file, flags, 0o600)
    except FileExistsError as error:
        raise NodeFault(
            "key.exists", f"{file} exists and is not overwritten", "keys", EXIT_CONFIGURATION
        ) from error
    except OSError as error:
        raise NodeFault(
            "key.unwritable", f"{file}: {error.strerror}", "keys", EXIT_PERMISSION
        ) from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
