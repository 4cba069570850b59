"""What merchants ask, read as strictly as the real company does."""

import json
from typing import Any
from urllib.parse import urlsplit

from portal.payments.moments import read_moment
from portal.payments.numbers import ATTACH_BYTES_MAX, is_refund_number, is_trade_number
from portal.payments.simulator.config import MerchantSection
from portal.payments.simulator.refunds import RefundOrder
from portal.payments.simulator.refusals import parameter
from portal.payments.simulator.trades import Order
from primitives.errors import Refused

DESCRIPTION_CHARACTERS_MAX = 127
AMOUNT_FEN_MAX = 10_000_000_00
"""Ten million yuan."""
UNTIL_DEFAULT_MS = 7 * 86_400_000
"""Without `time_expire` a trade can be paid for seven days."""


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body.

    Raises:
        Refused: PARAM_ERROR.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise parameter("body", "请求不是 JSON") from error
    if not isinstance(value, dict):
        raise parameter("body", "请求不是 JSON 对象")
    return value


def read_order(body: bytes, merchant: MerchantSection, now_ms: int) -> Order:
    """Read the body of a native trade.

    Raises:
        Refused: PARAM_ERROR naming the field, APPID_MCHID_NOT_MATCH.
    """
    value = read_object(body)
    if (value.get("appid"), value.get("mchid")) != (merchant.appid, merchant.mchid):
        raise Refused("APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配")
    number = _text(value, "out_trade_no", 32)
    if not is_trade_number(number):
        raise parameter("out_trade_no", "6 至 32 位 0-9A-Za-z_-|*")
    attach = _text(value, "attach", ATTACH_BYTES_MAX, may_be_absent=True)
    if len(attach.encode()) > ATTACH_BYTES_MAX:
        raise parameter("attach", "过长")
    expires_ms = now_ms + UNTIL_DEFAULT_MS
    if "time_expire" in value:
        expires_ms = _moment(value, "time_expire")
        if expires_ms <= now_ms:
            raise parameter("time_expire", "早于当前时间")
    return Order(
        out_trade_no=number,
        description=_text(value, "description", DESCRIPTION_CHARACTERS_MAX),
        attach=attach,
        notify_url=_address(value, "notify_url"),
        amount_fen=_fen(value, "total"),
        expires_ms=expires_ms,
    )


def read_refund_order(body: bytes) -> RefundOrder:
    """Read the body of a refund.

    Raises:
        Refused: PARAM_ERROR naming the field.
    """
    value = read_object(body)
    number = _text(value, "out_refund_no", 64)
    if not is_refund_number(number):
        raise parameter("out_refund_no", "至多 64 位 0-9A-Za-z_-|*@")
    key = "transaction_id" if "transaction_id" in value else "out_trade_no"
    return RefundOrder(
        out_refund_no=number,
        key=key,
        trade=_text(value, key, 32),
        refund_fen=_fen(value, "refund"),
        total_fen=_fen(value, "total"),
        notify_url=_address(value, "notify_url") if value.get("notify_url") else "",
    )


def _text(
    value: dict[str, Any], name: str, characters_max: int, *, may_be_absent: bool = False
) -> str:
    text = value.get(name, "" if may_be_absent else None)
    if not isinstance(text, str) or len(text) > characters_max or not (text or may_be_absent):
        raise parameter(name, "缺少或过长")
    return text


def _moment(value: dict[str, Any], name: str) -> int:
    try:
        return read_moment(_text(value, name, 40))
    except Refused as error:
        raise parameter(name, "不是 RFC 3339 时间") from error


def _address(value: dict[str, Any], name: str) -> str:
    url = _text(value, name, 255)
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query:
        raise parameter(name, "须为不带参数的地址")
    return url


def _fen(value: dict[str, Any], name: str) -> int:
    amount = value.get("amount")
    if not isinstance(amount, dict) or amount.get("currency", "CNY") != "CNY":
        raise parameter("amount", "缺少或币种不符")
    fen = amount.get(name)
    if type(fen) is not int or not 0 < fen <= AMOUNT_FEN_MAX:
        raise parameter(f"amount.{name}", "须为正整数分")
    return fen
