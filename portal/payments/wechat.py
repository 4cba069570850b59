"""The client of WeChat Pay API v3, and of the simulated company, which speaks the same.

Rule: every request is signed and has a timeout; an answer counts only with the company's
signature over its bytes; whatever goes wrong on the way is `Unavailable`, what the company refuses
is `Refused` with its own code as a fact, `reason`.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from yarl import URL

from portal.clock import Clock
from portal.payments import signing
from portal.payments.facts import Refund, Trade, read_refund, read_trade
from portal.payments.key_files import PublicKey
from portal.payments.merchant import Merchant
from portal.payments.moments import write_moment
from portal.payments.platform_keys import PlatformKeys, read_certificates
from primitives.errors import HouseError, Refused, Unavailable

T = TypeVar("T")

ANSWER_SIZE_MAX = 1024 * 1024
"""Longer answers are not read."""
STATEMENT_SIZE_MAX = 512 * 1024 * 1024
"""A province's busiest day, and room to spare."""

NO_STATEMENT = "NO_STATEMENT_EXIST"
"""The company's code for a day on which nothing happened."""

_NOT_THERE = ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "STATUS_404")
_CODE = re.compile(r"[A-Z_]{1,40}", re.ASCII)


class WechatPay:
    """A connection to the payment company; use it as an async context manager.

    Args:
        merchant: as whom we ask.
        clock: what time it is.
    """

    def __init__(self, merchant: Merchant, clock: Clock) -> None:
        self._merchant = merchant
        self._clock = clock
        self._url = merchant.section.url.rstrip("/")
        self._base = urlsplit(self._url).path
        self._session: aiohttp.ClientSession | None = None
        self.keys = PlatformKeys(merchant.given_keys, self._certificates, clock)

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        timeout = aiohttp.ClientTimeout(total=self._merchant.section.timeout_ms / 1000)
        self._session = aiohttp.ClientSession(
            timeout=timeout,
            connector=aiohttp.TCPConnector(limit=32),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "piaolian", "Accept": "application/json"},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        assert self._session is not None
        await self._session.close()

    async def open_native(self, body: dict[str, Any]) -> str:
        """Open a trade that is paid by QR code and return its `code_url`.

        Args:
            body: description, out_trade_no, time_expire, attach, notify_url, amount.
        """
        answer = await self._ask("POST", "/v3/pay/transactions/native", self._own(body))
        url = json_object(answer).get("code_url")
        if not isinstance(url, str) or not 0 < len(url) <= 512:
            raise Unavailable("provider.malformed", "the company gave no code_url")
        return url

    async def trade(self, out_trade_no: str) -> tuple[Trade, bytes]:
        """Return a trade by our number, and the SHA-256 of the signed answer.

        Raises:
            Refused: `provider.refused`; `is_unknown` tells whether there is no such trade.
        """
        return await self._trade(f"out-trade-no/{quote(out_trade_no, safe='')}")

    async def trade_by_id(self, transaction_id: str) -> tuple[Trade, bytes]:
        """Return a trade by the company's number; see `trade`."""
        return await self._trade(f"id/{quote(transaction_id, safe='')}")

    async def close(self, out_trade_no: str) -> None:
        """Close a trade, so that nobody can pay it any more.

        Raises:
            Refused: when it is paid, or cannot be closed; ask for the trade to see.
        """
        path = f"/v3/pay/transactions/out-trade-no/{quote(out_trade_no, safe='')}/close"
        await self._ask("POST", path, {"mchid": self._merchant.section.mchid})

    async def refund(self, body: dict[str, Any]) -> tuple[Refund, bytes]:
        """Ask for a refund; the same `out_refund_no` pays once. See `trade`."""
        answer = await self._ask("POST", "/v3/refund/domestic/refunds", body)
        return _believed(read_refund, answer), hashlib.sha256(answer).digest()

    async def refund_by_number(self, out_refund_no: str) -> tuple[Refund, bytes]:
        """Return a refund by our number; see `trade`."""
        path = f"/v3/refund/domestic/refunds/{quote(out_refund_no, safe='')}"
        answer = await self._ask("GET", path)
        return _believed(read_refund, answer), hashlib.sha256(answer).digest()

    async def statement(self, day: str) -> bytes:
        """Return the statement of a day (`yyyy-mm-dd`), checked against its hash.

        Raises:
            Refused: `provider.refused`, with the reason `NO_STATEMENT` when nothing happened.
            Unavailable: when it is not ready, or its bytes are not those of the hash.
        """
        query = urlencode({"bill_date": day, "bill_type": "ALL"})
        answer = json_object(await self._ask("GET", f"/v3/bill/tradebill?{query}"))
        target = urlsplit(str(answer.get("download_url", "")))
        if answer.get("hash_type") != "SHA1" or not target.path.startswith("/"):
            raise Unavailable("provider.malformed", "the statement's address has another form")
        path = target.path.removeprefix(self._base) + f"?{target.query}"
        data = await self._send("GET", path, b"", STATEMENT_SIZE_MAX, is_signed=False)
        digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(digest, str(answer.get("hash_value", "")).lower()):
            raise Unavailable("statement.damaged", "the statement is not what its hash says")
        return data

    async def send_to(self, url: str, body: dict[str, Any]) -> int:
        """Send a signed request to another party and return its status.

        Raises:
            Unavailable: when it does not answer.
        """
        data = json.dumps(body).encode()
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = self._headers("POST", target, data)
        try:
            assert self._session is not None
            async with self._session.post(url, data=data, headers=headers) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _away(error) from error

    async def _trade(self, path: str) -> tuple[Trade, bytes]:
        query = urlencode({"mchid": self._merchant.section.mchid})
        answer = await self._ask("GET", f"/v3/pay/transactions/{path}?{query}")
        return _believed(read_trade, answer), hashlib.sha256(answer).digest()

    async def _certificates(self) -> tuple[PublicKey, ...]:
        answer = await self._send("GET", "/v3/certificates", b"", ANSWER_SIZE_MAX, is_signed=False)
        try:
            return read_certificates(answer, self._merchant.apiv3_key)
        except Refused as error:
            raise Unavailable("provider.malformed", f"the keys: {error.code}") from error

    def _own(self, body: dict[str, Any]) -> dict[str, Any]:
        section = self._merchant.section
        return {"appid": section.appid, "mchid": section.mchid} | body

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        headers = {"Authorization": self._merchant.authorization(method, target, body)}
        if body:
            headers["Content-Type"] = "application/json"
        if self._merchant.section.public_key_id:
            headers["Wechatpay-Serial"] = self._merchant.section.public_key_id
        return headers

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        return await self._send(method, path, data, ANSWER_SIZE_MAX, is_signed=True)

    async def _send(
        self, method: str, path: str, body: bytes, size_max: int, *, is_signed: bool
    ) -> bytes:
        assert self._session is not None
        headers = self._headers(method, self._base + path, body)
        try:
            # The address is signed as it travels: it must not be encoded again.
            async with self._session.request(
                method, URL(self._url + path, encoded=True), data=body or None, headers=headers
            ) as response:
                data = await _read_limited(response, size_max)
                if not 200 <= response.status < 300:
                    raise _problem(response.status, data)
                if is_signed:
                    await self._check(response, data)
                return data
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _away(error) from error

    async def _check(self, response: aiohttp.ClientResponse, data: bytes) -> None:
        try:
            signature = signing.signature_of_headers(response.headers)
            key = await self.keys.find(signature.serial)
            text = signing.answer_text(signature.timestamp, signature.nonce, data)
            signing.check(key.key, text, signature, self._clock.now_ms())
        except Refused as error:
            raise Unavailable("provider.not_signed", f"an answer: {error.code}") from error


def reason_of(error: HouseError) -> str:
    """Return the company's own code of a refusal, `ORDER_NOT_EXIST`; else ours."""
    return str(error.facts.get("reason", error.code))


def is_unknown(error: Refused) -> bool:
    """Tell whether the company refused because it knows no such trade or refund."""
    return reason_of(error) in _NOT_THERE


def json_object(data: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        Unavailable: `provider.malformed`.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unavailable("provider.malformed", "an answer is not JSON") from error
    if not isinstance(value, dict):
        raise Unavailable("provider.malformed", "an answer is not an object")
    return value


def native_body(
    out_trade_no: str,
    *,
    description: str,
    amount_fen: int,
    attach: str,
    expires_ms: int,
    notify: str,
) -> dict[str, Any]:
    """Return the body of a native trade, without the merchant's own fields."""
    return {
        "description": description,
        "out_trade_no": out_trade_no,
        "time_expire": write_moment(expires_ms),
        "attach": attach,
        "notify_url": notify,
        "amount": {"total": amount_fen, "currency": "CNY"},
    }


def _believed(read: Callable[[Mapping[str, Any]], T], answer: bytes) -> T:
    """Read a signed answer; one of another form is no refusal of what was asked."""
    try:
        return read(json_object(answer))
    except Refused as error:
        raise Unavailable("provider.malformed", f"an answer: {error.code}") from error


async def _read_limited(response: aiohttp.ClientResponse, size_max: int) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > size_max:
            raise Unavailable("provider.malformed", "an answer is too long")
    return bytes(data)


def _problem(status: int, data: bytes) -> Refused | Unavailable:
    try:
        code = str(json.loads(data)["code"])
    except (ValueError, KeyError, TypeError, RecursionError):
        code = ""
    reason = code if _CODE.fullmatch(code) else f"STATUS_{status}"
    if status >= 500 or status in (401, 429):
        return Unavailable("provider.busy", "the company does not serve this now", reason=reason)
    return Refused("provider.refused", "the company refuses this", reason=reason)


def _away(error: Exception) -> Unavailable:
    return Unavailable("provider.away", f"no answer ({type(error).__name__})")
