"""Transactions signed on this machine, with keys that no node ever holds.

Rule: the key stays in its file; what leaves is the signed transaction. A key file is one line of 64
hexadecimal digits that its owner alone may read.
"""

import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from cli.arguments import now_ms
from cli.exits import CommandError, Exit
from ledger.operations import Operation
from ledger.transaction import Approval, Envelope, Transaction, build
from primitives.signing import SEED_SIZE, SigningKey, key_id

LIFE_MS = 600_000
"""How long a transaction may wait; short, so that a lost one is soon known as lost."""
KEY_FILE_MAX = 1024


def signed(
    chain: bytes,
    agency: str,
    operations: Sequence[Operation],
    *,
    key: SigningKey,
    checker: SigningKey | None,
) -> Transaction:
    """Return a transaction signed with `key`, approved with `checker` where one is given.

    Raises:
        Refused: `transaction.too_long`.
    """
    envelope = Envelope(
        chain=chain,
        agency=agency,
        key_id=key_id(key.public_key),
        expiry_ms=now_ms() + LIFE_MS,
        operations=tuple(operations),
        acknowledgments=(),
        nonce=secrets.token_bytes(16),
    )
    if checker is None:
        return build(envelope, key.sign)
    return build(envelope, key.sign, lambda message: _approval(checker, message))


def read_key_file(file: Path, option: str) -> SigningKey:
    """Read a private key.

    Args:
        file: where it lies.
        option: which option named it, for errors.

    Raises:
        CommandError: `key.unreadable`, `key.readable_by_others` (77), `key.malformed` (78).
    """
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        with file.open("rb") as stream:
            text = stream.read(KEY_FILE_MAX)
    except OSError as error:
        raise CommandError(
            Exit.PERMISSION, "key.unreadable", f"{file}: {error.strerror}", field=option
        ) from error
    if mode & 0o077:
        raise CommandError(
            Exit.PERMISSION,
            "key.readable_by_others",
            f"others may read {file}; run: chmod 600 {file}",
            field=option,
        )
    try:
        seed = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        seed = b""
    if len(seed) != SEED_SIZE:
        raise CommandError(
            Exit.CONFIGURATION,
            "key.malformed",
            f"{file} holds no key: one line of 64 hexadecimal digits",
            field=option,
        )
    return SigningKey(seed)


def _approval(checker: SigningKey, message: bytes) -> Approval:
    return Approval(key_id(checker.public_key), checker.sign(message))
