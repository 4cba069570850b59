"""The payment company's keys, by serial number.

Rule: a serial number we do not know makes us ask for the keys once, and not again for a minute;
what is unknown then is refused. Keys come encrypted under the APIv3 key, so they are the company's.
Source: WeChat Pay API v3, platform certificates.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from portal.clock import Clock
from portal.payments.key_files import PublicKey, public_key_of
from portal.payments.resource import unseal
from primitives.errors import Refused, Unavailable

REFRESH_GAP_MS = 60_000
"""Strangers' serial numbers make us ask no more often than this."""
RETRY_GAP_MS = 5_000
"""After a failure to learn the keys they are asked for no sooner than this."""
AGE_MAX_MS = 12 * 3_600_000
"""Keys are asked for anew after this time: one may have been withdrawn."""
KEYS_MAX = 20
"""More keys at once are not believed."""


class PlatformKeys:
    """The keys that are known now.

    Args:
        given: keys that were handed over as files; they are never asked for.
        fetch: asks the company for its keys.
        clock: what time it is.
    """

    def __init__(
        self,
        given: tuple[PublicKey, ...],
        fetch: Callable[[], Awaitable[tuple[PublicKey, ...]]],
        clock: Clock,
    ) -> None:
        self._given = {key.serial: key for key in given}
        self._known: dict[str, PublicKey] = {}
        self._fetch = fetch
        self._clock = clock
        self._fetched_ms: int | None = None
        self._failed_ms: int | None = None
        self._one_by_one = asyncio.Lock()

    async def find(self, serial: str) -> PublicKey:
        """Return a key that serves now.

        Raises:
            Refused: `signature.unknown_serial` when the company has no such key.
            Unavailable: when it had to be asked and does not answer.
        """
        if serial in self._given:
            return self._given[serial]
        async with self._one_by_one:
            if self._is_fetch_due(serial):
                await self._refresh()
        key = self._known.get(serial)
        if key is None or key.until_ms < self._clock.now_ms():
            raise Refused("signature.unknown_serial", "the company has no such key")
        return key

    def _is_fetch_due(self, serial: str) -> bool:
        if self._fetched_ms is None:
            return True
        age_ms = abs(self._clock.now_ms() - self._fetched_ms)
        return age_ms >= (AGE_MAX_MS if serial in self._known else REFRESH_GAP_MS)

    async def _refresh(self) -> None:
        now_ms = self._clock.now_ms()
        if self._failed_ms is not None and abs(now_ms - self._failed_ms) < RETRY_GAP_MS:
            raise Unavailable("provider.keys_unknown", "the company did not tell its keys just now")
        self._failed_ms = now_ms
        self._known = {key.serial: key for key in await self._fetch()}
        self._fetched_ms, self._failed_ms = now_ms, None


def read_certificates(data: bytes, apiv3_key: bytes) -> tuple[PublicKey, ...]:
    """Read the answer of `GET /v3/certificates`.

    Raises:
        Refused: `certificates.malformed`, `notice.sealed_otherwise`.
    """
    try:
        entries: list[dict[str, Any]] = json.loads(data)["data"]
        sealed = [entry["encrypt_certificate"] for entry in entries[:KEYS_MAX]]
        return tuple(public_key_of(unseal(apiv3_key, resource)) for resource in sealed)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("certificates.malformed", "the keys have another form") from error
