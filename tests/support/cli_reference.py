"""Writes docs/cli.md from the command line's own help, so that the two never differ.

python -m tests.support.cli_reference > docs/cli.md
"""

import sys
from collections.abc import Iterator

import click

from cli.main import piaolian

WIDTH = 96

HEAD = """\
# `piaolian`, the operator's command line

This page is written from the program's own help by `make docs`; a test keeps the two equal.

`piaolian` talks to one node over its HTTP API. Which one, and why it is believed:

| Way | Options | Trusted because |
|---|---|---|
| on the node's machine | `--node unix:/var/lib/piaolian/api.sock` \
| only the node's own user may open the socket |
| from another machine | `--node https://HOST:PORT --token-file FILE --ca-file node.crt` \
| the connection is pinned to this very certificate |

The environment variables `PIAOLIAN_NODE`, `PIAOLIAN_TOKEN_FILE` and `PIAOLIAN_CA_FILE` say the same
once and for all. `piaolian bill verify` and `piaolian bill import` ask no node.

Every command that changes the ledger takes `--dry-run` (tells what would come of it, hands nothing
in), `--idempotency-key KEY` (a second try is the first one's answer), `--wait SECONDS`, and
`--sign-with KEYFILE [--approve-with KEYFILE]`: then the transaction is made and signed here, for
governance and persons' keys, which no node holds. Amounts are written in yuan (`13.05`), moments as
a day, a day with a time, or from now (`30d`, `12h`, `45m`).

`init`, `testnet`, `run`, `store` and `config` work on a node's own files; `piaolian` hands them
over to `piaoliand` as they are (`piaoliand --help`).
"""


def reference() -> str:
    """Return the page."""
    return "\n".join([HEAD, *_sections(piaolian, ("piaolian",), None)])


def _sections(
    command: click.Command, names: tuple[str, ...], parent: click.Context | None
) -> Iterator[str]:
    context = click.Context(
        command,
        info_name=names[-1],
        parent=parent,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    if not command.add_help_option:
        return
    yield f"{'#' * (len(names) + 1)} `{' '.join(names)}`\n"
    yield f"```text\n{command.get_help(context).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _sections(below, (*names, name), context)


if __name__ == "__main__":
    sys.stdout.write(reference())
