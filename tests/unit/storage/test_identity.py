"""A validator key works only with the store that first used it."""

from storage.identity import (
    KEY_IS_NEW,
    Identity,
    bind_key,
    foreign_key_reason,
    is_new_key,
    key_owner_path,
)
from tests.support.disk import IDENTITY, Machine

KEY = "keys/validator.key"


def test_a_key_bound_here_belongs_here(machine: Machine) -> None:
    bind_key(machine.files, KEY, IDENTITY)
    assert foreign_key_reason(machine.files, KEY, IDENTITY) == ""
    assert key_owner_path(KEY) == "keys/validator.key.store"


def test_a_key_without_an_owner_was_imported(machine: Machine) -> None:
    assert "imported" in foreign_key_reason(machine.files, KEY, IDENTITY)


def test_a_key_of_another_store_or_an_unreadable_owner_is_foreign(machine: Machine) -> None:
    bind_key(machine.files, KEY, Identity(b"\xee" * 16, IDENTITY.chain))
    assert "another store" in foreign_key_reason(machine.files, KEY, IDENTITY)
    machine.files.write_atomically(key_owner_path(KEY), IDENTITY.store_id.hex().encode()[:-1])
    assert "another store" in foreign_key_reason(machine.files, KEY, IDENTITY)


def test_a_new_key_is_nobodys_until_a_store_takes_it(machine: Machine) -> None:
    assert not is_new_key(machine.files, KEY)
    machine.files.write_atomically(key_owner_path(KEY), KEY_IS_NEW)
    assert is_new_key(machine.files, KEY)
    assert foreign_key_reason(machine.files, KEY, IDENTITY) == ""
    bind_key(machine.files, KEY, IDENTITY)
    assert not is_new_key(machine.files, KEY)
