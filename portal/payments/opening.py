"""The port `Payments` onto WeChat Pay, or onto the simulated company, which speaks the same.

Rule: one open trade an order. A new number is used only after the one before is closed; what the
company says was paid meanwhile is never asked to be paid again.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from portal.clock import Clock
from portal.config import Config, PaymentsSection
from portal.logs import Log
from portal.payments.adapter import Payments
from portal.payments.attempts import Attempt, Attempts
from portal.payments.merchant import Merchant, MerchantSection, check_merchant
from portal.payments.numbers import write_attach
from portal.payments.wechat import WechatPay, is_unknown, native_body, reason_of
from primitives.errors import Refused, Unavailable
from primitives.settings import fail

CODE_VALID_MS = 110 * 60_000
"""The company keeps a `code_url` for two hours; ours is renewed a little before."""
MARGIN_MS = 30_000
"""A trade that ends within this time is not handed out any more."""
SKIPS_MAX = 5
"""Numbers that the company already knows otherwise, passed over in one call."""

_NUMBER_TAKEN = ("INVALID_REQUEST", "OUT_TRADE_NO_USED", "ORDER_CLOSED", "ORDERPAID")


class WechatPayments:
    """Opens native trades.

    Args:
        company: the payment company.
        attempts: which trades were opened.
        section: where notices go, and whom to tell what to expect.
        clock: what time it is.
        log: where it tells what happens.
    """

    def __init__(
        self,
        company: WechatPay,
        attempts: Attempts,
        section: PaymentsSection,
        *,
        clock: Clock,
        log: Log,
    ) -> None:
        self._company = company
        self._attempts = attempts
        self._section = section
        self._clock = clock
        self._log = log
        self._one_by_one = asyncio.Lock()

    async def open_payment(
        self, hospital: str, order: str, *, amount_fen: int, description: str, expires_ms: int
    ) -> str:
        """Return what the QR code says; see `Payments`."""
        wanted = self._wanted(hospital, order, amount_fen, description, expires_ms)
        async with self._one_by_one:
            last = await self._attempts.last(hospital, order)
            if last is not None and self._serves(last, wanted):
                code_url = await self._resume(last)
                if code_url:
                    return code_url
            return await self._open_next(last, wanted)

    async def renew_payment(
        self, hospital: str, order: str, *, amount_fen: int, description: str, expires_ms: int
    ) -> str:
        """Close the open trade and return a new one; see `Payments`."""
        wanted = self._wanted(hospital, order, amount_fen, description, expires_ms)
        async with self._one_by_one:
            return await self._open_next(await self._attempts.last(hospital, order), wanted)

    def _wanted(
        self, hospital: str, order: str, amount_fen: int, description: str, expires_ms: int
    ) -> Attempt:
        write_attach(hospital, order)
        # The company's times are whole seconds: ours must read back the same.
        whole_ms = expires_ms // 1000 * 1000
        return Attempt(hospital, order, 0, "", amount_fen, description, whole_ms)

    def _serves(self, last: Attempt, wanted: Attempt) -> bool:
        ends_ms = self._clock.now_ms() + MARGIN_MS
        is_same = last.amount_fen == wanted.amount_fen
        return is_same and not last.is_closed and last.expires_ms > ends_ms

    async def _resume(self, last: Attempt) -> str:
        """Return the code of an open trade; empty when the company no longer lets it be paid."""
        if last.code_url and self._clock.now_ms() - last.given_ms < CODE_VALID_MS:
            return last.code_url
        try:
            return await self._send(last)
        except Refused:
            return ""

    async def _open_next(self, last: Attempt | None, wanted: Attempt) -> str:
        refusal: Refused | None = None
        for _ in range(SKIPS_MAX):
            if last is not None and not last.is_closed:
                await self._retire(last)
            last = await self._attempts.begin(
                wanted.hospital,
                wanted.order,
                amount_fen=wanted.amount_fen,
                description=wanted.description,
                expires_ms=wanted.expires_ms,
            )
            try:
                return await self._send(last)
            except Refused as error:
                if reason_of(error) not in _NUMBER_TAKEN:
                    raise
                # The company knows the number otherwise: our table was lost. Pass it over.
                refusal = error
        assert refusal is not None
        raise refusal

    async def _send(self, attempt: Attempt) -> str:
        body = native_body(
            attempt.out_trade_no,
            description=attempt.description,
            amount_fen=attempt.amount_fen,
            attach=write_attach(attempt.hospital, attempt.order),
            expires_ms=attempt.expires_ms,
            notify=self._section.notify_url,
        )
        code_url = await self._company.open_native(body)
        await self._attempts.given(attempt.out_trade_no, code_url, self._clock.now_ms())
        await self._announce(attempt)
        return code_url

    async def _retire(self, attempt: Attempt) -> None:
        """Close a trade, sure that nobody paid it."""
        try:
            await self._company.close(attempt.out_trade_no)
        except Refused:
            await self._refuse_paid(attempt)
        await self._attempts.closed(attempt.out_trade_no)

    async def _refuse_paid(self, attempt: Attempt) -> None:
        try:
            trade, _ = await self._company.trade(attempt.out_trade_no)
        except Refused as error:
            if is_unknown(error):
                return
            raise
        if trade.is_paid:
            raise Refused("payment.already_paid", "this order is paid; the ledger will show it")
        if trade.state != "CLOSED":
            raise Unavailable("payment.under_way", "somebody is paying right now")

    async def _announce(self, attempt: Attempt) -> None:
        """Tell the bank's receiver what to expect; without it the statement finds the trade."""
        if not self._section.expected_url:
            return
        told = {"out_trade_no": attempt.out_trade_no, "expires_ms": attempt.expires_ms}
        try:
            status = await self._company.send_to(self._section.expected_url, told)
        except Unavailable:
            status = 0
        if status != 200:
            self._log.event("payments.not_announced", status=status)


def check_payments(file: Path, section: PaymentsSection) -> None:
    """Check the section [payments] of portal.toml.

    Raises:
        NodeFault: `config.wrong_value`, exit code 78.
    """
    if section.adapter not in ("", "wechat"):
        fail(file, "payments.adapter", 'write "wechat", or nothing')
    if not section.adapter:
        return
    check_merchant(file, merchant_section(section), "payments")
    if not section.notify_url.startswith(("https://", "http://")) or "?" in section.notify_url:
        fail(file, "payments.notify_url", "write the receiver's address, without a query")


def merchant_section(section: PaymentsSection) -> MerchantSection:
    """Return the merchant that a portal's settings name."""
    names = MerchantSection.__dataclass_fields__
    return MerchantSection(**{name: getattr(section, name) for name in names})


async def open_adapter(
    config: Config, clock: Clock, log: Log, stack: AsyncExitStack
) -> Payments | None:
    """Return the adapter that portal.toml names, or None; it closes with `stack`.

    Raises:
        NodeFault: when a setting is wrong or a key file cannot be used.
    """
    section = config.payments
    check_payments(config.file, section)
    if not section.adapter:
        return None
    merchant = Merchant(merchant_section(section), clock)
    attempts = Attempts(config.data.folder / "payments.sqlite")
    stack.callback(attempts.close)
    company = await stack.enter_async_context(WechatPay(merchant, clock))
    return WechatPayments(company, attempts, section, clock=clock, log=log)
