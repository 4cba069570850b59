"""One line of a hospital system (HIS), read strictly: the details of one bill.

Rule: every rule of the bill's data standard that the line itself can show is checked before
anything is sealed; figures are integers from their text; an error names field and code, and never
what stands in the field.
Source: the numbered validation rules of the bill's data standard, cited beside each check.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from ledger import his_fields
from ledger.bills import Amounts
from ledger.dates import date_text, parse_local_time
from ledger.documents import TEXT_SIZE_MAX
from ledger.his_fields import ROUNDING_LINE, Figure, NoFigure, Reader
from ledger.id_documents import payer_number
from ledger.parameters import Parameters, kind_of_bus_type
from primitives.errors import Refused

CLOCK_SKEW_MS: Final = 5 * 60_000
"""How far a hospital system's clock may be ahead of the ledger's."""
RETENTION_YEARS: Final = 30
"""会计凭证 are kept so long."""

_REQUIRED: Final = (
    "busNo",
    "busType",
    "payer",
    "busDateTime",
    "placeCode",
    "totalAmt",
    "fundPay",
    "otherfundPay",
    "accountPay",
    "ownPay",
    "payChannelDetail",
    "chargeDetail",
)
_REQUIRED_CHARGE: Final = ("chargeCode", "amt")
_REQUIRED_LINE: Final = ("listDetailNo", "chargeCode", "name", "amt")
_REQUIRED_CHANNEL: Final = ("payChannelCode", "payChannelValue")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BillDetails:
    """What the issuer needs of one line; what is personal stays out of its `repr`."""

    text: bytes = field(repr=False)
    """The line as it came, UTF-8: what is sealed."""
    business_number: str
    """busNo."""
    kind: str
    """The bill kind, from busType."""
    place: str
    """placeCode."""
    amounts: Amounts = field(repr=False)
    """Of the chain face."""
    id_number: str = field(repr=False)
    """Tells who the payer is; empty when nothing does."""
    phone: str = field(repr=False)
    """tel; empty when there is none."""
    line_numbers: tuple[str, ...] = field(repr=False)
    """listDetailNo of every list line."""
    patient_number: str = field(repr=False)
    """patientNo, the hospital's own number of the person; empty when there is none."""
    visit_ms: int = field(repr=False)
    """busDateTime, read as Asia/Shanghai: when the visit began that the bill is for."""


def read_bill_line(line: bytes, parameters: Parameters, now_ms: int) -> BillDetails:
    """Read one line and check all its rules.

    Args:
        line: one JSON object, UTF-8, without the line's end.
        parameters: the ledger's, for kinds, rounding and provincial rules.
        now_ms: ledger time, or the node's clock.

    Raises:
        Refused: `his.*` or `figure.*`, with the field; see docs/ledger.md.
    """
    bill = _fields(_parse(line), his_fields.BILL, _REQUIRED, "")
    charges = _items(bill, "chargeDetail", his_fields.CHARGE, _REQUIRED_CHARGE)
    lines = _items(bill, "listDetail", his_fields.LINE, _REQUIRED_LINE)
    channels = _items(bill, "payChannelDetail", his_fields.CHANNEL, _REQUIRED_CHANNEL)
    _items(bill, "otherInfo", his_fields.OTHER, ())
    kind = kind_of_bus_type(parameters, bill["busType"])
    if kind is None:
        raise Refused("his.unknown_bus_type", "no bill kind belongs to it", "busType")
    line_numbers = _line_numbers(lines)
    _check_products(charges, lines, parameters)
    _check_classes(bill["totalAmt"], charges, lines)
    _check_payment(bill, channels, parameters)
    _check_dates(bill, now_ms)
    id_number = payer_number(bill, date_text(now_ms + CLOCK_SKEW_MS))
    return BillDetails(
        text=line,
        business_number=bill["busNo"],
        kind=kind,
        place=bill["placeCode"],
        amounts=Amounts(
            bill["totalAmt"],
            bill["fundPay"],
            bill["otherfundPay"],
            bill["accountPay"],
            bill["ownPay"],
        ),
        id_number=id_number,
        phone=bill.get("tel", ""),
        line_numbers=line_numbers,
        patient_number=bill.get("patientNo", ""),
        visit_ms=parse_local_time(bill["busDateTime"], "busDateTime"),
    )


def _parse(line: bytes) -> Any:
    if len(line) > TEXT_SIZE_MAX:
        raise Refused("his.too_long", f"at most {TEXT_SIZE_MAX // 1024} KiB a line")
    try:
        return json.loads(
            line.decode(),
            object_pairs_hook=_once,
            parse_int=Figure,
            parse_float=Figure,
            parse_constant=NoFigure,
        )
    except RecursionError as error:
        raise Refused("his.too_deep", "a bill is an object with lists of objects") from error
    except ValueError as error:
        raise Refused("his.malformed", "the line is not one JSON object in UTF-8") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object that names each key once."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise Refused("his.duplicate_key", "a field stands twice in one object", _shown(key))
        result[key] = value
    return result


def _shown(key: str) -> str:
    """Return a key that may stand in an error; nothing that could be personal does."""
    return key if _PLAIN_KEY.fullmatch(key) else ""


def _fields(
    value: Any, readers: Mapping[str, Reader], required: Iterable[str], place: str
) -> dict[str, Any]:
    """Read an object's fields, each by its reader."""
    if not isinstance(value, dict):
        raise Refused("his.malformed", "expected one JSON object", place)
    for key in required:
        if key not in value:
            raise Refused("his.missing_field", "this field must be there", place + key)
    result = {}
    for key, item in value.items():
        reader = readers.get(key)
        if reader is None:
            near = get_close_matches(key[:40], readers, n=1)
            advice = f"did you mean {near[0]}?" if near else "put extras into otherInfo"
            raise Refused("his.unknown_field", advice, place + _shown(key))
        if type(item) is NoFigure:
            raise Refused("figure.malformed", "NaN and Infinity are no figures", place + key)
        if item is not None:
            result[key] = reader(item, place + key)
        elif key in required:
            raise Refused("his.missing_field", "this field must not be null", place + key)
    return result


def _items(
    bill: Mapping[str, Any], name: str, readers: Mapping[str, Reader], required: Iterable[str]
) -> list[dict[str, Any]]:
    """Read a list of objects, each field by its reader."""
    return [
        _fields(item, readers, required, f"{name}[{index}].")
        for index, item in enumerate(bill.get(name, ()))
    ]


def _line_numbers(lines: list[dict[str, Any]]) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    for index, line in enumerate(lines):
        number = line["listDetailNo"]
        if number in seen:
            raise Refused(
                "his.duplicate_list_line",
                "each list line has a number of its own",
                f"listDetail[{index}].listDetailNo",
            )
        seen[number] = None
    return tuple(seen)


def _check_products(
    charges: list[dict[str, Any]], lines: list[dict[str, Any]], parameters: Parameters
) -> None:
    """Check rule 5: price times quantity is the amount, rounded to the fen; none is negative."""
    for index, charge in enumerate(charges):
        scaled = {"std": 100 * charge.get("std", 0), "amt": 100 * charge["amt"]}
        _check_product({**charge, **scaled}, f"chargeDetail[{index}].")
    for index, line in enumerate(lines):
        place = f"listDetail[{index}]."
        if line["name"] != ROUNDING_LINE:
            if line["amt"] < 0:
                raise Refused("figure.malformed", "only a rounding line is negative", place + "amt")
            _check_product(line, place)
        elif abs(line["amt"]) > 100 * parameters.rounding_fen:
            raise Refused("his.rounding_too_large", "not a matter of rounding", place + "amt")


def _check_product(item: Mapping[str, Any], place: str) -> None:
    """Check one item whose price and amount are in ten-thousandths, its quantity in hundredths."""
    if "std" not in item or "number" not in item:
        return
    half_a_fen = 5_000
    if abs(item["std"] * item["number"] - 100 * item["amt"]) > half_a_fen:
        raise Refused("his.line_product", "price times quantity is not the amount", place + "amt")


def _check_classes(total: int, charges: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
    """Check rule 1: the classes make the total, the lines of a class make the class."""
    if not charges:
        raise Refused("his.missing_field", "a bill has at least one class", "chargeDetail")
    if sum(charge["amt"] for charge in charges) != total:
        raise Refused("his.sum_of_classes", "the classes do not make the total", "totalAmt")
    if not lines:
        return
    by_class: dict[str, int] = {}
    for charge in charges:
        code = charge["chargeCode"]
        by_class[code] = by_class.get(code, 0) + charge["amt"]
    by_lines = dict.fromkeys(by_class, 0)
    for index, line in enumerate(lines):
        code = line["chargeCode"]
        if code not in by_lines:
            raise Refused(
                "his.unknown_class",
                "no such class in chargeDetail",
                f"listDetail[{index}].chargeCode",
            )
        by_lines[code] += line["amt"]
    for code, amount in by_class.items():
        if (by_lines[code] + 50) // 100 != amount:
            raise Refused("his.sum_of_lines", "the lines of a class do not make it", "listDetail")


def _check_payment(
    bill: Mapping[str, Any], channels: list[dict[str, Any]], parameters: Parameters
) -> None:
    """Check rules 2, 3, 4 and 7: who pays what, and how; a province may switch off all but 2."""
    total, own = bill["totalAmt"], bill["ownPay"]
    if bill["fundPay"] + bill["otherfundPay"] + bill["accountPay"] + own != total:
        raise Refused(
            "his.payment_split", "fund + other + account + own is not the total", "ownPay"
        )
    if parameters.personal_part_rule:
        _check_personal_part(bill)
    if parameters.pay_channels_rule and sum(each["payChannelValue"] for each in channels) != total:
        raise Refused("his.pay_channels", "the channels do not make the total", "payChannelDetail")
    if parameters.prepaid_sum_rule:
        _check_prepaid_sum(bill)


def _check_personal_part(bill: Mapping[str, Any]) -> None:
    """Check rule 3 where nobody else pays and both parts stand."""
    if bill["otherfundPay"] or not {"selfPayAmt", "selfConceitedAmt"} <= bill.keys():
        return
    if bill["selfPayAmt"] + bill["selfConceitedAmt"] != bill["accountPay"] + bill["ownPay"]:
        raise Refused(
            "his.personal_part", "account + own is not selfPayAmt + selfConceitedAmt", "selfPayAmt"
        )


def _check_prepaid_sum(bill: Mapping[str, Any]) -> None:
    """Check rule 7 where all three amounts stand."""
    if not {"prepayAmount", "rechargeAmount", "refundAmount"} <= bill.keys():
        return
    if bill["prepayAmount"] + bill["rechargeAmount"] - bill["refundAmount"] != bill["ownPay"]:
        raise Refused(
            "his.prepaid_sum", "prepaid + recharged - refunded is not ownPay", "prepayAmount"
        )


def _check_dates(bill: Mapping[str, Any], now_ms: int) -> None:
    """Check rule 6: nothing lies in the future, nobody leaves before coming."""
    if parse_local_time(bill["busDateTime"], "busDateTime") > now_ms + CLOCK_SKEW_MS:
        raise Refused("his.in_the_future", "later than ledger time", "busDateTime")
    today = date_text(now_ms + CLOCK_SKEW_MS)
    for name in ("consultationDate", "inHospitalDate", "outHospitalDate"):
        if bill.get(name, "") > today:
            raise Refused("his.in_the_future", "later than the day of issue", name)
    left = bill.get("outHospitalDate", "")
    if left and left < bill.get("inHospitalDate", ""):
        raise Refused("his.date_order", "before inHospitalDate", "outHospitalDate")
