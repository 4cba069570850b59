"""The real disk: rights, synced names, and what happens when it takes no more."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from primitives.errors import NodeFault
from storage.disk import DiskFiles
from tests.support.limits import in_child, limit_file_size

Uses = tuple[Callable[[], object], ...]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_and_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path / "data")
    files.write_atomically("keys/validator.key", b"secret")
    files.open_append("votes/first.log").close()
    assert _mode(tmp_path / "data/keys/validator.key") == 0o600
    assert _mode(tmp_path / "data/votes/first.log") == 0o600
    assert _mode(tmp_path / "data/keys") == _mode(tmp_path / "data") == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o601])
def test_a_secret_that_others_may_touch_is_not_read(tmp_path: Path, mode: int) -> None:
    files = DiskFiles(tmp_path)
    files.write_atomically("key", b"secret")
    assert files.read_secret("key") == b"secret"
    (tmp_path / "key").chmod(mode)
    with pytest.raises(NodeFault, match=r"storage\.readable_by_others.*chmod 600") as fault:
        files.read_secret("key")
    assert fault.value.exit_code == 77


def test_an_unfinished_file_of_a_crash_is_not_seen_and_does_not_disturb(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    (tmp_path / "head.new").write_bytes(b"half of somethi")
    assert files.list("") == []
    files.write_atomically("head", b"whole")
    assert files.list("") == ["head"]
    assert files.read("head") == b"whole"


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"")
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NodeFault, match=r"storage\.write_failed"):
        DiskFiles(tmp_path).open_append("log")


def test_a_folder_in_the_place_of_a_file_is_one_clear_fault(tmp_path: Path) -> None:
    (tmp_path / "head").mkdir()
    with pytest.raises(NodeFault, match=r"storage\.read_failed"):
        DiskFiles(tmp_path).read("head")
    files = DiskFiles(tmp_path)
    with pytest.raises(NodeFault, match=r"storage\.write_failed"):
        files.write_atomically("head", b"x")
    with pytest.raises(NodeFault, match=r"storage\.write_failed.*an earlier write failed"):
        files.write_atomically("other", b"x")
    with pytest.raises(NodeFault, match=r"storage\.write_failed"):
        DiskFiles(tmp_path).rename("nothing", "other")
    with pytest.raises(NodeFault, match=r"storage\.write_failed"):
        DiskFiles(tmp_path).remove("head")


def test_the_space_of_a_place_that_is_gone_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(NodeFault, match=r"storage\.read_failed"):
        DiskFiles(tmp_path / "gone").free_bytes()


def _append_until_full(root: Path) -> None:
    files = DiskFiles(root)
    log = files.open_append("log")
    limit_file_size(5000)
    log.append(bytes(4000))
    log.sync()
    with pytest.raises(NodeFault, match=r"storage\.write_failed") as fault:
        log.append(bytes(4000))
    assert fault.value.exit_code == 1
    uses: Uses = (lambda: log.append(b"x"), log.sync, lambda: log.truncate(0))
    for again in uses:
        with pytest.raises(NodeFault, match=r"storage\.write_failed"):
            again()
    with pytest.raises(NodeFault, match=r"storage\.write_failed"):
        files.write_atomically("small", b"x")


def _replace_when_full(root: Path) -> None:
    files = DiskFiles(root)
    files.write_atomically("head", b"old")
    limit_file_size(100)
    with pytest.raises(NodeFault, match=r"storage\.write_failed"):
        files.write_atomically("head", bytes(4000))
    assert files.read("head") == b"old"


def test_a_short_write_is_a_fault_and_nothing_is_written_after_it(tmp_path: Path) -> None:
    in_child(_append_until_full, tmp_path)
    assert (tmp_path / "log").stat().st_size == 5000


def test_a_replacement_that_does_not_fit_leaves_the_old_content(tmp_path: Path) -> None:
    in_child(_replace_when_full, tmp_path)
