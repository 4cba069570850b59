"""The national XML of a bill (全国统一式样电子票据): write, sign, read, hash.

Rule: a bill has one byte form, so that what was read is written again byte for byte. The
original (原件) is the document with the unit's signature and without anything that comes later:
its SHA-256 is what the ledger anchors.
Source: the national fiscal e-bill schema, as `exchange.national_form` has it; 财会〔2020〕6号: the
signed XML is the legal original.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from exchange.bill import ExchangeBill
from exchange.national_bill import bill_of
from exchange.national_form import NATIONAL
from exchange.national_values import national_values
from exchange.signatures import (
    Endorsement,
    UnitSignature,
    read_supervisor,
    read_unit,
    sign_values,
    supervisor_element,
    unit_element,
    verify_endorsement,
    verify_unit,
)
from exchange.xml_form import Value, write_xml
from exchange.xml_reader import read_xml
from ledger.bills import Face
from primitives.errors import Refused


@dataclass(frozen=True, slots=True)
class NationalDocument:
    """A bill with its signatures."""

    bill: ExchangeBill
    unit: UnitSignature | None = None
    """The issuing unit's; None on a draft."""
    supervisor: Endorsement | None = None
    """Finance's; None before the endorsement."""


def write_national(document: NationalDocument) -> bytes:
    """Return the document's bytes.

    Raises:
        Refused: `his.*` or `xml.*` when the bill cannot stand in the form or does not add up.
    """
    return write_xml(NATIONAL, document_values(document))


def read_national(data: bytes) -> NationalDocument:
    """Read a document; its signatures are claims until they are verified.

    Raises:
        Refused: `xml.*`, with the path of the element.
    """
    return document_of(read_xml(NATIONAL, data))


def sign_national(
    bill: ExchangeBill, chain: bytes, public_key: bytes, sign: Callable[[bytes], bytes]
) -> NationalDocument:
    """Return the original: the bill with its unit's signature.

    Args:
        bill: an issued bill.
        chain: chain id, 32 bytes.
        public_key: the unit's.
        sign: its private half.
    """
    return NationalDocument(bill, sign_values(chain, national_values(bill), public_key, sign))


def signed_original(
    bill: ExchangeBill, chain: bytes, public_key: bytes, sign: Callable[[bytes], bytes]
) -> tuple[UnitSignature, bytes]:
    """Return the unit's signature and the original's bytes, the elements made once for both.

    Args:
        bill: an issued bill.
        chain: chain id, 32 bytes.
        public_key: the unit's.
        sign: its private half.

    Raises:
        Refused: see `write_national`.
    """
    values = national_values(bill)
    unit = sign_values(chain, values, public_key, sign)
    return unit, write_xml(NATIONAL, {**values, "InvoicingPartySignature": unit_element(unit)})


def is_signed_by(document: NationalDocument, chain: bytes, public_key: bytes) -> bool:
    """Tell whether the unit's signature is there and is that key's."""
    return document.unit is not None and verify_unit(
        chain, national_values(document.bill), document.unit, public_key
    )


def is_endorsed_by(document: NationalDocument, chain: bytes, face: Face, public_key: bytes) -> bool:
    """Tell whether finance's endorsement is there, is that key's, and is of this very bill.

    Args:
        document: as it was read.
        chain: chain id, 32 bytes.
        face: of the bill, from the ledger or from a receipt.
        public_key: finance's.
    """
    return (
        document.supervisor is not None
        and says_the_same(document.bill, face)
        and verify_endorsement(document.supervisor, chain, face, public_key)
    )


def says_the_same(bill: ExchangeBill, face: Face) -> bool:
    """Tell whether a bill says what its face says; a document keeps whole seconds."""
    related = ("", 0) if face.related is None else (face.related.code, face.related.number)
    amounts = face.amounts
    return (
        (bill.code, bill.number, bill.check_code, bill.business_number, bill.time_ms // 1000)
        == (face.code, face.number, face.check_code, face.business_number, face.time_ms // 1000)
        and (bill.total_fen, bill.fund_fen, bill.other_fen, bill.account_fen, bill.own_fen)
        == (amounts.total, amounts.fund, amounts.other, amounts.account, amounts.own)
        and (bill.related_code, bill.related_number) == related
    )


def original_hash(document: NationalDocument) -> bytes:
    """Return SHA-256 of the original, whatever was added to it since.

    Raises:
        Refused: `xml.not_signed` for a draft.
    """
    if document.unit is None:
        raise Refused("xml.not_signed", "an original carries its unit's signature")
    return sha256(write_national(NationalDocument(document.bill, document.unit))).digest()


def document_values(document: NationalDocument) -> dict[str, Value]:
    """Return the elements of a document, for this form and for those built on it."""
    values = national_values(document.bill)
    if document.unit is not None:
        values["InvoicingPartySignature"] = unit_element(document.unit)
    if document.supervisor is not None:
        values["SupervisorSignature"] = supervisor_element(document.supervisor)
    return values


def document_of(values: Mapping[str, Value]) -> NationalDocument:
    """Return the document of elements that a form let pass.

    Raises:
        Refused: `xml.*`, with the path of the element.
    """
    unit = values.get("InvoicingPartySignature")
    supervisor = values.get("SupervisorSignature")
    return NationalDocument(
        bill=bill_of(values),
        unit=None if unit is None else read_unit(unit),
        supervisor=None if supervisor is None else read_supervisor(supervisor),
    )
