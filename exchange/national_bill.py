"""A bill read out of the elements of the national form.

Rule: every value is judged by the reader of its field, and what follows from other values must
be what follows; the hospital's line is rebuilt from the elements that the form has, and nothing is
invented for the others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from exchange.bill import ExchangeBill, turned
from exchange.hospital_line import HospitalLine, write_hospital_line
from exchange.national_form import INPATIENT_ONLY, OUTPATIENT_ONLY
from exchange.national_values import (
    AUX_AMOUNTS,
    AUX_TEXTS,
    EXT_AMOUNTS,
    EXT_TEXTS,
    ITEM_AMOUNTS,
    ITEM_TEXTS,
    MAIN_TEXTS,
    PAY_MODES,
    PAYER_TEXTS,
    Row,
    form_defaults,
    national_values,
    other_type,
    turned_other,
)
from exchange.xml_form import Value, group, rows, text
from ledger import his_fields
from ledger.dates import is_real_date, parse_local_time
from ledger.his_fields import Reader
from ledger.id_documents import could_be_a_payers
from ledger.uscc import is_uscc
from primitives.errors import Refused
from primitives.units import format_yuan, parse_fen

_CHANNELS: Final = {mode: channel for channel, mode in PAY_MODES.items()} | {"4": ""}
_DATA: Final = "EInvoiceData/"
_MAIN: Final = "EInvoiceData/Main/"
_PAYER_CODE: Final = "PayerParty/PayerPartyCode"


def bill_of(values: Mapping[str, Value]) -> ExchangeBill:
    """Return the bill of a document's Header and EInvoiceData.

    Args:
        values: as `read_xml` gives them for the national form.

    Raises:
        Refused: `xml.*`, with the path of the element.
    """
    main = group(values, "EInvoiceData", "Main")
    line = _line(values)
    plain = _face(main, line)
    defaults = form_defaults(plain, line)
    given = {path: _text_at(main, path) for path in defaults}
    changed = sorted(item for item in given.items() if item[1] != defaults[item[0]])
    bill = replace(plain, form_values=tuple(changed))
    _require_same(values, national_values(bill), "")
    return bill


def _face(main: Mapping[str, Value], line: HospitalLine) -> ExchangeBill:
    code = _matching(text(main, "EInvoiceCode"), 8, "EInvoiceCode")
    related = text(main, "MainExt", "RelatedInvoiceCode")
    related_number = text(main, "MainExt", "RelatedInvoiceNumber")
    if related or related_number:
        _matching(related, 8, "MainExt/RelatedInvoiceCode")
        _matching(related_number, 10, "MainExt/RelatedInvoiceNumber")
    unit = text(main, "InvoicingParty", "InvoicingPartyCode")
    if not is_uscc(unit):
        raise _wrong("a unified social credit code", "InvoicingParty/InvoicingPartyCode")
    check_code = text(main, "RandomNumber")
    if len(check_code) != 6 or not (check_code.isascii() and check_code.isalnum()):
        raise _wrong("6 letters or digits", "RandomNumber")
    area = text(main, "SupervisorAreaCode")
    if area:
        _matching(area, 6, "SupervisorAreaCode")
    _judge(his_fields.BILL["busNo"], text(main, "BizCode"), f"{_MAIN}BizCode")
    is_red = bool(related)
    return ExchangeBill(
        code=code,
        number=int(_matching(text(main, "EInvoiceNumber"), 10, "EInvoiceNumber")),
        check_code=check_code,
        time_ms=_time(text(main, "IssueDate"), text(main, "IssueTime")),
        issuer_name=text(main, "InvoicingParty", "InvoicingPartyName"),
        issuer_uscc=unit,
        business_number=text(main, "BizCode"),
        total_fen=_fen(main, "TotalAmount", is_red),
        fund_fen=_fen(main, "MainExt/FundPayAmount", is_red),
        other_fen=_fen(main, "MainExt/OtherPayAmount", is_red),
        account_fen=_fen(main, "MainExt/AccountPayAmount", is_red),
        own_fen=_fen(main, "MainExt/OwnPayAmount", is_red),
        details=write_hospital_line(line),
        related_code=related,
        related_number=int(related_number or "0"),
        supervisor_name=text(main, "SupervisorPartySeal", "SealName"),
        area_code=area,
    )


def _line(values: Mapping[str, Value]) -> HospitalLine:
    """Rebuild the hospital's line from the elements that come from it."""
    main = group(values, "EInvoiceData", "Main")
    ext = group(main, "MainExt")
    is_red = bool(text(ext, "RelatedInvoiceCode"))
    kind = text(ext, "MedicalType")
    if kind not in ("1", "2", "3"):
        raise _wrong("1, 2 or 3", "MainExt/MedicalType")
    expected, other = (
        (INPATIENT_ONLY, OUTPATIENT_ONLY) if kind == "2" else (OUTPATIENT_ONLY, INPATIENT_ONLY)
    )
    for name in expected:
        if name not in ext:
            raise Refused(
                "xml.missing_element", "MedicalType asks for it", f"{_MAIN}MainExt/{name}"
            )
    for name in other:
        if name in ext:
            raise Refused(
                "xml.wrong_extension", "not with this MedicalType", f"{_MAIN}MainExt/{name}"
            )
    payer = group(main, "PayerParty")
    if not could_be_a_payers(text(payer, "PayerPartyCode"), text(payer, "PayerPartyType")):
        raise _wrong("a number of a person's document, or a credit code", _PAYER_CODE)
    day = text(ext, "BusinessDate")
    fields = {
        **_take(ext, EXT_TEXTS, his_fields.BILL, f"{_MAIN}MainExt/"),
        "medicalType": kind,
        "payerType": text(payer, "PayerPartyType"),
        **_take(payer, PAYER_TEXTS, his_fields.BILL, f"{_MAIN}PayerParty/"),
        "busDateTime": f"{_day(day, 'MainExt/BusinessDate')}000000000" if day else "",
        **_take(main, (("HandlingPerson", "author"), *MAIN_TEXTS), his_fields.BILL, _MAIN),
        **_take(ext, EXT_AMOUNTS, his_fields.BILL, f"{_MAIN}MainExt/", is_red),
    }
    return HospitalLine(
        fields={key: value for key, value in fields.items() if value},
        charges=_rows(values, "Details/Item", (ITEM_TEXTS, ITEM_AMOUNTS), is_red),
        lines=_rows(values, "AuxDetails/AuxItem", (AUX_TEXTS, AUX_AMOUNTS), is_red),
        channels=_channels(text(main, "PayMode")),
        others=_others(ext, is_red),
    )


def _rows(
    values: Mapping[str, Value],
    path: str,
    tables: tuple[Iterable[Row], Iterable[Row]],
    is_red: bool,
) -> tuple[dict[str, str], ...]:
    readers = his_fields.CHARGE if path == "Details/Item" else his_fields.LINE
    result = []
    for index, row in enumerate(rows(values, "EInvoiceData", *path.split("/"))):
        place = f"{_DATA}{path}[{index}]/"
        result.append(
            {
                **_take(row, tables[0], readers, place),
                **_take(row, tables[1], readers, place, is_red),
            }
        )
    return tuple(result)


def _take(
    values: Mapping[str, Value],
    table: Iterable[Row],
    readers: Mapping[str, Reader],
    place: str,
    is_red: bool = False,
) -> dict[str, str]:
    """Return the hospital's fields of the elements that stand and say something."""
    result = {}
    for element, key in table:
        value = text(values, element) if element in values else ""
        value = turned(value) if is_red else value
        if value:
            _judge(readers[key], value, place + element)
            result[key] = value
    return result


def _judge(reader: Reader, value: str, place: str) -> None:
    try:
        reader(value, place)
    except Refused as refusal:
        raise Refused("xml.wrong_value", refusal.detail, place) from refusal


def _others(ext: Mapping[str, Value], is_red: bool) -> tuple[dict[str, str], ...]:
    result = []
    for index, row in enumerate(rows(ext, "OtherInfo", "Info")):
        place = f"{_MAIN}MainExt/OtherInfo/Info[{index}]/"
        name, value = text(row, "InfoName"), text(row, "InfoValue")
        kind = other_type(name, value)
        if text(row, "InfoType") != kind:
            raise Refused("xml.wrong_value", f"such a value is of type {kind}", f"{place}InfoType")
        other = {
            "infoNo": text(row, "InfoNo"),
            "infoName": name,
            "infoValue": turned_other(kind, value) if is_red else value,
        }
        for key, found in other.items():
            _judge(his_fields.OTHER[key], found, place + key[:1].upper() + key[1:])
        result.append({key: found for key, found in other.items() if found})
    return tuple(result)


def _channels(mode: str) -> tuple[dict[str, str], ...]:
    if not mode:
        return ()
    if mode not in _CHANNELS:
        raise _wrong("1, 2, 3, 4 or nothing", "PayMode")
    channel = _CHANNELS[mode]
    return ({"payChannelCode": channel} if channel else {},)


def _fen(main: Mapping[str, Value], path: str, is_red: bool) -> int:
    """Read an amount: none is positive on a red bill, none negative on a blue one."""
    figure = _text_at(main, path)
    size = turned(figure) if is_red else figure
    try:
        fen = parse_fen(size, _MAIN + path)
    except Refused as refusal:
        raise Refused("xml.wrong_value", refusal.detail, _MAIN + path) from refusal
    if format_yuan(fen) != size:
        raise _wrong("yuan with two decimals", path)
    return -fen if is_red else fen


def _time(date: str, time: str) -> int:
    _day(date, "IssueDate")
    digits = time.replace(":", "")
    try:
        time_ms = parse_local_time(f"{date}{digits}000", "")
    except Refused as refusal:
        raise _wrong("a time of day as HH:mm:ss", "IssueTime") from refusal
    if len(time) != 8 or time != f"{digits[:2]}:{digits[2:4]}:{digits[4:]}":
        raise _wrong("a time of day as HH:mm:ss", "IssueTime")
    return time_ms


def _day(value: str, place: str) -> str:
    if not is_real_date(value):
        raise _wrong("an existing day as yyyyMMdd", place)
    return value


def _matching(value: str, digits: int, place: str) -> str:
    if len(value) != digits or not (value.isascii() and value.isdigit()) or not int(value):
        raise _wrong(f"{digits} digits", place)
    return value


def _text_at(main: Mapping[str, Value], path: str) -> str:
    return text(main, *path.split("/"))


def _wrong(expected: str, place: str) -> Refused:
    return Refused("xml.wrong_value", f"expected {expected}", _MAIN + place)


def _require_same(given: Value, made: Value, place: str) -> None:
    """Require that the bill would be written as it was read, and name the first difference."""
    if isinstance(made, str):
        if given != made:
            raise Refused("xml.inconsistent", "it does not agree with the rest", place)
    elif isinstance(made, Mapping):
        assert isinstance(given, Mapping)
        for name, value in made.items():
            _require_same(given[name], value, f"{place}/{name}" if place else name)
    else:
        for index, (row, again) in enumerate(zip(rows(given), rows(made), strict=True)):
            _require_same(row, again, f"{place}[{index}]")
