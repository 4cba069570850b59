"""Machines to store on, real and simulated, and a store of realistic size."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage import keys
from storage.database import Databases, Row
from storage.disk import DiskFiles
from storage.files import Files
from storage.head import Head
from storage.identity import Identity
from storage.leveldb import ENGINE, LevelDatabases
from storage.memory import MemoryDatabases, MemoryDisk, MemoryFiles
from storage.store import Store
from storage.votes import VoteLog

IDENTITY = Identity(bytes(range(16)), bytes(range(32)))
GENESIS = Head(0, IDENTITY.chain, b"\x11" * 32)


@dataclass(frozen=True, slots=True)
class Machine:
    """A place for databases and files; `restart` gives the ports a process would get anew."""

    root: Path | None
    disk: MemoryDisk | None

    @property
    def databases(self) -> Databases:
        return LevelDatabases(self.root) if self.root else MemoryDatabases(self._memory())

    @property
    def files(self) -> Files:
        return DiskFiles(self.root) if self.root else MemoryFiles(self._memory())

    def _memory(self) -> MemoryDisk:
        assert self.disk is not None
        return self.disk


def real_machine(root: Path) -> Machine:
    """Return a machine that stores below `root`."""
    return Machine(root, None)


def memory_machine() -> Machine:
    """Return a simulated machine."""
    return Machine(None, MemoryDisk())


def create_store(machine: Machine, identity: Identity = IDENTITY) -> Store:
    """Make an empty store on `machine`."""
    return Store.create(
        machine.databases,
        machine.files,
        identity=identity,
        engine=ENGINE,
        genesis=GENESIS,
        rows=[(keys.leaf_key(b"p/"), b"parameters")],
    )


def open_store(machine: Machine) -> Store:
    """Open the store on `machine` as a starting node does."""
    return Store.open(machine.databases, machine.files, chain=IDENTITY.chain, engine=ENGINE)


def block_head(height: int) -> Head:
    """Return the head of the made-up block at `height`."""
    return Head(height, height.to_bytes(32), (height + 1).to_bytes(32))


def block_rows(height: int, bills: int, source: random.Random) -> Iterator[Row]:
    """Yield the rows of a block with so many bills: sizes as real ones, bytes at random."""
    yield keys.header_key(height), source.randbytes(400)
    yield keys.certificate_key(height), source.randbytes(420)
    for index in range(bills):
        number = b"%010d" % (height * 1000 + index)
        yield keys.leaf_key(b"b/33060125/" + number), source.randbytes(330)
        yield keys.business_number_key("hospital", number.decode()), b"33060125" + number
        yield keys.receipt_key(height.to_bytes(8) + source.randbytes(32)), source.randbytes(120)
        yield keys.node_key(bytes(source.randrange(16) for _ in range(12))), source.randbytes(240)


def write_block(store: Store, height: int, *, bills: int = 2, seed: int = 0) -> None:
    """Write the made-up block at `height`: body, rows, marker."""
    source = random.Random(f"{seed} {height}")
    head = block_head(height)
    store.write_body(height, head.hash, source.randbytes(900 * bills))
    store.write_block(head, list(block_rows(height, bills, source)))


def build_store(machine: Machine, *, blocks: int, bills: int, seed: int) -> None:
    """Make a store with so many blocks and a vote log with two votes for each, and close it."""
    store = create_store(machine)
    votes, _ = VoteLog.open(machine.files, IDENTITY)
    source = random.Random(seed)
    for height in range(1, blocks + 1):
        votes.append([source.randbytes(180)])
        votes.append([source.randbytes(200), source.randbytes(300)])
        write_block(store, height, bills=bills, seed=seed)
    votes.close()
    store.close()
