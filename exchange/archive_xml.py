"""The archive's XML of a bill (DA/T 95-2022, MedicalBills): the original, its status, its files.

Rule: the same mechanism and the same names as the national form; FinanceCheck is the official
vocabulary of what became of the bill, and no part of what was signed.
Source: DA/T 95-2022, table B.10.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from exchange.bill import StatusBlock
from exchange.national_form import DATA, HEADER, SUPERVISOR_SIGNATURE, UNIT_SIGNATURE
from exchange.national_xml import NationalDocument, document_of, document_values
from exchange.xml_form import DOCUMENT_SIZE_MAX, Part, Value, group, rows, text, texts, write_xml
from exchange.xml_reader import read_xml
from ledger.dates import is_real_date
from primitives.errors import Refused
from primitives.units import format_yuan, parse_fen

ATTACHMENTS_MAX: Final = 8

ARCHIVE: Final = Part(
    "MedicalBills",
    (
        HEADER,
        DATA,
        UNIT_SIGNATURE,
        SUPERVISOR_SIGNATURE,
        Part(
            "FinanceCheck",
            (
                *texts("Result", "IsExchangePaper", "PaperInvoiceCode", "PaperInvoiceNumber"),
                *texts("IsReversal", "ReversalInvoiceCode", "ReversalInvoiceNumber"),
                *texts("IsAccounted", "AccDate", "AccAmount"),
            ),
        ),
        Part(
            "Attachments",
            (
                Part(
                    "Attachment",
                    (
                        *texts("AttachmentName", "AttachmentFormat"),
                        Part("AttachmentContent", length_max=DOCUMENT_SIZE_MAX),
                    ),
                    rows_max=ATTACHMENTS_MAX,
                ),
            ),
        ),
    ),
)
"""The whole document."""
_RESULTS: Final = {"checked": True, "unchecked": False}
_FLAGS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the bill."""

    name: str
    """Its name, for people."""
    format: str
    """`PDF`, `OFD`, …"""
    content: bytes
    """Its bytes."""


@dataclass(frozen=True, slots=True)
class ArchiveDocument:
    """A bill as an archive keeps it; the status is the bill's own."""

    document: NationalDocument
    attachments: tuple[Attachment, ...] = ()
    """At most `ATTACHMENTS_MAX`."""


def write_archive(archived: ArchiveDocument) -> bytes:
    """Return the document's bytes.

    Raises:
        Refused: `his.*` or `xml.*` when the bill cannot stand in the form or does not add up.
    """
    values = document_values(archived.document)
    values["FinanceCheck"] = _status_values(archived.document.bill.status)
    values["Attachments"] = {
        "Attachment": [
            {
                "AttachmentName": attachment.name,
                "AttachmentFormat": attachment.format,
                "AttachmentContent": b64encode(attachment.content).decode(),
            }
            for attachment in archived.attachments
        ]
    }
    return write_xml(ARCHIVE, values)


def read_archive(data: bytes) -> ArchiveDocument:
    """Read a document; its signatures and its status are claims until they are verified.

    Raises:
        Refused: `xml.*`, with the path of the element.
    """
    values = read_xml(ARCHIVE, data)
    document = document_of(values)
    bill = replace(document.bill, status=_status(group(values, "FinanceCheck")))
    attachments = tuple(
        Attachment(
            name=text(row, "AttachmentName"),
            format=text(row, "AttachmentFormat"),
            content=_content(text(row, "AttachmentContent"), index),
        )
        for index, row in enumerate(rows(values, "Attachments", "Attachment"))
    )
    return ArchiveDocument(replace(document, bill=bill), attachments)


def _status_values(status: StatusBlock) -> dict[str, Value]:
    return {
        "Result": "checked" if status.is_endorsed else "unchecked",
        "IsExchangePaper": _flag_text(status.is_exchanged),
        "PaperInvoiceCode": status.paper_code,
        "PaperInvoiceNumber": status.paper_number,
        "IsReversal": _flag_text(status.is_reversed),
        "ReversalInvoiceCode": status.reversal_code,
        "ReversalInvoiceNumber": f"{status.reversal_number:010d}" if status.is_reversed else "",
        "IsAccounted": _flag_text(status.is_accounted),
        "AccDate": status.accounted_date,
        "AccAmount": format_yuan(status.accounted_fen) if status.is_accounted else "",
    }


def _status(values: Mapping[str, Value]) -> StatusBlock:
    status = StatusBlock(
        is_endorsed=_one_of(_RESULTS, values, "Result"),
        is_exchanged=_one_of(_FLAGS, values, "IsExchangePaper"),
        paper_code=text(values, "PaperInvoiceCode"),
        paper_number=text(values, "PaperInvoiceNumber"),
        is_reversed=_one_of(_FLAGS, values, "IsReversal"),
        reversal_code=text(values, "ReversalInvoiceCode"),
        reversal_number=_number(values),
        is_accounted=_one_of(_FLAGS, values, "IsAccounted"),
        accounted_date=text(values, "AccDate"),
        accounted_fen=_amount(values),
    )
    if status.accounted_date and not is_real_date(status.accounted_date):
        raise _wrong("expected an existing day as yyyyMMdd", "AccDate")
    _require_together(status)
    for name, written in _status_values(status).items():
        if written != text(values, name):
            raise _wrong("it is not in its one form", name)
    return status


def _require_together(status: StatusBlock) -> None:
    """Require that a mark and what belongs to it stand together."""
    for name, mark, parts in (
        ("IsExchangePaper", status.is_exchanged, (status.paper_code, status.paper_number)),
        ("IsReversal", status.is_reversed, (status.reversal_code, status.reversal_number)),
        ("IsAccounted", status.is_accounted, (status.accounted_date, status.accounted_date)),
    ):
        if any(bool(part) != mark for part in parts):
            raise _wrong("the mark and what belongs to it stand together", name)


def _one_of(words: Mapping[str, bool], values: Mapping[str, Value], name: str) -> bool:
    word = text(values, name)
    if word not in words:
        raise _wrong("expected " + " or ".join(words), name)
    return words[word]


def _number(values: Mapping[str, Value]) -> int:
    number = text(values, "ReversalInvoiceNumber")
    if number and not (len(number) == 10 and number.isascii() and number.isdigit()):
        raise _wrong("expected 10 digits", "ReversalInvoiceNumber")
    return int(number or "0")


def _amount(values: Mapping[str, Value]) -> int:
    amount = text(values, "AccAmount")
    try:
        return parse_fen(amount, "AccAmount") if amount else 0
    except Refused as refusal:
        raise _wrong(refusal.detail, "AccAmount") from refusal


def _flag_text(flag: bool) -> str:
    return "true" if flag else "false"


def _content(value: str, index: int) -> bytes:
    place = f"Attachments/Attachment[{index}]/AttachmentContent"
    try:
        content = b64decode(value, validate=True)
    except (Base64Error, ValueError) as error:
        raise Refused("xml.wrong_value", "expected base64", place) from error
    if b64encode(content).decode() != value:
        raise Refused("xml.wrong_value", "expected base64 in its one form", place)
    return content


def _wrong(advice: str, name: str) -> Refused:
    return Refused("xml.wrong_value", advice, f"FinanceCheck/{name}")
