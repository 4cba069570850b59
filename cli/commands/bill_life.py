"""`piaolian bill reverse`, `book`, `archive`, `rotate-holder`: what may be done with a bill."""

from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import click

from cli.arguments import PUBLIC_KEY, WHEN, YUAN, Digits, base64url, bill_name, new_check_code
from cli.operating import Operation, operates
from cli.options import Ask
from cli.signing import read_key_file
from ledger.holders import rotation_message


@click.command()
@bill_name
@click.option("--reason", required=True, help="A code: refund, wrong_person, wrong_amount, ...")
@operates()
def reverse(ask: Ask, /, code: str, number: str, reason: str) -> Operation:
    """Take a bill back whole, by a red bill of its own (冲红). For its hospital's node.

    Refused while a payer holds it or paid on it, and while a paper of it is out.

    \b
    Example:
      piaolian bill reverse 46060126 12 --reason refund
    """  # noqa: D301
    return {
        "operation": "reverse_bill",
        "code": code,
        "number": int(number),
        "check_code": new_check_code(),
        "reason": reason,
    }


@click.command()
@bill_name
@click.option("--date", type=Digits("day", 8, 8), required=True, help="Accounting day, yyyymmdd.")
@click.option("--amount", type=YUAN, required=True, help="What this unit paid on it, in yuan.")
@operates()
def book(ask: Ask, /, code: str, number: str, date: str, amount: int) -> Operation:
    """Enter a bill into this unit's accounts (入账). For a payer's node.

    \b
    Example:
      piaolian bill book 46060126 12 --date 20260701 --amount 250.00
    """  # noqa: D301
    return {
        "operation": "book_bill",
        "code": code,
        "number": int(number),
        "date": int(date),
        "amount_fen": amount,
    }


@click.command()
@bill_name
@click.option("--until-year", type=click.IntRange(1900, 9999), required=True)
@operates()
def archive(ask: Ask, /, code: str, number: str, until_year: int) -> Operation:
    """Keep a booked bill in this unit's archive (归档) to the end of a year.

    \b
    Example:
      piaolian bill archive 46060126 12 --until-year 2056
    """  # noqa: D301
    return {
        "operation": "archive_bill",
        "code": code,
        "number": int(number),
        "until_year": until_year,
    }


@click.command("rotate-holder")
@bill_name
@click.option(
    "--holder-key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="KEYFILE",
    help="The key that speaks for the holder now.",
    required=True,
)
@click.option("--new-key", type=PUBLIC_KEY, required=True, help="The holder's own key, hex.")
@click.option("--until", type=WHEN, default="1h", show_default=True, help="How long it counts.")
@operates()
def rotate_holder(ask: Ask, /, code: str, number: str, **asked: Any) -> Operation:
    """Move a bill to a key of the holder's own; no portal speaks for them from then on.

    \b
    Example:
      piaolian bill rotate-holder 46060126 12 --holder-key holder.key --new-key 5f...
    """  # noqa: D301
    chain = bytes.fromhex(str(ask.get("/v1/status")["chain"]))
    new_key = urlsafe_b64decode(asked["new_key"] + "=")
    message = rotation_message(chain, code, int(number), new_key=new_key, until_ms=asked["until"])
    holder = read_key_file(asked["holder_key"], "--holder-key")
    return {
        "operation": "rotate_holder",
        "code": code,
        "number": int(number),
        "new_key": asked["new_key"],
        "until_ms": asked["until"],
        "signature": base64url(holder.sign(message)),
    }
