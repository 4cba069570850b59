"""Where notices arrive, and where portals say which trades may be paid.

Rule: `SUCCESS` only when the fact is on the ledger; else a status that makes the company send the
notice again. A notice that is not what it should be changes nothing and is told as an alarm.
"""

import json

from aiohttp import web

from portal.clock import Clock
from portal.logs import Log
from portal.payments import signing
from portal.payments.facts import Trade
from portal.payments.merchant import Merchant
from portal.payments.numbers import is_trade_number
from portal.payments.receiver.inbox import Inbox
from portal.payments.receiver.notices import NoticeReader
from portal.payments.receiver.recorder import Recorder
from portal.payments.receiver.refunder import Refunder
from primitives.errors import Refused, Unavailable

BODY_SIZE_MAX = 64 * 1024
"""A longer body is refused."""
WATCH_MAX_MS = 8 * 86_400_000
"""A trade can be paid for seven days at most."""


class Server:
    """Answers the company and portals.

    Args:
        reader: reads notices.
        recorder: records payments.
        refunder: takes news of refunds.
        inbox: trades to look for.
        merchant: whose key portals sign with.
        clock: what time it is.
        log: where alarms are told.
    """

    def __init__(
        self,
        reader: NoticeReader,
        recorder: Recorder,
        refunder: Refunder,
        inbox: Inbox,
        *,
        merchant: Merchant,
        clock: Clock,
        log: Log,
    ) -> None:
        self._reader = reader
        self._recorder = recorder
        self._refunder = refunder
        self._inbox = inbox
        self._merchant = merchant
        self._clock = clock
        self._log = log

    def application(self) -> web.Application:
        """Return the application."""
        app = web.Application(client_max_size=BODY_SIZE_MAX)
        app.add_routes(
            [
                web.post("/notify", self.notify),
                web.post("/expected", self.expected),
                web.get("/livez", self.livez),
            ]
        )
        return app

    async def notify(self, request: web.Request) -> web.Response:
        """Take a notice."""
        try:
            is_known = await self._take(request, await request.read())
        except Refused as error:
            self._log.event("payments.alarm", code=error.code, route="/notify")
            return _answer(401 if error.code.startswith("signature.") else 400)
        except Unavailable as error:
            self._log.event("payments.notice_waits", code=error.code)
            return _answer(503)
        return _answer(200 if is_known else 503)

    async def expected(self, request: web.Request) -> web.Response:
        """Take a trade to look for, from whoever has the merchant's key."""
        body = await request.read()
        try:
            self._check(request, body)
            number, until_ms = self._read_expected(body)
            await self._inbox.watch(number, until_ms, self._clock.now_ms())
        except Refused as error:
            self._log.event("payments.alarm", code=error.code, route="/expected")
            return _answer(401 if error.code.startswith("signature.") else 400)
        except Unavailable as error:
            self._log.event("payments.expected_waits", code=error.code)
            return _answer(503)
        return _answer(200)

    async def livez(self, _request: web.Request) -> web.Response:
        """Tell that the process runs."""
        return web.json_response({"live": True})

    async def _take(self, request: web.Request, body: bytes) -> bool:
        notice = await self._reader.read(request.headers, body)
        if notice.fact is None:
            self._log.event("payments.notice_ignored")
            return True
        if isinstance(notice.fact, Trade):
            return await self._recorder.hear(notice.fact, notice.evidence)
        return await self._refunder.hear(notice.fact.out_refund_no)

    def _check(self, request: web.Request, body: bytes) -> None:
        header = request.headers.get("Authorization", "")
        mchid, signature = signing.signature_of_authorization(header)
        ours = self._merchant
        if (mchid, signature.serial) != (ours.section.mchid, ours.certificate.serial):
            raise Refused("signature.unknown_serial", "no such merchant or key")
        times = signature.timestamp, signature.nonce
        text = signing.request_text(request.method, request.raw_path, *times, body)
        signing.check(ours.certificate.key, text, signature, self._clock.now_ms())

    def _read_expected(self, body: bytes) -> tuple[str, int]:
        try:
            told = json.loads(body)
            number, until_ms = told["out_trade_no"], told["expires_ms"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Refused("expected.malformed", "out_trade_no and expires_ms") from error
        if not isinstance(number, str) or not is_trade_number(number) or type(until_ms) is not int:
            raise Refused("expected.malformed", "out_trade_no and expires_ms")
        return number, min(until_ms, self._clock.now_ms() + WATCH_MAX_MS)


def _answer(status: int) -> web.Response:
    told = {"code": "SUCCESS" if status == 200 else "FAIL"}
    return web.json_response(told, status=status)
