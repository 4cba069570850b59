"""Each foreign error becomes one fault that says what, where and what to do."""

import errno

import pytest

from storage.faults import permission_fault, read_fault, write_fault


@pytest.mark.parametrize(
    ("number", "code", "exit_code", "advice"),
    [
        (errno.ENOSPC, "storage.write_failed", 1, "free some space"),
        (errno.EDQUOT, "storage.write_failed", 1, "free some space"),
        (errno.EIO, "storage.write_failed", 1, "check the disk"),
        (errno.EACCES, "storage.permission", 77, "must own it"),
        (errno.EPERM, "storage.permission", 77, "must own it"),
    ],
)
def test_a_failed_write_names_the_place_the_cause_and_the_way_out(
    number: int, code: str, exit_code: int, advice: str
) -> None:
    fault = write_fault("votes/first.log", OSError(number, "the cause"))
    assert (fault.code, fault.field, fault.exit_code) == (code, "votes/first.log", exit_code)
    assert advice in fault.detail


def test_a_failed_read_tells_rights_from_a_bad_disk() -> None:
    assert read_fault("x", OSError(errno.EACCES, "")).code == permission_fault("x").code
    fault = read_fault("x", OSError(errno.EIO, "Input/output error"))
    assert fault.code == "storage.read_failed"
    assert "Input/output error" in fault.detail
