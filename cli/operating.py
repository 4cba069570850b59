"""From a command to an operation of the ledger: try it or hand it in, and tell what came of it.

Rule: every command that changes the ledger goes this way. The node signs with its own key, unless
`--sign-with` names one that no node holds: then the transaction is made and signed here.
"""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from cli.arguments import base64url
from cli.client import NodeClient
from cli.exits import Exit
from cli.options import Ask, asks_node
from cli.render import printable
from cli.signing import read_key_file, signed
from ledger.operation_json import operation_from_json
from primitives.errors import Refused

P = ParamSpec("P")
Operation = dict[str, Any]
"""An operation as the API reads it."""
GOVERNANCE = "governance"
"""Purpose of the commands that only a governance key may sign."""

_KeyFile = click.Path(path_type=Path, dir_okay=False)
_OPTIONS = (
    click.option("--dry-run", is_flag=True, help="Tell what would come of it; hand nothing in."),
    click.option(
        "--idempotency-key",
        metavar="KEY",
        help="A second try under the same KEY is answered with the first one's outcome.",
    ),
    click.option(
        "--wait",
        "wait_s",
        type=click.FloatRange(0, 60),
        default=30.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait until it is final.",
    ),
    click.option(
        "--sign-with",
        type=_KeyFile,
        metavar="KEYFILE",
        help="Sign here, with a key that no node holds: a person's or a governance key.",
    ),
    click.option(
        "--approve-with",
        type=_KeyFile,
        metavar="KEYFILE",
        help="A second person's key, where the ledger asks for an approval (复核).",
    ),
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How operations are handed in."""

    purpose: str
    """Of the key that signs: desk, provider or governance."""
    dry_run: bool
    """Whether they are only tried."""
    idempotency_key: str | None
    """Of a request that may be repeated."""
    wait_s: float
    """How long to wait."""
    sign_with: Path | None
    """A key file here; None for the node's own key."""
    approve_with: Path | None
    """A second person's."""

    @property
    def wait_ms(self) -> int:
        """How long to wait."""
        return int(self.wait_s * 1000)


def operates(
    purpose: str = "desk",
) -> Callable[
    [Callable[Concatenate[Ask, P], Operation | list[Operation]]], Callable[..., Exit | int]
]:
    """Return a decorator that hands in what a command returns, and tells the outcome.

    Args:
        purpose: of the key that must sign it.
    """

    def decorate(
        command: Callable[Concatenate[Ask, P], Operation | list[Operation]],
    ) -> Callable[..., Exit | int]:
        @asks_node
        @functools.wraps(command)
        def wrapper(ask: Ask, /, *arguments: Any, **options: Any) -> Exit:
            names = ("dry_run", "idempotency_key", "wait_s", "sign_with", "approve_with")
            manner = Manner(purpose, **{name: options.pop(name) for name in names})
            _check(manner)
            asked = command(ask, *arguments, **options)
            operations = asked if isinstance(asked, list) else [asked]
            return operate(ask, operations, manner)

        return functools.reduce(lambda inner, option: option(inner), reversed(_OPTIONS), wrapper)

    return decorate


def operate(ask: Ask, operations: Sequence[Operation], manner: Manner) -> Exit:
    """Hand operations in as one transaction, or try them; show the outcome.

    Raises:
        Refused: with the node's code, field and detail.
    """
    answer = ask.run(lambda client: _hand_in(client, operations, manner))
    if answer.get("status") == "refused":
        raise refusal_of(answer)
    ask.output.one(answer, list(_rows(operations, answer)))
    is_done = answer.get("status") in ("committed", "lawful")
    return Exit.DONE if is_done or not manner.wait_s else Exit.OUTCOME_UNKNOWN


def refusal_of(answer: Mapping[str, Any]) -> Refused:
    """Return the refusal that an answer tells of."""
    problem = answer.get("problem") or {}
    return Refused(
        str(problem.get("code", "answer.no_code")),
        str(problem.get("detail", "")),
        str(problem.get("field") or ""),
    )


async def _hand_in(
    client: NodeClient, operations: Sequence[Operation], manner: Manner
) -> dict[str, Any]:
    if manner.sign_with is None:
        path = "/v1/operations"
        document: dict[str, Any] = {"operations": list(operations), "purpose": manner.purpose}
    else:
        path = "/v1/transactions"
        document = {"transactions": [await _signed(client, operations, manner)]}
    answer = await client.post(
        path,
        json.dumps(document).encode(),
        wait_ms=manner.wait_ms,
        key=manner.idempotency_key,
        dry_run=1 if manner.dry_run else None,
    )
    items = answer.get("items") or [{}]
    item: dict[str, Any] = items[0]
    return item


async def _signed(client: NodeClient, operations: Sequence[Operation], manner: Manner) -> str:
    """Return the transaction that is signed here, as base64url."""
    assert manner.sign_with is not None
    key = read_key_file(manner.sign_with, "--sign-with")
    checker = None
    if manner.approve_with is not None:
        checker = read_key_file(manner.approve_with, "--approve-with")
    read = [
        operation_from_json(operation, f"operations[{place}]")
        for place, operation in enumerate(operations)
    ]
    status = await client.get("/v1/status")
    chain, agency = bytes.fromhex(str(status["chain"])), str(status["agency"])
    return base64url(signed(chain, agency, read, key=key, checker=checker).data)


def _check(manner: Manner) -> None:
    if manner.purpose == GOVERNANCE and manner.sign_with is None:
        raise click.UsageError(
            "this takes the agency's governance key, which no node holds: --sign-with KEYFILE"
        )
    if manner.approve_with is not None and manner.sign_with is None:
        raise click.UsageError("--approve-with needs --sign-with: both sign the same transaction")
    if manner.idempotency_key is not None and manner.sign_with is not None:
        raise click.UsageError("--idempotency-key is for what the node signs; leave one out")


def _rows(operations: Sequence[Operation], answer: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return what people are told: the outcome in words, then each result."""
    asked = ", ".join(str(item["operation"]).replace("_", " ") for item in operations)
    rows: list[tuple[str, object]] = [("asked", asked), ("outcome", _outcome(answer))]
    for result in answer.get("results") or ():
        rows += _result(result)
    rows += [("would change", printable(key)) for key in answer.get("changes") or ()]
    if answer.get("id"):
        rows.append(("transaction", answer["id"]))
    return rows


def _outcome(answer: Mapping[str, Any]) -> str:
    match answer.get("status"):
        case "committed":
            return f"done, final in block {answer.get('height')}"
        case "lawful":
            return "nothing handed in: it would take effect now"
        case "accepted":
            return "in line; ask later what became of it: piaolian tx get"
        case _:
            return "not known yet; ask later: piaolian tx get"


def _result(result: Mapping[str, Any]) -> list[tuple[str, object]]:
    match result.get("operation"):
        case "reverse_bill":
            return [("red bill", f"{result.get('code')} {result.get('number')}")]
        case "issue_bill":
            return [("bill", f"{result.get('code')} {result.get('number')}")]
        case "allot_numbers":
            span = f"{result.get('first', 0):010d} to {result.get('last', 0):010d}"
            return [("numbers", f"{result.get('code')} {span}")]
        case "record_payment":
            reason = f" ({result['reason']})" if result.get("reason") else ""
            return [("payment", f"{result.get('state')}{reason}")]
        case "propose":
            return [("proposal", result.get("proposal")), ("state", result.get("state"))]
        case "vote":
            return [("proposal is now", result.get("state"))]
        case _:
            return []
