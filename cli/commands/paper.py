"""Paper (换开纸质票据): an electronic bill handed out on a numbered paper form."""

import click

from cli.arguments import bill_name
from cli.operating import Operation, operates
from cli.options import Ask


@click.group()
def paper() -> None:
    """Hand a bill out on paper, or void a paper. For its hospital's node."""


@paper.command("exchange")
@bill_name
@click.option("--paper-code", required=True, help="Code of the paper form.")
@click.option("--paper-number", required=True, help="Number of the paper form.")
@operates()
def exchange(ask: Ask, /, code: str, number: str, paper_code: str, paper_number: str) -> Operation:
    """Hand a bill out on a paper form; a paper that is out is void from then on.

    \b
    Example:
      piaolian paper exchange 46060126 12 --paper-code 4601 --paper-number 0000123
    """  # noqa: D301
    return _operation("exchange_for_paper", code, number, paper_code, paper_number)


@paper.command("void")
@bill_name
@click.option("--paper-code", required=True, help="Code of the paper form.")
@click.option("--paper-number", required=True, help="Number of the paper form.")
@operates()
def void(ask: Ask, /, code: str, number: str, paper_code: str, paper_number: str) -> Operation:
    """Declare a paper void: it came back, or is lost.

    \b
    Example:
      piaolian paper void 46060126 12 --paper-code 4601 --paper-number 0000123
    """  # noqa: D301
    return _operation("void_paper", code, number, paper_code, paper_number)


def _operation(name: str, code: str, number: str, *form: str) -> Operation:
    paper_code, paper_number = form
    return {
        "operation": name,
        "code": code,
        "number": int(number),
        "paper_code": paper_code,
        "paper_number": paper_number,
    }
