"""A stand-in for a node, and the command line run against it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cli.main import run
from tests.support.stand_in import StandIn, standing_in


@dataclass(frozen=True)
class Ran:
    """One command line, run to its end."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its output as one JSON document."""
        return json.loads(self.out)

    @property
    def objects(self) -> list[Any]:
        """Its output as an object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def node() -> Iterator[StandIn]:
    with standing_in() as node:
        yield node


@pytest.fixture
def piaolian(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    """Run a command line in this process."""
    for name in ("PIAOLIAN_NODE", "PIAOLIAN_TOKEN_FILE", "PIAOLIAN_CA_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def command(*arguments: object) -> Ran:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(int(code), captured.out, captured.err)

    return command
