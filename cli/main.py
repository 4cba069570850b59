"""`piaolian`: the operator's command line.

Rule: whatever happens, the process ends with a code of `cli.exits` and one clear sentence.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from cli.commands.agency import agency
from cli.commands.bill import bill
from cli.commands.block import block
from cli.commands.claim import claim
from cli.commands.daemon import HANDED_OVER
from cli.commands.governance import governance
from cli.commands.ledger import ledger
from cli.commands.network import peers, status, validators, version
from cli.commands.number_range import number_range
from cli.commands.order import order
from cli.commands.paper import paper
from cli.commands.param import param
from cli.commands.payment import payment
from cli.commands.proof import proof
from cli.commands.record import record
from cli.commands.transaction import transaction
from cli.commands.unit import unit
from cli.exits import Exit, exit_code_of
from cli.options import Settings, node_options, output_option
from cli.render import Output
from primitives.errors import HouseError

EPILOG = """\b
Examples:
  export PIAOLIAN_NODE=unix:/var/lib/piaolian/api.sock
  piaolian status
  piaolian bill issue day.jsonl
  piaolian bill verify receipt.json --genesis genesis.json

\b
Exit codes:
  0 done           3 no node answers    6 outcome unknown (timed out waiting)
  1 unexpected     4 node not ready     7 refused, the code says why
  2 usage          5 check failed       77 permission   78 configuration
"""


@click.group(
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@node_options(with_environment=True)
@output_option
@click.pass_context
def piaolian(context: click.Context, /, **options: Any) -> None:
    """See and use a node of Piaolian, the bill chain.

    Every command that asks a node takes --node (and --token-file, --ca-file for https), here or
    beside the command. `-o json` and `-o jsonl` are for programs.
    """
    context.obj = Settings(**options)


_OF_THE_NODE = (status, peers, validators, block, transaction, version)
_OF_THE_LEDGER = (
    *(bill, order, payment, claim, paper, number_range, unit),
    *(record, governance, agency, param, ledger, proof),
)
for _command in (*_OF_THE_NODE, *_OF_THE_LEDGER):
    piaolian.add_command(_command)
for _command in HANDED_OVER:
    piaolian.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        result = piaolian.main(list(arguments), prog_name="piaolian", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except click.Abort:
        click.echo("piaolian: stopped", err=True)
        return 130
    except HouseError as error:
        Output().failure(error)
        return exit_code_of(error)
    except BrokenPipeError:
        # Whoever read our output has had enough; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.UNEXPECTED
    return result if isinstance(result, int) else Exit.DONE


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))
