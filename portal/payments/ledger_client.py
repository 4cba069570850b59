"""The questions that the bank's receiver asks its own node: payments and refunds.

Rule: what the node has not called committed or existing is not on the ledger yet.
"""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from portal.node_client import NodeClient
from primitives.errors import Unavailable

PAGE = 100
"""Items asked for at once: the most that a node gives."""
REFERENCES_MAX = 500
"""Payments marked by one operation."""
PAGES_MAX = 100_000
"""More pages are no list."""
FINAL = frozenset({"committed", "exists"})
"""Statuses that mean: it is on the ledger."""


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """A payment as it is recorded."""

    payee: str
    """Agency id."""
    order: str
    """Number of the charge order; our number of the trade when it names none."""
    amount_fen: int
    """Fen."""
    reference: str
    """The company's number of the trade."""
    paid_ms: int
    """When it was paid."""
    evidence: bytes
    """SHA-256 of the signed bytes that told it first."""


@dataclass(frozen=True, slots=True)
class RefundFact:
    """A refund as it is recorded."""

    payment: str
    """The company's number of the trade."""
    reference: str
    """The company's number of the refund."""
    amount_fen: int
    """Fen."""
    refunded_ms: int
    """When it arrived."""
    evidence: bytes
    """SHA-256 of the signed bytes that told it first."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payment as the ledger lists it."""

    reference: str
    """The company's number of the trade."""
    payee: str
    """Agency id."""
    order: str
    """Number of the charge order."""
    amount_fen: int
    """Fen."""
    refunded_fen: int
    """What was given back so far."""
    paid_ms: int
    """When it was paid."""
    state: str
    """`applied` or `unapplied`."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A refund that we owe."""

    payment: str
    """The company's number of the trade."""
    amount_fen: int
    """What is to be given back."""


class LedgerClient(NodeClient):
    """A connection to the provider's own node; its token needs the scope `payments`."""

    async def record_payment(self, fact: PaymentFact, wait_ms: int) -> str:
        """Hand in a payment and return its status: `committed`, `exists`, `accepted`, `unknown`.

        Raises:
            Refused: `payment.reference_conflict` when the reference has other content.
        """
        body = {
            "payee": fact.payee,
            "order": fact.order,
            "amount_fen": fact.amount_fen,
            "reference": fact.reference,
            "paid_ms": fact.paid_ms,
            "notice_hash": _base64url(fact.evidence),
        }
        return await self._hand_in("/v1/payments", body, wait_ms)

    async def record_refund(self, fact: RefundFact, wait_ms: int) -> str:
        """Hand in a refund and return its status; see `record_payment`."""
        body = {
            "payment": fact.payment,
            "reference": fact.reference,
            "amount_fen": fact.amount_fen,
            "refunded_ms": fact.refunded_ms,
            "notice_hash": _base64url(fact.evidence),
        }
        return await self._hand_in("/v1/refunds", body, wait_ms)

    async def mark_reconciled(
        self, references: Sequence[str], statement_hash: bytes, wait_ms: int
    ) -> bool:
        """Mark payments that stand in a statement; tell whether all are marked. Again is harmless.

        Args:
            references: the company's numbers of the trades.
            statement_hash: SHA-256 of the statement.
            wait_ms: how long to wait for each 500 of them.

        Raises:
            Unavailable: `auth.missing_scope` when our token may not sign operations.
        """
        for start in range(0, len(references), REFERENCES_MAX):
            operation = {
                "operation": "reconcile_payments",
                "references": list(references[start : start + REFERENCES_MAX]),
                "statement_hash": _base64url(statement_hash),
            }
            body = {"operations": [operation], "purpose": "provider"}
            query = urlencode({"wait_ms": wait_ms})
            answer = await self._ask("POST", f"/v1/operations?{query}", body)
            if _status_of_item(answer) not in FINAL:
                return False
        return True

    async def owed(self) -> AsyncIterator[Owed]:
        """Yield the refunds that this agency owes."""
        async for item in self._items("/v1/refunds/owed"):
            yield _owed(item)

    async def payments(self) -> AsyncIterator[Recorded]:
        """Yield the payments that this agency recorded."""
        async for item in self._items("/v1/payments"):
            yield _recorded(item)

    async def _hand_in(self, path: str, body: dict[str, Any], wait_ms: int) -> str:
        answer = await self._ask("POST", f"{path}?{urlencode({'wait_ms': wait_ms})}", body)
        return str(answer.get("status", ""))

    async def _items(self, path: str) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        for _ in range(PAGES_MAX):
            query = {"limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
            answer = await self._ask("GET", f"{path}?{urlencode(query)}")
            items = answer.get("items")
            if not isinstance(items, list):
                raise Unavailable("node.malformed", "a list has another form")
            for item in items:
                yield item
            cursor = str(answer.get("next") or "")
            if not cursor:
                return
        raise Unavailable("node.malformed", "a list does not end")


def _status_of_item(answer: Mapping[str, Any]) -> str:
    try:
        return str(answer["items"][0]["status"])
    except (KeyError, TypeError, IndexError) as error:
        raise _malformed() from error


def _owed(item: Mapping[str, Any]) -> Owed:
    try:
        return Owed(str(item["payment"]), _whole(item["amount_fen"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _malformed() from error


def _recorded(item: Mapping[str, Any]) -> Recorded:
    try:
        return Recorded(
            reference=str(item["reference"]),
            payee=str(item["payee"]),
            order=str(item["order"]),
            amount_fen=_whole(item["amount_fen"]),
            refunded_fen=_whole(item["refunded_fen"]),
            paid_ms=_whole(item["paid_ms"]),
            state=str(item["state"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _malformed() from error


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _malformed() -> Unavailable:
    return Unavailable("node.malformed", "an item has another form")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
