"""What was heard and is not forgotten: trades to look for, payments to record.

Rule: a payment's row is written once and never changed: it is handed to the ledger with the same
bytes however often that takes.
"""

import sqlite3
from dataclasses import dataclass

from portal.database import Database
from portal.payments.ledger_client import PaymentFact
from primitives.errors import Unavailable

WATCHED_MAX = 200_000
"""More trades are not looked for at a time; their statement finds them."""
LOOK_AFTER_S = (20, 60, 120, 300, 600, 1_800)
"""Seconds until a trade is looked for again; the last repeats."""
RECORD_AFTER_S = (1, 5, 15, 60, 300)
"""Seconds until the ledger is asked again; the last repeats."""
SLOW_MS = 3_600_000
"""What only people can mend is tried again after an hour."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A trade that may be paid."""

    out_trade_no: str
    """Our number."""
    until_ms: int
    """When it can no longer be paid."""
    tries: int
    """How often we looked."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that was heard."""

    out_trade_no: str
    """Our number of the trade."""
    fact: PaymentFact
    is_recorded: bool = False
    """It is on the ledger."""
    tries: int = 0
    """How often the ledger was asked."""


COLUMNS = ", ".join(
    (
        *("reference", "out_trade_no", "payee", "order_number", "amount_fen", "paid_ms"),
        *("evidence", "is_recorded", "tries"),
    )
)


class Inbox:
    """Watched trades and heard payments.

    Args:
        database: the receiver's file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def watch(self, out_trade_no: str, until_ms: int, now_ms: int) -> None:
        """Look for a trade from now on, unless it is known.

        Raises:
            Unavailable: `receiver.full`.
        """

        def write(connection: sqlite3.Connection) -> None:
            known = connection.execute(
                "SELECT 1 FROM payments WHERE out_trade_no = ?", (out_trade_no,)
            ).fetchone()
            if known:
                return
            (count,) = connection.execute("SELECT count(*) FROM watched").fetchone()
            if count >= WATCHED_MAX:
                raise Unavailable("receiver.full", "too many trades are looked for")
            connection.execute(
                "INSERT INTO watched (out_trade_no, until_ms, next_ms) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)",
                (out_trade_no, until_ms, now_ms + LOOK_AFTER_S[0] * 1000),
            )

        await self._database.run(write)

    async def watched_due(self, now_ms: int, limit: int) -> list[Watched]:
        """Return trades to look for now."""

        def read(connection: sqlite3.Connection) -> list[Watched]:
            rows = connection.execute(
                "SELECT out_trade_no, until_ms, tries FROM watched WHERE next_ms <= ? "
                "ORDER BY next_ms LIMIT ?",
                (now_ms, limit),
            )
            return [Watched(*row) for row in rows]

        return await self._database.run(read)

    async def look_later(self, watched: Watched, now_ms: int) -> None:
        """Look for a trade again after a while."""
        delay_s = LOOK_AFTER_S[min(watched.tries + 1, len(LOOK_AFTER_S) - 1)]
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE watched SET next_ms = ?, tries = tries + 1 WHERE out_trade_no = ?",
                (now_ms + delay_s * 1000, watched.out_trade_no),
            )
        )

    async def unwatch(self, out_trade_no: str) -> None:
        """Stop looking for a trade."""
        await self._database.run(
            lambda connection: connection.execute(
                "DELETE FROM watched WHERE out_trade_no = ?", (out_trade_no,)
            )
        )

    async def hear(self, payment: Payment, now_ms: int) -> Payment:
        """Keep a payment; return it as it was first heard."""
        fact = payment.fact

        def write(connection: sqlite3.Connection) -> Payment:
            connection.execute(
                "DELETE FROM watched WHERE out_trade_no = ?", (payment.out_trade_no,)
            )
            connection.execute(
                "INSERT INTO payments (reference, out_trade_no, payee, order_number, amount_fen, "
                "paid_ms, evidence, next_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                (
                    *(fact.reference, payment.out_trade_no, fact.payee, fact.order),
                    *(fact.amount_fen, fact.paid_ms, fact.evidence, now_ms),
                ),
            )
            kept = _find(connection, fact.reference)
            assert kept is not None
            return kept

        return await self._database.run(write)

    async def payment(self, reference: str) -> Payment | None:
        """Return a payment by the company's number."""
        return await self._database.run(lambda connection: _find(connection, reference))

    async def unrecorded_due(self, now_ms: int, limit: int) -> list[Payment]:
        """Return payments to hand to the ledger now."""

        def read(connection: sqlite3.Connection) -> list[Payment]:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM payments "  # noqa: S608 (names of our own)
                "WHERE is_recorded = 0 AND next_ms <= ? ORDER BY next_ms LIMIT ?",
                (now_ms, limit),
            )
            return [_payment(row) for row in rows]

        return await self._database.run(read)

    async def recorded(self, reference: str) -> None:
        """Keep that a payment is on the ledger."""
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE payments SET is_recorded = 1 WHERE reference = ?", (reference,)
            )
        )

    async def record_later(
        self, payment: Payment, now_ms: int, *, needs_people: bool = False
    ) -> None:
        """Ask the ledger again after a while."""
        delay_ms = RECORD_AFTER_S[min(payment.tries, len(RECORD_AFTER_S) - 1)] * 1000
        due_ms = now_ms + (SLOW_MS if needs_people else delay_ms)
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE payments SET next_ms = ?, tries = tries + 1 WHERE reference = ?",
                (due_ms, payment.fact.reference),
            )
        )


def _find(connection: sqlite3.Connection, reference: str) -> Payment | None:
    row = connection.execute(
        f"SELECT {COLUMNS} FROM payments WHERE reference = ?",  # noqa: S608 (names of our own)
        (reference,),
    ).fetchone()
    return _payment(row) if row else None


def _payment(row: tuple[str, str, str, str, int, int, bytes, int, int]) -> Payment:
    reference, number, payee, order, amount_fen, paid_ms, evidence, is_recorded, tries = row
    fact = PaymentFact(payee, order, amount_fen, reference, paid_ms, evidence)
    return Payment(number, fact, bool(is_recorded), tries)
