"""A simulated machine's disk, laid out in a folder as a real node's, with lies in its rows."""

from collections.abc import Callable
from pathlib import Path

from node.config import Config, load_config
from storage import keys
from storage.disk import DiskFiles
from storage.leveldb import ENGINE, LevelDatabases
from storage.memory import MemoryDatabases, MemoryFiles
from tests.support.office import SECRETS
from tests.support.world import Machine

Rows = dict[bytes, bytes]


def lay_out(hospital: Machine, folder: Path, change: Callable[[Rows, Rows], None]) -> Config:
    """Write the machine's disk into a folder, with its rows changed; return its settings."""
    files, data = MemoryFiles(hospital.disk), DiskFiles(folder / "data")
    for path in files.list(""):
        data.write_atomically(path, files.read(path))
    rows = {name: rows_of(hospital, name) for name in (keys.BLOCKS, keys.STATE)}
    change(rows[keys.BLOCKS], rows[keys.STATE])
    for name, content in rows.items():
        database = LevelDatabases(folder / "data").create(name)
        database.write([*content.items(), (keys.META_ENGINE, ENGINE.encode())])
        database.close()
    (folder / "genesis.json").write_bytes(hospital.genesis)
    sealing = folder / "keys" / "sealing.key"
    sealing.parent.mkdir()
    sealing.write_text(SECRETS.sealing_key.hex())
    sealing.chmod(0o600)
    config = folder / "node.toml"
    config.write_text('[node]\nagency = "hospital"\ngenesis = "genesis.json"\n')
    return load_config(config)


def rows_of(hospital: Machine, name: str) -> Rows:
    database = MemoryDatabases(hospital.disk).open(name)
    try:
        return dict(database.scan(b"", None))
    finally:
        database.close()
