"""What every `Files` promises, held against the real disk and its memory twin alike."""

import pytest

from primitives.errors import NodeFault
from storage.files import check_path
from tests.support.disk import Machine


def test_a_file_grows_at_its_end_and_is_there_for_the_next_process(machine: Machine) -> None:
    log = machine.files.open_append("votes/first.log")
    log.append(b"one")
    log.append(b"two")
    log.sync()
    assert log.read() == b"onetwo"
    log.close()
    log.close()
    again = machine.files.open_append("votes/first.log")
    again.append(b"three")
    assert again.read() == b"onetwothree"
    assert machine.files.read("votes/first.log") == b"onetwothree"
    again.close()


def test_a_shortened_file_grows_from_its_new_end(machine: Machine) -> None:
    log = machine.files.open_append("log")
    log.append(b"onetwo")
    log.truncate(3)
    log.append(b"X")
    assert log.read() == b"oneX"
    log.close()


def test_a_closed_file_refuses_all_work(machine: Machine) -> None:
    log = machine.files.open_append("log")
    log.close()
    for use in (lambda: log.append(b"x"), log.sync, log.read, lambda: log.truncate(0)):
        with pytest.raises(NodeFault, match=r"storage\.closed"):
            use()


def test_an_atomic_write_replaces_the_whole_content(machine: Machine) -> None:
    files = machine.files
    files.write_atomically("a/b/c", b"a long content")
    files.write_atomically("a/b/c", b"short")
    assert files.read("a/b/c") == b"short"
    assert files.list("") == ["a/b/c"]


def test_what_is_not_there_is_none_and_may_be_removed(machine: Machine) -> None:
    assert machine.files.read("nothing") is None
    assert machine.files.read_secret("nothing") is None
    assert not machine.files.exists("nothing")
    machine.files.remove("nothing")
    machine.files.remove("no/folder/either")


def test_a_renamed_file_takes_the_place_of_another(machine: Machine) -> None:
    files = machine.files
    files.write_atomically("old", b"1")
    files.write_atomically("folder/new", b"2")
    files.rename("old", "folder/new")
    assert files.list("") == ["folder/new"]
    assert files.read("folder/new") == b"1"
    files.remove("folder/new")
    assert files.list("") == []


def test_files_are_listed_by_prefix_in_order(machine: Machine) -> None:
    files = machine.files
    for path in ("vault/2", "vault/10", "vault/sub/1", "vaults", "head/first"):
        files.write_atomically(path, b"")
    assert files.list("vault/") == ["vault/10", "vault/2", "vault/sub/1"]
    assert files.list("vault/1") == ["vault/10"]
    assert files.list("nowhere/") == []


def test_free_space_is_told(machine: Machine) -> None:
    machine.files.write_atomically("x", b"")
    assert machine.files.free_bytes() > 0


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", ".hidden", "x.new", "a\nb", "名"]
)
def test_only_plain_relative_names_are_paths(path: str) -> None:
    with pytest.raises(AssertionError):
        check_path(path)


def test_a_draft_has_no_name_until_it_is_kept(machine: Machine) -> None:
    files = machine.files
    draft = files.draft()
    draft.append(b"one, ")
    draft.append(b"two")
    assert files.list("") == []
    draft.keep("vault/whole")
    assert files.list("") == ["vault/whole"]
    assert machine.files.read("vault/whole") == b"one, two"
    with pytest.raises(NodeFault, match=r"storage\.closed"):
        draft.append(b"three")
    draft.discard()
    assert files.read("vault/whole") == b"one, two"


def test_two_drafts_are_written_side_by_side_and_a_discarded_one_leaves_nothing(
    machine: Machine,
) -> None:
    files = machine.files
    first, second = files.draft(), files.draft()
    first.append(b"first")
    second.append(b"second")
    first.discard()
    first.discard()
    second.keep("second")
    assert [(path, files.read(path)) for path in files.list("")] == [("second", b"second")]


def test_a_draft_that_is_kept_takes_the_place_of_another_file(machine: Machine) -> None:
    machine.files.write_atomically("a/b", b"old and long")
    draft = machine.files.draft()
    draft.append(b"new")
    draft.keep("a/b")
    assert machine.files.read("a/b") == b"new"


def test_parts_of_a_file_are_read_from_either_end(machine: Machine) -> None:
    files = machine.files
    files.write_atomically("f", b"0123456789")
    assert files.read_part("f", 2, 3) == b"234"
    assert files.read_part("f", 8, 5) == b"89"
    assert files.read_part("f", 20, 5) == b""
    assert files.read_part("f", -3, 2) == b"78"
    assert files.read_part("f", -30, 2) == b"01"
    assert files.read_part("none", 0, 1) is None
