"""The ledger as a whole: finance's books, and the recount that checks them."""

import click

from cli.commands.ledger_recount import recount


@click.group()
def ledger() -> None:
    """See the ledger's books, and count them again."""


ledger.add_command(recount)
