"""The options that every command understands, and what they become.

Rule: an option beside the command counts before the same one beside `piaolian`, and that before
the environment.
"""

import asyncio
import functools
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from cli.client import NodeClient
from cli.exits import exit_code_of
from cli.render import FORMS, Form, Output
from cli.target import find_target
from primitives.errors import HouseError

P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_TIMEOUT_S = 30.0

_NAMES = ("node", "token_file", "ca_file", "timeout_s", "output")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the options say; None where they say nothing."""

    node: str | None = None
    """`unix:PATH` or `https://HOST:PORT`."""
    token_file: Path | None = None
    """File of the bearer token."""
    ca_file: Path | None = None
    """The node's certificate."""
    timeout_s: float | None = None
    """How long an answer may take."""
    output: Form | None = None
    """How to show answers."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a command works with: a way to its node and a way to show answers."""

    settings: Settings
    """What the options say."""
    output: Output
    """How answers are shown."""

    def client(self) -> NodeClient:
        """Return a client of the node, not yet connected.

        Raises:
            CommandError: when the options name no usable node.
        """
        settings = self.settings
        target = find_target(settings.node, settings.token_file, settings.ca_file)
        return NodeClient(target, settings.timeout_s or DEFAULT_TIMEOUT_S)

    def run(self, question: Callable[[NodeClient], Awaitable[R]]) -> R:
        """Connect, ask, and return what `question` returns."""

        async def connected() -> R:
            async with self.client() as client:
                return await question(client)

        return asyncio.run(connected())

    def get(self, path: str, **query: str | int | None) -> dict[str, Any]:
        """Ask one question."""
        return self.run(lambda client: client.get(path, **query))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask one question that has a body."""
        data = json.dumps(body).encode()
        return self.run(lambda client: client.post(path, data))


def node_options(*, with_environment: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that adds the options naming a node."""

    def variable(name: str) -> str | None:
        return name if with_environment else None

    options = (
        click.option(
            "--node",
            metavar="ADDRESS",
            envvar=variable("PIAOLIAN_NODE"),
            show_envvar=with_environment,
            help="unix:PATH of its admin socket, or https://HOST:PORT of its API.",
        ),
        click.option(
            "--token-file",
            type=click.Path(path_type=Path),
            envvar=variable("PIAOLIAN_TOKEN_FILE"),
            show_envvar=with_environment,
            help="File of the bearer token, for https.",
        ),
        click.option(
            "--ca-file",
            type=click.Path(path_type=Path),
            envvar=variable("PIAOLIAN_CA_FILE"),
            show_envvar=with_environment,
            help="The node's own certificate (keys/node.crt), for https; no other is trusted.",
        ),
        click.option(
            "--timeout",
            "timeout_s",
            type=click.FloatRange(min=0.1, max=3600),
            metavar="SECONDS",
            help=f"How long one answer may take; {DEFAULT_TIMEOUT_S:.0f} without.",
        ),
    )
    return lambda command: functools.reduce(
        lambda wrapped, option: option(wrapped), reversed(options), command
    )


output_option = click.option(
    "-o",
    "--output",
    type=click.Choice(FORMS),
    help="table for people (default), json for one document, jsonl for an object a line.",
)


def asks_node(command: Callable[Concatenate[Ask, P], R]) -> Callable[..., R | int]:
    """Give a command the node's options and hand it an `Ask`."""
    return node_options()(shows(command))


def shows(command: Callable[Concatenate[Ask, P], R]) -> Callable[..., R | int]:
    """Give a command the option `-o`, hand it an `Ask`, and tell what went wrong."""

    @output_option
    @click.pass_context
    @functools.wraps(command)
    def wrapper(context: click.Context, /, *args: Any, **options: Any) -> R | int:
        above = context.find_object(Settings) or Settings()
        own = {name: options.pop(name, None) for name in _NAMES}
        merged = Settings(
            **{
                name: getattr(above, name) if value is None else value
                for name, value in own.items()
            }
        )
        ask = Ask(merged, Output(merged.output or "table"))
        try:
            return command(ask, *args, **options)
        except HouseError as error:
            ask.output.failure(error)
            return exit_code_of(error)

    return wrapper
