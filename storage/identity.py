"""Which store this is, and which store a validator key belongs to.

A key works only with the store that first used it: with another store it would not know what it
has already signed. Beside the key file therefore stands "new" from the moment the key is made, and
the store id from the first start. A key without such a file was imported and starts in quarantine,
a key with another store's id as well.
"""

from dataclasses import dataclass
from typing import Final

from storage.files import Files

STORE_ID_SIZE: Final = 16
CHAIN_SIZE: Final = 32
KEY_IS_NEW: Final = b"new\n"
"""Beside a key that has never signed; the store of its first start takes it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose store it is; stands in both databases, the vote log, the marker and beside the key."""

    store_id: bytes
    """16 random bytes, drawn once by `init`."""
    chain: bytes
    """Hash of the genesis, 32 bytes."""


def key_owner_path(key_path: str) -> str:
    """Return the file beside a key file that names the key's store."""
    return f"{key_path}.store"


def bind_key(files: Files, key_path: str, identity: Identity) -> None:
    """Write down that the key at `key_path` belongs to this store from now on.

    Raises:
        NodeFault: `storage.write_failed`.
    """
    text = f"{identity.store_id.hex()}\n"
    files.write_atomically(key_owner_path(key_path), text.encode("ascii"))


def is_new_key(files: Files, key_path: str) -> bool:
    """Tell whether no store has used the key at `key_path` since it was made.

    Raises:
        NodeFault: `storage.read_failed`.
    """
    return files.read(key_owner_path(key_path)) == KEY_IS_NEW


def foreign_key_reason(files: Files, key_path: str, identity: Identity) -> str:
    """Return why the key at `key_path` must start in quarantine; empty if it belongs here.

    Raises:
        NodeFault: `storage.read_failed`.
    """
    owner = files.read(key_owner_path(key_path))
    if owner is None:
        return "the validator key was not made here and used with no store: it was imported"
    if owner not in (KEY_IS_NEW, f"{identity.store_id.hex()}\n".encode("ascii")):
        return "the validator key was last used with another store"
    return ""
