"""A chain whose validators changed is checked set by set; a false set is named."""

import pytest

from ledger.genesis import read_genesis
from node.set_history import decode_set, encode_set
from node.verify_chain import BlockCheck
from storage import keys
from storage.store import StateView
from tests.support.council import Council
from tests.support.town import Town, until
from tests.support.virtual_loop import run_virtually
from tests.support.world import SeededSigner


class Rows:
    """Rows of `state`, with one changed."""

    def __init__(self, below, key=b"", value=None) -> None:
        self._below = below
        self._key = key
        self._value = value

    def get(self, key):
        return self._value if key == self._key else self._below.get(key)

    def scan(self, start, stop, **options):
        return self._below.scan(start, stop, **options)


async def rotated() -> tuple[Town, int]:
    """Return a town in which a validator key changed, and the height after which it votes."""
    town = Town()
    town["health"].signer = SeededSigner("health", "second")
    await town.start()
    decided = await Council(town).rotate_validator_key("health", town["health"].signer, 1)
    await until(lambda: town["hospital"].running.head.height > decided)
    await town.allot()
    (change,) = town["hospital"].running.sets.changes(10**6)
    assert change == decided + 1
    return town, change


def findings(town: Town, key: bytes = b"", value: bytes | None = None) -> list[str]:
    store, found = town["hospital"].running.store, []
    rows = Rows(store.state, key, value)
    check = BlockCheck(
        read_genesis(town.genesis),
        StateView(rows),
        store.blocks,
        lambda _place, reason: found.append(reason),
    )
    for height in range(1, town["hospital"].running.head.height + 1):
        check.block(height)
    return found


def test_a_chain_whose_validators_changed_is_sound():
    async def story() -> None:
        town, _ = await rotated()
        assert findings(town) == []

    run_virtually(story())


@pytest.mark.parametrize("what", ["missing", "another", "where nothing changes"])
def test_a_set_that_is_not_the_chains_is_found(what):
    async def story() -> None:
        town, change = await rotated()
        row = town["hospital"].running.store.state.get(keys.set_change_key(change))
        key, value = {
            "missing": (keys.set_change_key(change), None),
            "another": (keys.set_change_key(change), encode_set(decode_set(row)[::-1])),
            "where nothing changes": (keys.set_change_key(1), row),
        }[what]
        found = findings(town, key, value)
        assert any("validators" in reason for reason in found), found

    run_virtually(story())
