"""Notices: what the company tells the merchant's address, encrypted, and when it sends them.

Source: WeChat Pay API v3, payment notices: the schedule of retries, 24 hours 4 minutes in all.
"""

import json
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

from portal.payments.moments import write_moment
from portal.payments.resource import seal
from portal.payments.simulator.chaos import first_sendings
from portal.payments.simulator.config import ChaosSection

SCHEDULE_S = (
    *(15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800),
    *(3_600, 10_800, 10_800, 10_800, 21_600, 21_600),
)
"""Seconds before each retry."""
SUMMARIES = {"TRANSACTION.SUCCESS": "支付成功", "REFUND.SUCCESS": "退款成功"}


@dataclass(frozen=True, slots=True)
class Sending:
    """A notice that is due."""

    id: int
    """Row number."""
    url: str
    """Where it goes."""
    body: bytes
    """What is signed and sent."""
    tries: int
    """How often it was tried."""


@dataclass(frozen=True, slots=True)
class Notices:
    """Makes and keeps notices; its methods run inside a transaction of the company's file.

    Args:
        apiv3_key: under which the merchant's notices are encrypted.
        chaos: how unpleasant it is.
        second_ms: how long a second of the schedule lasts.
    """

    apiv3_key: bytes
    """32 bytes."""
    chaos: ChaosSection
    second_ms: int
    """Milliseconds."""

    def add(
        self,
        connection: sqlite3.Connection,
        kind: str,
        url: str,
        fields: dict[str, Any],
        now_ms: int,
    ) -> None:
        """Keep a notice about a trade or refund; `url` may be empty: nobody wants it."""
        if not url:
            return
        name, body = self._make(kind, fields, now_ms)
        connection.execute("INSERT INTO notices VALUES (?, ?, ?)", (name, url, body))
        subject = str(fields.get("out_refund_no") or fields["out_trade_no"])
        times = first_sendings(self.chaos, subject, now_ms, self.second_ms)
        connection.executemany(
            "INSERT INTO sendings (notice, due_ms) VALUES (?, ?)", [(name, due) for due in times]
        )

    def due(self, connection: sqlite3.Connection, now_ms: int, limit: int) -> list[Sending]:
        """Return what is due, oldest first."""
        rows = connection.execute(
            "SELECT s.id, n.url, n.body, s.tries FROM sendings s JOIN notices n ON n.id = s.notice "
            "WHERE s.due_ms <= ? ORDER BY s.due_ms, s.id LIMIT ?",
            (now_ms, limit),
        )
        return [Sending(*row) for row in rows]

    def done(self, connection: sqlite3.Connection, sending: Sending) -> None:
        """Forget a sending that was accepted."""
        connection.execute("DELETE FROM sendings WHERE id = ?", (sending.id,))

    def failed(self, connection: sqlite3.Connection, sending: Sending, now_ms: int) -> bool:
        """Plan the next try; tell whether there is one."""
        if sending.tries >= len(SCHEDULE_S):
            self.done(connection, sending)
            return False
        due_ms = now_ms + SCHEDULE_S[sending.tries] * self.second_ms
        connection.execute(
            "UPDATE sendings SET due_ms = ?, tries = tries + 1 WHERE id = ?", (due_ms, sending.id)
        )
        return True

    def _make(self, kind: str, fields: dict[str, Any], now_ms: int) -> tuple[str, bytes]:
        name = kind.partition(".")[0].lower()
        plaintext = json.dumps(fields, ensure_ascii=False).encode()
        resource = seal(self.apiv3_key, plaintext, associated=name, nonce=secrets.token_urlsafe(9))
        notice = {
            "id": secrets.token_hex(16),
            "create_time": write_moment(now_ms),
            "event_type": kind,
            "resource_type": "encrypt-resource",
            "resource": resource | {"original_type": name},
            "summary": SUMMARIES[kind],
        }
        return str(notice["id"]), json.dumps(notice, ensure_ascii=False).encode()
