"""What a payer's phone opens from the QR code: payee, amount, one button. Pressing it pays."""

import functools
from pathlib import Path

import jinja2
from aiohttp import web

from portal.payments.simulator.company import Company
from portal.payments.simulator.trades import TradeRow
from primitives.errors import Refused
from primitives.units import format_yuan

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""On every page."""


class PayerPage:
    """The pages of payers.

    Args:
        company: whose.
    """

    def __init__(self, company: Company) -> None:
        self._company = company

    def routes(self) -> list[web.RouteDef]:
        """Return all routes."""
        return [web.get("/pay/{token}", self.show), web.post("/pay/{token}", self.pay)]

    async def show(self, request: web.Request) -> web.Response:
        """Show what is to be paid."""
        now_ms, token = self._company.clock.now_ms(), request.match_info["token"]
        try:
            return self._page(await self._company.trades.by_token(token, now_ms))
        except Refused:
            return self._page(None)

    async def pay(self, request: web.Request) -> web.Response:
        """Pay it; paying again changes nothing."""
        now_ms, token = self._company.clock.now_ms(), request.match_info["token"]
        try:
            return self._page(await self._company.trades.pay(token, now_ms))
        except Refused:
            return self._page(None)

    def _page(self, trade: TradeRow | None) -> web.Response:
        payee = self._company.config.merchant.name
        return web.Response(
            text=_template().render(trade=trade, payee=payee, yuan=format_yuan),
            status=404 if trade is None else 200,
            content_type="text/html",
            headers=HEADERS,
        )


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("pay.html")
