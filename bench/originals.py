"""How fast one core makes signed originals: the national XML of each bill, signed and hashed."""

import time
from pathlib import Path

from exchange.bill import ExchangeBill
from exchange.national_xml import original_hash, sign_national
from ledger.bill_details import read_bill_line
from ledger.parameters import Parameters
from primitives.signing import SigningKey

CHAIN = bytes(32)
KEY = SigningKey(bytes(range(32)))
USCC = "12460000428205197D"


def originals_per_s(his_file: Path) -> float:
    """Make the original of every line of a hospital's day once and return the rate.

    Args:
        his_file: original lines.
    """
    now_ms = time.time_ns() // 1_000_000
    bills = [_bill(line, number, now_ms) for number, line in enumerate(_lines(his_file), 1)]
    start = time.perf_counter()
    for bill in bills:
        original_hash(sign_national(bill, CHAIN, KEY.public_key, KEY.sign))
    return len(bills) / (time.perf_counter() - start)


def _lines(his_file: Path) -> list[bytes]:
    return his_file.read_bytes().splitlines()


def _bill(line: bytes, number: int, now_ms: int) -> ExchangeBill:
    details = read_bill_line(line, Parameters(), now_ms)
    amounts = details.amounts
    return ExchangeBill(
        code=f"4606{details.kind}26",
        number=number,
        check_code="a1b2c3",
        time_ms=now_ms,
        issuer_name="人民医院",
        issuer_uscc=USCC,
        business_number=details.business_number,
        total_fen=amounts.total,
        fund_fen=amounts.fund,
        other_fen=amounts.other,
        account_fen=amounts.account,
        own_fen=amounts.own,
        details=line,
        supervisor_name="财政厅",
        area_code="460000",
    )
