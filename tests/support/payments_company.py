"""What tests ask of the simulated company through a merchant's client."""

from typing import Any

from portal.payments.wechat import reason_of
from primitives.errors import Refused, Unavailable
from tests.support.payments_town import (
    Town,
)

NUMBER = "PL-number_1|*"


def body_of(it: Town, **changes: Any) -> dict[str, Any]:
    return {
        "description": "门诊费用",
        "out_trade_no": NUMBER,
        "attach": "hospital/1",
        "notify_url": it.notify_url,
        "amount": {"total": 1305, "currency": "CNY"},
    } | changes


async def code_of(work: Any) -> str:
    try:
        await work
    except (Refused, Unavailable) as error:
        return reason_of(error)
    return ""


async def paid(it: Town, amount_fen: int = 1305) -> str:
    """Pay a trade; return the company's number."""
    url = await it.receiver.company.open_native(body_of(it, amount={"total": amount_fen}))
    await it.pay(url.rpartition("/")[2])
    return (await it.receiver.company.trade(NUMBER))[0].transaction_id


def refund_of(trade: str, number: str, refund_fen: int, total_fen: int = 1305) -> dict[str, Any]:
    amount = {"refund": refund_fen, "total": total_fen, "currency": "CNY"}
    return {"transaction_id": trade, "out_refund_no": number, "amount": amount}
