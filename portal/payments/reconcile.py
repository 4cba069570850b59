"""Holds a day's statement against the ledger, both ways, and shows the result."""

import json
from dataclasses import asdict, dataclass

from portal.payments.ledger_client import LedgerClient
from portal.payments.statement import Difference, compare, read_statement
from portal.payments.wechat import NO_STATEMENT, WechatPay, reason_of
from primitives.errors import Refused
from primitives.units import format_yuan

WORDS = {
    "missing_on_ledger": "in the statement, not on the ledger",
    "missing_in_statement": "on the ledger, not in the statement",
    "other_amount": "another amount",
    "refund_missing_on_ledger": "a refund is not on the ledger",
}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The result of one day."""

    day: str
    """`yyyy-mm-dd`."""
    trades: int
    """Trades in the statement."""
    trades_fen: int
    """Their sum."""
    refunds: int
    """Refunds in the statement."""
    refunds_fen: int
    """Their sum."""
    differences: tuple[Difference, ...]
    """What does not agree."""

    def as_json(self) -> str:
        """Return it for programs."""
        return json.dumps(asdict(self) | {"equal": not self.differences}, indent=2)

    def as_table(self) -> str:
        """Return it for people."""
        lines = [
            f"{self.day}  trades {self.trades}, {format_yuan(self.trades_fen)} yuan  "
            f"refunds {self.refunds}, {format_yuan(self.refunds_fen)} yuan",
            *(
                f"{item.reference:<32}  {WORDS[item.kind]:<36}  "
                f"statement {format_yuan(item.statement_fen):>14}  "
                f"ledger {format_yuan(item.ledger_fen):>14}"
                for item in self.differences
            ),
            f"{len(self.differences)} differences" if self.differences else "equal",
        ]
        return "\n".join(lines)


async def reconcile(
    company: WechatPay, ledger: LedgerClient, *, mchid: str, day: str
) -> Reconciliation:
    """Fetch both sides of a day (`yyyy-mm-dd`) and compare them.

    Raises:
        Refused: `statement.*`, or what the company refuses.
        Unavailable: when the company or the node does not answer, or the statement is not ready.
    """
    try:
        lines = read_statement(await company.statement(day), mchid)
    except Refused as error:
        if reason_of(error) != NO_STATEMENT:
            raise
        lines = ()
    recorded = [payment async for payment in ledger.payments()]
    refunds = [line for line in lines if line.refund_id]
    return Reconciliation(
        day=day,
        trades=len(lines) - len(refunds),
        trades_fen=sum(line.amount_fen for line in lines),
        refunds=len(refunds),
        refunds_fen=sum(line.refund_fen for line in refunds),
        differences=compare(day, lines, recorded),
    )
