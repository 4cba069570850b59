"""A demo's folder is looked at before anything is made in it."""

import os

import pytest

from scripts.demo import claim
from scripts.demo_run import Failed


def test_a_path_too_long_for_a_socket_is_told_with_a_command_that_works(tmp_path):
    folder = tmp_path / ("票" * 40)
    with pytest.raises(Failed, match="make demo DEMO_DIR=/tmp/piaolian-demo"):
        claim(folder)
    assert not folder.exists()


def test_the_longest_path_that_is_no_longer_is_taken(tmp_path):
    rest = 107 - len(os.fsencode(tmp_path / "x" / "insurance" / "api.sock"))
    assert rest > 0
    os.close(claim(tmp_path / ("x" * (rest + 1))))
    with pytest.raises(Failed, match="too long"):
        claim(tmp_path / ("x" * (rest + 2)))
