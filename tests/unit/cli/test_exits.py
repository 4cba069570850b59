"""Which error ends a command with which code."""

import pytest

from cli.exits import CommandError, Exit, exit_code_of
from primitives.errors import HouseError, NodeFault, PeerFault, Refused, Unavailable


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("bill.not_found"), 7),
        (Unavailable("node.not_ready"), 4),
        (PeerFault("trie.differs"), 5),
        (NodeFault("config.missing", exit_code=78), 78),
        (CommandError(Exit.OUTCOME_UNKNOWN, "outcome.unknown", "late"), 6),
        (HouseError("other"), 1),
    ],
)
def test_the_code_says_who_must_act(error, code):
    assert exit_code_of(error) == code


def test_the_codes_are_those_that_scripts_know():
    assert [int(code) for code in Exit] == [0, 1, 2, 3, 4, 5, 6, 7, 77, 78]
