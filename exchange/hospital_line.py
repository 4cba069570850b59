"""The hospital's own line (HIS 明细) as texts: what the outside formats are written from.

Rule: every field is read by the ledger's own reader of that field and kept as the text it came
as, so that a figure never changes its digits; an empty field and a missing one are the same.
Source: the field tables of `ledger.his_fields`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ledger import his_fields
from ledger.documents import TEXT_SIZE_MAX
from ledger.his_fields import Figure, NoFigure, Reader
from primitives.errors import Refused

Fields = Mapping[str, str]
"""Field name to text; no text is empty."""

INSURANCE_CHANNEL: Final = "11"
"""payChannelCode of what the insurance pays."""
_LISTS: Final[Mapping[str, Mapping[str, Reader]]] = {
    "payChannelDetail": his_fields.CHANNEL,
    "otherInfo": his_fields.OTHER,
    "chargeDetail": his_fields.CHARGE,
    "listDetail": his_fields.LINE,
}


@dataclass(frozen=True, slots=True)
class HospitalLine:
    """One line; everything in it may be personal."""

    fields: Fields = field(repr=False)
    """The fields of the bill itself."""
    charges: tuple[Fields, ...] = field(repr=False)
    """chargeDetail: the charge classes on the face (收费项目)."""
    lines: tuple[Fields, ...] = field(repr=False)
    """listDetail: one drug or service each (清单)."""
    channels: tuple[Fields, ...] = field(repr=False, default=())
    """payChannelDetail: by which way it was paid."""
    others: tuple[Fields, ...] = field(repr=False, default=())
    """otherInfo: what a province adds."""

    @property
    def is_inpatient(self) -> bool:
        """Whether it is a bill of a stay (住院)."""
        return self.medical_type == "2"

    @property
    def medical_type(self) -> str:
        """医疗类别: 1 outpatient, 2 inpatient, 3 chronic disease."""
        given = self.fields.get("medicalType", "")
        if given in ("1", "2", "3"):
            return given
        stayed = self.fields.get("busType") == "01" or "inHospitalDate" in self.fields
        return "2" if stayed else "1"


def read_hospital_line(text: bytes) -> HospitalLine:
    """Read a line.

    Raises:
        Refused: `his.*` or `figure.*`, with the field, as when the bill is issued.
    """
    bill = _parse(text)
    rows = {name: _rows(bill.pop(name, None), name, readers) for name, readers in _LISTS.items()}
    return HospitalLine(
        fields=_texts(bill, his_fields.BILL, ""),
        charges=rows["chargeDetail"],
        lines=rows["listDetail"],
        channels=rows["payChannelDetail"],
        others=rows["otherInfo"],
    )


def write_hospital_line(line: HospitalLine) -> bytes:
    """Return the bytes of a line: texts only, in the order given."""
    lists = {
        "payChannelDetail": line.channels,
        "otherInfo": line.others,
        "chargeDetail": line.charges,
        "listDetail": line.lines,
    }
    filled = {name: [dict(row) for row in rows] for name, rows in lists.items() if rows}
    document = {**line.fields, **filled}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _parse(text: bytes) -> dict[str, Any]:
    if len(text) > TEXT_SIZE_MAX:
        raise Refused("his.too_long", f"at most {TEXT_SIZE_MAX // 1024} KiB a line")
    try:
        bill = json.loads(
            text.decode(),
            object_pairs_hook=_once,
            parse_int=Figure,
            parse_float=Figure,
            parse_constant=NoFigure,
        )
    except (ValueError, RecursionError) as error:
        raise Refused("his.malformed", "the line is not one JSON object in UTF-8") from error
    if not isinstance(bill, dict):
        raise Refused("his.malformed", "the line is not one JSON object in UTF-8")
    return bill


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise Refused("his.duplicate_key", "a field stands twice in one object")
        result[key] = value
    return result


def _rows(value: Any, name: str, readers: Mapping[str, Reader]) -> tuple[Fields, ...]:
    if value is None:
        return ()
    return tuple(
        _texts(row, readers, f"{name}[{index}].")
        for index, row in enumerate(his_fields.objects(value, name))
    )


def _texts(row: Mapping[str, Any], readers: Mapping[str, Reader], place: str) -> Fields:
    """Let each field's reader judge it, and keep its text."""
    result = {}
    for key, value in row.items():
        if key not in readers:
            raise Refused("his.unknown_field", "put extras into otherInfo", place)
        if value is not None and value != "":
            readers[key](value, place + key)
            result[key] = str(value)
    return result
