"""Commands that work on a stopped node's own files: `piaoliand` owns them, we hand them over.

Rule: handed over by exec, with the arguments as they are: same output, same exit code.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from cli.exits import CommandError, Exit

_PASSED_ON = {
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
    "help_option_names": [],
}


def find_daemon() -> str:
    """Return the path of `piaoliand`: beside this program, else on the search path.

    Raises:
        CommandError: `daemon.missing`, exit 78.
    """
    beside = Path(sys.argv[0]).absolute().with_name("piaoliand")
    found = str(beside) if beside.exists() else shutil.which("piaoliand")
    if not found:
        raise CommandError(
            Exit.CONFIGURATION, "daemon.missing", "piaoliand is not installed beside piaolian"
        )
    return found


def hand_over(arguments: Sequence[str]) -> None:
    """Become `piaoliand` with these arguments; does not return."""
    program = find_daemon()
    os.execv(program, [program, *arguments])  # noqa: S606 (the arguments are the operator's own)


def _handed_over(name: str, summary: str) -> click.Command:
    @click.command(name, help=summary, add_help_option=False, context_settings=_PASSED_ON)
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="...")
    def command(arguments: tuple[str, ...]) -> None:
        hand_over((name, *arguments))

    return command


HANDED_OVER = (
    _handed_over("init", "Make an agency's folder: keys, certificate, settings (piaoliand)."),
    _handed_over("testnet", "Make a whole network on this machine, for trying out (piaoliand)."),
    _handed_over("run", "Run a node (piaoliand)."),
    _handed_over("store", "`store verify`: check a stopped node's store (piaoliand)."),
    _handed_over("config", "`config check`: check a settings file (piaoliand)."),
)
"""What `piaoliand` does under the same name."""
