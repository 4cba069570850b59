"""Refunds on their way, on disk before the company is asked.

Rule: a payment has one refund on its way at a time; its number follows from the payment and from
which refund of it this is, so that no restart ever asks under another number.
"""

import sqlite3
from dataclasses import dataclass, replace

from portal.database import Database
from portal.payments.numbers import refund_number

REFUNDS_MAX = 50
"""The company's limit for one trade."""
RETRY_AFTER_S = (2, 5, 10, 20, 60, 60, 60, 300, 600)
"""Seconds until a refund is tried again; the last repeats."""


@dataclass(frozen=True, slots=True)
class Job:
    """One refund."""

    out_refund_no: str
    """Our number."""
    payment: str
    """The company's number of the trade."""
    ordinal: int
    """Which refund of the payment; 0 when we did not ask for it."""
    amount_fen: int
    """What goes back."""
    state: str
    """`asked`, `paid` by the company, `recorded` on the ledger, `closed`: it could not."""
    refund_id: str = ""
    """The company's number, once it is paid."""
    refunded_ms: int = 0
    """When it arrived."""
    evidence: bytes = b""
    """SHA-256 of the signed bytes that told so."""
    tries: int = 0
    """How often it was tried."""


COLUMNS = (
    "out_refund_no, payment, ordinal, amount_fen, state, refund_id, refunded_ms, evidence, tries"
)


class RefundJobs:
    """The refunds of the receiver's file.

    Args:
        database: the receiver's file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, payment: str, amount_fen: int, now_ms: int) -> Job | None:
        """Keep and return a payment's next refund; None when 50 were tried."""

        def write(connection: sqlite3.Connection) -> Job | None:
            (last,) = connection.execute(
                "SELECT coalesce(max(ordinal), 0) FROM refunds WHERE payment = ?", (payment,)
            ).fetchone()
            if last >= REFUNDS_MAX:
                return None
            job = Job(refund_number(payment, last + 1), payment, last + 1, amount_fen, "asked")
            _insert(connection, job, now_ms)
            return job

        return await self._database.run(write)

    async def adopt(self, job: Job, now_ms: int) -> Job:
        """Keep a refund that we hear of for the first time; return it as it is kept."""

        def write(connection: sqlite3.Connection) -> Job:
            _insert(connection, job, now_ms)
            kept = _find(connection, job.out_refund_no)
            assert kept is not None
            return kept

        return await self._database.run(write)

    async def find(self, out_refund_no: str) -> Job | None:
        """Return a refund by our number."""
        return await self._database.run(lambda connection: _find(connection, out_refund_no))

    async def due(self, now_ms: int, limit: int) -> list[Job]:
        """Return refunds to go on with now."""

        def read(connection: sqlite3.Connection) -> list[Job]:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM refunds "  # noqa: S608 (names of our own)
                "WHERE state IN ('asked', 'paid') AND next_ms <= ? ORDER BY next_ms LIMIT ?",
                (now_ms, limit),
            )
            return [Job(*row) for row in rows]

        return await self._database.run(read)

    async def payments_under_way(self, now_ms: int) -> frozenset[str]:
        """Return the payments that have a refund on its way, or one that was closed just now."""

        def read(connection: sqlite3.Connection) -> frozenset[str]:
            rows = connection.execute(
                "SELECT payment FROM refunds WHERE state IN ('asked', 'paid') "
                "OR (state = 'closed' AND next_ms > ?)",
                (now_ms,),
            )
            return frozenset(row[0] for row in rows)

        return await self._database.run(read)

    async def save(self, job: Job) -> Job:
        """Keep a refund's new state."""
        values = (job.amount_fen, job.state, job.refund_id, job.refunded_ms, job.evidence)
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE refunds SET amount_fen = ?, state = ?, refund_id = ?, refunded_ms = ?, "
                "evidence = ? WHERE out_refund_no = ?",
                (*values, job.out_refund_no),
            )
        )
        return job

    async def later(self, job: Job, now_ms: int, *, delay_ms: int = 0) -> Job:
        """Go on with a refund after a while."""
        wait_ms = delay_ms or RETRY_AFTER_S[min(job.tries, len(RETRY_AFTER_S) - 1)] * 1000
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE refunds SET next_ms = ?, tries = tries + 1 WHERE out_refund_no = ?",
                (now_ms + wait_ms, job.out_refund_no),
            )
        )
        return replace(job, tries=job.tries + 1)


def ordinal_of(payment: str, out_refund_no: str) -> int:
    """Return which refund of a payment a number means; 0 when it is none of ours."""
    for ordinal in range(1, REFUNDS_MAX + 1):
        if refund_number(payment, ordinal) == out_refund_no:
            return ordinal
    return 0


def _insert(connection: sqlite3.Connection, job: Job, now_ms: int) -> None:
    connection.execute(
        f"INSERT INTO refunds ({COLUMNS}, next_ms) "  # noqa: S608 (names of our own)
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            *(job.out_refund_no, job.payment, job.ordinal, job.amount_fen, job.state),
            *(job.refund_id, job.refunded_ms, job.evidence, job.tries, now_ms),
        ),
    )


def _find(connection: sqlite3.Connection, out_refund_no: str) -> Job | None:
    row = connection.execute(
        f"SELECT {COLUMNS} FROM refunds WHERE out_refund_no = ?",  # noqa: S608 (names of our own)
        (out_refund_no,),
    ).fetchone()
    return Job(*row) if row else None
