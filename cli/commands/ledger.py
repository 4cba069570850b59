"""The ledger as a whole: finance's books, and the recount that checks them."""

import click

from cli.commands.ledger_recount import recount
from cli.commands.ledger_report import report


@click.group()
def ledger() -> None:
    """See the ledger's books, and count them again."""


ledger.add_command(recount)
ledger.add_command(report)
