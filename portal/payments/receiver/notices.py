"""Reads a notice: its signature over the raw bytes first, then what it holds.

Rule: nothing of a notice is looked at before its signature is found good; whose it is and for whom
is checked before anything is kept.
Source: WeChat Pay API v3, notices of payments and refunds.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.clock import Clock
from portal.payments import signing
from portal.payments.facts import Refund, Trade, read_refund, read_trade
from portal.payments.merchant import Merchant
from portal.payments.platform_keys import PlatformKeys
from portal.payments.resource import unseal
from primitives.errors import Refused


@dataclass(frozen=True, slots=True)
class Notice:
    """What the company tells."""

    fact: Trade | Refund | None
    """A paid trade or a refund; None for news that we have no use for."""
    evidence: bytes
    """SHA-256 of the signed body."""


class NoticeReader:
    """Reads notices for one merchant.

    Args:
        merchant: for whom they must be.
        keys: the company's keys.
        clock: what time it is.
    """

    def __init__(self, merchant: Merchant, keys: PlatformKeys, clock: Clock) -> None:
        self._merchant = merchant
        self._keys = keys
        self._clock = clock

    async def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Check and read a notice.

        Raises:
            Refused: `signature.*`, `notice.*`, `trade.malformed`, `refund.malformed`.
            Unavailable: when the company's keys had to be asked for and it does not answer.
        """
        signature = signing.signature_of_headers(headers)
        key = await self._keys.find(signature.serial)
        text = signing.answer_text(signature.timestamp, signature.nonce, body)
        signing.check(key.key, text, signature, self._clock.now_ms())
        kind, fields = self._open(body)
        evidence = hashlib.sha256(body).digest()
        if kind.startswith("REFUND."):
            self._check_merchant(fields, ("mchid",))
            return Notice(read_refund(fields), evidence)
        if kind == "TRANSACTION.SUCCESS":
            self._check_merchant(fields, ("mchid", "appid"))
            return Notice(read_trade(fields), evidence)
        return Notice(None, evidence)

    def _open(self, body: bytes) -> tuple[str, dict[str, Any]]:
        try:
            notice = json.loads(body)
            kind, resource = str(notice["event_type"]), notice["resource"]
            fields = json.loads(unseal(self._merchant.apiv3_key, resource))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Refused("notice.malformed", "a notice has another form") from error
        if not isinstance(fields, dict):
            raise Refused("notice.malformed", "a notice has another form")
        return kind, fields

    def _check_merchant(self, fields: Mapping[str, Any], names: tuple[str, ...]) -> None:
        for name in names:
            if fields.get(name) != getattr(self._merchant.section, name):
                raise Refused("notice.other_merchant", f"its {name} is not ours", name)
