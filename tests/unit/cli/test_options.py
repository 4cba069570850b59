"""The options that every command understands."""

import click
import pytest

from cli.main import piaolian as program
from cli.options import Ask, Settings
from cli.render import Output


def commands(command: click.Command, names: tuple[str, ...] = ()):
    """Yield every command that does something, with its name."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, (*names, name))
    else:
        yield " ".join(names), command


OFFLINE = ("bill verify", "bill import", "proof verify", "record verify")
"""Commands that ask no node."""
OWN = [(name, command) for name, command in commands(program) if command.add_help_option]


@pytest.mark.parametrize(("name", "command"), OWN, ids=[name for name, _ in OWN])
def test_every_command_shows_its_answer_in_three_forms_and_gives_an_example(name, command):
    options = {option for parameter in command.params for option in parameter.opts}
    assert "-o" in options
    assert ("--node" in options) is (name not in OFFLINE)
    assert "Example" in (command.help or "")


def test_a_question_goes_to_the_named_node_and_the_answer_comes_back(node):
    node.answers["/v1/peers"] = {"items": [1]}
    ask = Ask(Settings(node=node.address, timeout_s=5), Output())
    assert ask.get("/v1/peers", limit=3) == {"items": [1]}
    assert node.requests[0][1] == "/v1/peers?limit=3"


def test_the_time_an_answer_may_take_is_an_option(piaolian, node):
    node.late_s = 0.5
    node.answers["/v1/peers"] = {"items": []}
    assert piaolian("peers", "--node", node.address, "--timeout", "0.1").code == 3
    assert piaolian("peers", "--node", node.address, "--timeout", "5").code == 0
