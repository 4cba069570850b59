"""What a bill and an order must hold to alike: amounts that add up, a holder key that counts.

Source: the chain-face rules of the bill's data standard: total = fund + other + account + own.
"""

from ledger.bills import Amounts
from primitives.errors import Refused
from primitives.signing import is_strong_encoding


def check_amounts(amounts: Amounts) -> None:
    """Refuse amounts that no bill to be issued has.

    Raises:
        Refused: `bill.amounts_do_not_add_up`, `bill.negative_amount`.
    """
    fund, other, account, own = amounts.fund, amounts.other, amounts.account, amounts.own
    if amounts.total != fund + other + account + own:
        raise Refused(
            "bill.amounts_do_not_add_up", "total = fund + other + account + own", "amounts"
        )
    if fund < 0 or other < 0 or account < 0 or own < 0:
        raise Refused("bill.negative_amount", "only a red bill has amounts below 0", "amounts")


def check_holder_key(holder_key: bytes) -> None:
    """Refuse a key with `bill.bad_holder_key` that no signature would count under."""
    if not is_strong_encoding(holder_key):
        raise Refused("bill.bad_holder_key", "no signature of this key would count", "holder_key")
