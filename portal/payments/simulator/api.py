"""The company's API for merchants: every request signed, every answer signed.

Source: WeChat Pay API v3: native trades, queries, closing, refunds, statements, certificates.
"""

import hashlib
import secrets
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from portal.payments import signing
from portal.payments.key_files import public_key_of
from portal.payments.moments import (
    DAY_MS,
    HOUR_MS,
    day_of,
    day_start_ms,
    next_day,
    write_moment,
)
from portal.payments.resource import seal
from portal.payments.simulator.company import Company
from portal.payments.simulator.refusals import parameter, status_of
from portal.payments.simulator.requests import read_object, read_order, read_refund_order
from portal.payments.simulator.statement_file import statement_of
from primitives.errors import Refused

DAYS_KEPT = 92
"""Three months of statements."""
DOWNLOAD_MS = 300_000
"""A statement's address serves this long."""
DOWNLOADS_MAX = 1_000
"""Addresses kept; one more ends the oldest."""


class Api:
    """Answers merchants.

    Args:
        company: whose API it is.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._downloads: dict[str, tuple[str, int]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return all routes."""
        trade = "/v3/pay/transactions"
        return [
            web.post(f"{trade}/native", self.open_native),
            web.get(f"{trade}/out-trade-no/{{number}}", self.by_number),
            web.get(f"{trade}/id/{{number}}", self.by_id),
            web.post(f"{trade}/out-trade-no/{{number}}/close", self.close),
            web.post("/v3/refund/domestic/refunds", self.refund),
            web.get("/v3/refund/domestic/refunds/{number}", self.refund_by_number),
            web.get("/v3/bill/tradebill", self.statement),
            web.get("/v3/billdownload/file", self.download),
            web.get("/v3/certificates", self.certificates),
        ]

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check a merchant's signature before, sign the answer after."""
        if not request.path.startswith("/v3/"):
            return await handler(request)
        try:
            await self._check(request)
            response = await handler(request)
        except Refused as error:
            told = {"code": error.code, "message": error.detail}
            if error.field:
                told["detail"] = error.field
            response = web.json_response(told, status=status_of(error))
        except web.HTTPException as error:
            response = web.json_response({"code": "INVALID_REQUEST"}, status=error.status)
        assert isinstance(response, web.Response)
        body = response.body if isinstance(response.body, bytes) else b""
        response.headers.update(self._company.platform.sign(body, self._now_ms()).headers())
        return response

    async def open_native(self, request: web.Request) -> web.Response:
        """Open a trade; the answer's `code_url` is the payer's page."""
        merchant = self._company.config.merchant
        order = read_order(await request.read(), merchant, self._now_ms())
        token = await self._company.trades.open(order, self._now_ms())
        return web.json_response({"code_url": f"{self._url(request)}/pay/{token}"})

    async def by_number(self, request: web.Request) -> web.Response:
        """Tell how a trade stands."""
        self._check_mchid(request.query.get("mchid"))
        number = request.match_info["number"]
        row = await self._company.trades.by_number(number, self._now_ms())
        return web.json_response(self._company.trades.fields(row))

    async def by_id(self, request: web.Request) -> web.Response:
        """Tell how a trade stands, by the company's number."""
        self._check_mchid(request.query.get("mchid"))
        row = await self._company.trades.by_id(request.match_info["number"], self._now_ms())
        return web.json_response(self._company.trades.fields(row))

    async def close(self, request: web.Request) -> web.Response:
        """Close a trade."""
        self._check_mchid(read_object(await request.read()).get("mchid"))
        await self._company.trades.close(request.match_info["number"], self._now_ms())
        return web.Response(status=204)

    async def refund(self, request: web.Request) -> web.Response:
        """Accept a refund."""
        order = read_refund_order(await request.read())
        return web.json_response(await self._company.refunds.ask(order, self._now_ms()))

    async def refund_by_number(self, request: web.Request) -> web.Response:
        """Tell how a refund stands."""
        number = request.match_info["number"]
        return web.json_response(await self._company.refunds.by_number(number, self._now_ms()))

    async def statement(self, request: web.Request) -> web.Response:
        """Tell where the statement of a day is, and its hash."""
        day = request.query.get("bill_date", "")
        if request.query.get("bill_type", "ALL") != "ALL":
            raise parameter("bill_type", "仅支持 ALL")
        self._check_day(day)
        data = await self._statement_of(day)
        if not data:
            raise Refused("NO_STATEMENT_EXIST", "账单文件不存在")
        token, now_ms = secrets.token_urlsafe(32), self._now_ms()
        while len(self._downloads) >= DOWNLOADS_MAX:
            del self._downloads[next(iter(self._downloads))]
        self._downloads[token] = (day, now_ms + DOWNLOAD_MS)
        return web.json_response(
            {
                "hash_type": "SHA1",
                "hash_value": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
                "download_url": f"{self._url(request)}/v3/billdownload/file?token={token}",
            }
        )

    async def download(self, request: web.Request) -> web.Response:
        """Hand out a statement."""
        day, until_ms = self._downloads.get(request.query.get("token", ""), ("", 0))
        if until_ms <= self._now_ms():
            raise Refused("INVALID_REQUEST", "下载地址已失效")
        return web.Response(body=await self._statement_of(day), content_type="text/plain")

    async def certificates(self, _request: web.Request) -> web.Response:
        """Tell the company's certificates, encrypted for the merchant."""
        entries = [self._certificate(data) for data in self._company.platform.certificates()]
        return web.json_response({"data": entries})

    def _certificate(self, data: bytes) -> dict[str, Any]:
        key, apiv3_key = public_key_of(data), self._company.notices.apiv3_key
        nonce = secrets.token_urlsafe(9)
        return {
            "serial_no": key.serial,
            "effective_time": write_moment(0),
            "expire_time": write_moment(key.until_ms),
            "encrypt_certificate": seal(apiv3_key, data, associated="certificate", nonce=nonce),
        }

    async def _check(self, request: web.Request) -> None:
        try:
            header = request.headers.get("Authorization", "")
            mchid, signature = signing.signature_of_authorization(header)
            text = signing.request_text(
                request.method,
                request.raw_path,
                signature.timestamp,
                signature.nonce,
                await request.read(),
            )
            self._check_signer(mchid, signature.serial)
            signing.check(self._company.merchant_key.key, text, signature, self._now_ms())
        except Refused as error:
            raise Refused("SIGN_ERROR", f"签名错误: {error.code}") from error

    def _check_signer(self, mchid: str, serial: str) -> None:
        ours = self._company.config.merchant.mchid, self._company.merchant_key.serial
        if (mchid, serial) != ours:
            raise Refused("signature.unknown_serial", "no such merchant or key")

    def _check_mchid(self, mchid: object) -> None:
        if mchid != self._company.config.merchant.mchid:
            raise parameter("mchid", "商户号不符")

    def _check_day(self, day: str) -> None:
        times, now_ms = self._company.config.times, self._now_ms()
        try:
            start_ms = day_start_ms(day)
        except Refused as error:
            raise parameter("bill_date", "yyyy-mm-dd") from error
        ready_ms = day_start_ms(next_day(day)) + times.statement_hour * HOUR_MS
        if times.statement == "now":
            ready_ms = start_ms
        if start_ms < day_start_ms(day_of(now_ms)) - DAYS_KEPT * DAY_MS:
            raise parameter("bill_date", "三个月以前")
        if now_ms < ready_ms:
            raise Refused("STATEMENT_CREATING", "账单生成中")

    async def _statement_of(self, day: str) -> bytes:
        merchant = self._company.config.merchant
        return await self._company.database.run(
            lambda connection: statement_of(connection, merchant, day)
        )

    def _url(self, request: web.Request) -> str:
        """Return the address that payers and merchants can reach."""
        return self._company.config.web.public_url.rstrip("/") or f"http://{request.host}"

    def _now_ms(self) -> int:
        return self._company.clock.now_ms()
