"""An amount in Chinese capitals (大写金额), as it stands on every bill.

Rule: 零 stands once for places skipped inside the amount; 整 closes an amount without fen, after
yuan or jiao; an amount below one yuan has no yuan.
Source: the payment rules of the central bank for figures on vouchers (支付结算办法, annex 1).
"""

from primitives.units import AMOUNT_FEN_MAX

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def amount_words(amount_fen: int) -> str:
    """Return an amount in capitals: 1305 -> 壹拾叁元零伍分.

    Args:
        amount_fen: fen, up to `AMOUNT_FEN_MAX` either way; negative on a red bill.
    """
    assert abs(amount_fen) <= AMOUNT_FEN_MAX
    yuan, rest = divmod(abs(amount_fen), 100)
    jiao, fen = divmod(rest, 10)
    words = "负" if amount_fen < 0 else ""
    if yuan or not rest:
        words += _whole(yuan) + "元"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif fen and yuan:
        words += "零"
    return words + (_DIGITS[fen] + "分" if fen else "整")


def _whole(yuan: int) -> str:
    if yuan == 0:
        return "零"
    words, is_gap = "", False
    for group in reversed(range(len(_GROUPS))):
        value = yuan // 10_000**group % 10_000
        if value:
            # Places are skipped before it: a whole group, or its own thousands.
            gap = "零" if words and (is_gap or value < 1000) else ""
            words += gap + _four(value) + _GROUPS[group]
        is_gap = not value
    return words


def _four(value: int) -> str:
    words, is_gap = "", False
    for place in reversed(range(4)):
        digit = value // 10**place % 10
        if digit:
            words += ("零" if is_gap and words else "") + _DIGITS[digit] + _PLACES[place]
            is_gap = False
        else:
            is_gap = True
    return words
