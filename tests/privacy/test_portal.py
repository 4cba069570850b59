"""The portal's log and files do not tell which bill or order somebody looked at or checked."""

import pytest

from tests.support.chain_needles import chain_needles, hits
from tests.support.demo_process import finished_demo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder():
    return finished_demo().folder


@pytest.fixture(scope="module")
def needles(folder):
    return chain_needles(folder / "hospital/data")


def test_the_chain_has_what_is_looked_for(needles):
    assert len(needles["check code"]) > 1_000
    assert len(needles["business number"]) > 1_000


def test_the_log_names_no_check_code_and_no_bill_or_order(folder, needles):
    log = (folder / "logs/portal.log").read_bytes()
    assert b"portal.started" in log
    for values in needles.values():
        assert hits(log, values) == set()


def test_the_files_hold_no_check_code(folder, needles):
    files = [file for file in (folder / "hospital/portal").iterdir() if file.is_file()]
    assert {"projection.sqlite", "checks.sqlite"} <= {file.name for file in files}
    for file in files:
        assert hits(file.read_bytes(), needles["check code"]) == set(), file.name


def test_one_planted_in_the_log_is_found(folder, needles):
    code, number = min(needles["check code"]), min(needles["business number"])
    log = (folder / "logs/portal.log").read_bytes() + f'{{"x": "{code}", "y": "{number}"}}'.encode()
    assert hits(log, needles["check code"]) == {code}
    assert hits(log, needles["business number"]) == {number}
