from dataclasses import replace

import pytest

from consensus.records import SignFromRecord
from consensus.recovery import SIGN_FROM_UNKNOWN
from node.start import VALIDATOR_KEY, create_store, load_genesis, restore, takes_up_key
from primitives import codec
from primitives.errors import NodeFault
from storage.identity import KEY_IS_NEW, key_owner_path
from storage.memory import MemoryDatabases, MemoryFiles
from storage.votes import COPIES
from tests.support.network import MemoryNetwork, Weather
from tests.support.parts import make_bench, virtually
from tests.support.world import ENGINE, Machine, SeededSigner, make_genesis


def make_machine():
    return Machine("hospital", MemoryNetwork(1, Weather()), make_genesis(), seed=1)


def start(machine):
    return restore(machine.world(), load_genesis(machine.genesis))


@virtually
async def test_a_new_store_opens_at_the_genesis_without_quarantine():
    restored = start(make_machine())
    assert restored.committed.tip.height == 0
    assert (restored.quarantine, restored.guard.sign_from) == ("", 0)


def test_a_genesis_that_is_none_is_a_fault_of_the_configuration():
    with pytest.raises(NodeFault) as caught:
        load_genesis(b"{")
    assert (caught.value.code, caught.value.exit_code) == ("genesis.malformed", 78)


@virtually
async def test_a_store_is_made_once():
    machine = make_machine()
    with pytest.raises(NodeFault) as caught:
        machine.create_store()
    assert caught.value.code == "store.exists"


@virtually
async def test_a_key_that_another_store_used_starts_in_quarantine_for_good():
    machine = make_machine()
    path = key_owner_path(VALIDATOR_KEY)
    MemoryFiles(machine.disk).write_atomically(path, b"00" * 16 + b"\n")
    restored = start(machine)
    assert "another store" in restored.quarantine
    assert restored.guard.sign_from == SIGN_FROM_UNKNOWN
    machine.disk.crash(lambda _path, unsynced: unsynced)
    again = start(machine)
    assert again.quarantine == ""
    assert again.guard.sign_from == SIGN_FROM_UNKNOWN


@virtually
async def test_a_new_key_belongs_to_the_store_of_its_first_start():
    machine = make_machine()
    owner = key_owner_path(VALIDATOR_KEY)
    assert MemoryFiles(machine.disk).read(owner) == KEY_IS_NEW
    restored = start(machine)
    assert (
        MemoryFiles(machine.disk).read(owner)
        == restored.store.identity.store_id.hex().encode() + b"\n"
    )
    machine.disk.crash(lambda _path, unsynced: unsynced)
    assert start(machine).quarantine == ""


@virtually
async def test_a_key_whose_store_was_made_anew_starts_in_quarantine():
    machine = make_machine()
    start(machine)
    machine.disk.crash(lambda _path, unsynced: unsynced)
    owner = MemoryFiles(machine.disk).read(key_owner_path(VALIDATOR_KEY))
    machine.disk.databases.clear()
    machine.disk.contents.clear()
    MemoryFiles(machine.disk).write_atomically(key_owner_path(VALIDATOR_KEY), owner)
    machine.world()
    machine.create_store()
    assert "another store" in start(machine).quarantine


@virtually
async def test_an_imported_key_starts_in_quarantine():
    machine = make_machine()
    MemoryFiles(machine.disk).remove(key_owner_path(VALIDATOR_KEY))
    assert "imported" in start(machine).quarantine


@pytest.mark.parametrize("path", COPIES)
def test_a_missing_copy_of_the_vote_log_means_quarantine(path):
    @virtually
    async def story():
        machine = make_machine()
        del machine.disk.contents[path]
        restored = start(machine)
        assert "missing" in restored.quarantine
        assert restored.guard.sign_from == SIGN_FROM_UNKNOWN
        assert restored.payloads == (codec.encode(SignFromRecord(SIGN_FROM_UNKNOWN)),)

    story()


@virtually
async def test_a_store_of_another_genesis_is_not_opened():
    machine = make_machine()
    machine.genesis = make_genesis(name="another chain")
    with pytest.raises(NodeFault) as caught:
        start(machine)
    assert (caught.value.code, caught.value.exit_code) == ("store.foreign", 78)


@virtually
async def test_a_missing_store_names_the_command_that_makes_one():
    machine = make_machine()
    machine.disk.databases.clear()
    with pytest.raises(NodeFault) as caught:
        start(machine)
    assert caught.value.code == "store.missing"
    create_store(
        MemoryDatabases(machine.disk),
        MemoryFiles(make_machine().disk.__class__()),
        engine=ENGINE,
        genesis=machine.genesis,
        store_id=bytes(16),
    )


def with_next_key(machine, owner):
    """Put a next validator key into the folder of keys, and who it belongs to beside it."""
    files, signer = MemoryFiles(machine.disk), SeededSigner("hospital", "second")
    files.write_atomically("validator.next.key", b"a key")
    if owner is not None:
        files.write_atomically(key_owner_path("validator.next.key"), owner)
    return signer


class _LateSigner(SeededSigner):
    """Finds its next key only when it is asked for it."""

    def __init__(self, agency, *next_keys):
        super().__init__(agency, *next_keys)
        self.hidden, self.validators = self.validators, {}

    def holds_validator_key(self, public_key):
        if public_key in self.hidden:
            self.validators[public_key] = self.hidden[public_key]
        return public_key in self.validators


@virtually
async def test_a_next_key_that_was_made_here_belongs_to_the_store_from_its_first_use():
    machine = make_machine()
    bench = make_bench(machine=machine)
    signer = machine.signer = _LateSigner("hospital", "second")
    with_next_key(machine, KEY_IS_NEW)
    ground = replace(bench.ground, world=replace(bench.ground.world, signer=signer))
    public = tuple(signer.hidden)[1]
    assert takes_up_key(ground, public)
    owner = MemoryFiles(machine.disk).read(key_owner_path("validator.next.key"))
    assert owner == bench.ground.store.identity.store_id.hex().encode() + b"\n"
    assert not takes_up_key(ground, bytes(32))


@virtually
async def test_a_next_key_that_was_imported_signs_nothing_before_a_restart_and_its_quarantine():
    machine = make_machine()
    bench = make_bench(machine=machine)
    signer = _LateSigner("hospital", "second")
    with_next_key(machine, None)
    ground = replace(bench.ground, world=replace(bench.ground.world, signer=signer))
    assert not takes_up_key(ground, tuple(signer.hidden)[1])
    bench.ground.store.close()
    assert "imported" in start(machine).quarantine


@virtually
async def test_a_next_key_that_is_new_is_no_reason_for_a_quarantine():
    machine = make_machine()
    with_next_key(machine, KEY_IS_NEW)
    assert start(machine).quarantine == ""
