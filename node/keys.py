"""The agency's private keys, each in a file that only its owner may read.

Rule: a key file holds one line, 64 hex digits (`node.key` alone is PEM, as TLS libraries want
it). A file that others may read is refused, exit code 77, with the command that mends it.
"""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ledger.agencies import Agency
from primitives.errors import NodeFault
from primitives.sealing import sealing_public_key
from primitives.settings import EXIT_CONFIGURATION, EXIT_PERMISSION
from primitives.signing import SEED_SIZE, SigningKey

VALIDATOR_KEY = "validator.key"
NEXT_VALIDATOR_KEY = "validator.next.key"
"""The one that follows, from the day it is made until it has taken the other's place."""
DESK_KEY = "desk.key"
PROVIDER_KEY = "provider.key"
SEALING_KEY = "sealing.key"
GOVERNANCE_KEY = "governance.key"
PORTAL_KEY = "portal.key"
NODE_KEY = "node.key"
NODE_CERTIFICATE = "node.crt"
NEXT_NODE_KEY = "node.next.key"
NEXT_NODE_CERTIFICATE = "node.next.crt"
"""Those that follow; the node shows them as soon as the ledger knows them."""


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """The keys a running node needs; the governance key is read by nobody but its command."""

    validator: SigningKey | None
    """Signs votes; None once only the next one is left."""
    next_validator: SigningKey | None
    """Signs votes from the height at which the chain names it."""
    desk: SigningKey
    """Signs transactions."""
    provider: SigningKey | None
    """Signs payment facts; None where the agency is no payment provider."""
    sealing: bytes
    """Opens what is sealed to this agency; X25519, 32 bytes."""

    def __repr__(self) -> str:
        return "AgencyKeys(…)"

    def validators(self) -> tuple[SigningKey, ...]:
        """Return the validator keys that there are, the present one first."""
        return tuple(key for key in (self.validator, self.next_validator) if key is not None)


def load_keys(directory: Path) -> AgencyKeys:
    """Read the keys of a running node.

    Raises:
        NodeFault: as `read_key`; `key.missing` also when there is no validator key at all.
    """
    following = _read_if_there(directory / NEXT_VALIDATOR_KEY)
    present = directory / VALIDATOR_KEY
    return AgencyKeys(
        validator=SigningKey(read_key(present)) if not following else _read_if_there(present),
        next_validator=following,
        desk=SigningKey(read_key(directory / DESK_KEY)),
        provider=_read_if_there(directory / PROVIDER_KEY),
        sealing=read_key(directory / SEALING_KEY),
    )


def _read_if_there(file: Path) -> SigningKey | None:
    return SigningKey(read_key(file)) if file.exists() else None


def check_not_of_another(
    keys: AgencyKeys, directory: Path, agency: str, members: Iterable[tuple[str, Agency]]
) -> None:
    """Refuse keys that the ledger names for another member than the one of the settings.

    A key that nobody has registered is no fault of the folder: it may be registered later.

    Raises:
        NodeFault: `key.of_another` (exit 78), naming the file.
    """
    owner = {key.public: name for name, member in members for key in member.keys}
    held = [(DESK_KEY, keys.desk.public_key), (SEALING_KEY, sealing_public_key(keys.sealing))]
    if keys.validator is not None:
        held.append((VALIDATOR_KEY, keys.validator.public_key))
    if keys.next_validator is not None:
        held.append((NEXT_VALIDATOR_KEY, keys.next_validator.public_key))
    if keys.provider is not None:
        held.append((PROVIDER_KEY, keys.provider.public_key))
    for name, public in held:
        if owner.get(public, agency) != agency:
            raise NodeFault(
                "key.of_another",
                f"{directory / name} is a key of {owner[public]!r}, not of {agency!r}",
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
