"""What a file in an exchange format says, and whether it is what its unit signed.

Rule: a file is a claim until its signature is verified with a key from the genesis; what cannot be
verified is told as such, never as good.
"""

from typing import Any

from cli.render import local_time, yuan
from exchange.archive_xml import read_archive
from exchange.bill import ExchangeBill
from exchange.csv_ledger import read_csv
from exchange.fhir_import import read_claims
from exchange.national_xml import NationalDocument, is_signed_by, read_national
from ledger.genesis import Genesis, read_genesis
from primitives.errors import Refused

Rows = list[tuple[str, object]]
SHOWN_MAX = 100
"""Rows of a table shown to people."""


def shown_file(data: bytes, genesis: bytes | None) -> tuple[dict[str, Any], Rows, bool]:
    """Return what a file says, as a document and for people, and whether it may be believed.

    Args:
        data: the file's bytes: national or archive XML, a FHIR bundle, or the CSV table.
        genesis: the genesis file, by whose keys signatures are verified.

    Raises:
        Refused: `xml.*`, `fhir.*`, `csv.*` with the place.
        PeerFault: `genesis.*`.
    """
    start = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if start == b"<":
        return _xml(data, None if genesis is None else read_genesis(genesis))
    if start == b"{":
        return _fhir(data)
    return _csv(data)


def _xml(data: bytes, genesis: Genesis | None) -> tuple[dict[str, Any], Rows, bool]:
    form = "national XML"
    try:
        document = read_national(data)
    except Refused as refusal:
        try:
            document = read_archive(data).document
        except Refused:
            raise refusal from None
        form = "archive XML"
    verdict, is_good = _verdict(document, genesis)
    bill = document.bill
    told = {"format": form, "signature": verdict, **_document(bill)}
    return told, [("format", form), *_rows(bill), ("unit's signature", verdict)], is_good


def _verdict(document: NationalDocument, genesis: Genesis | None) -> tuple[str, bool]:
    """Return what is known of the unit's signature, and whether the file may be believed."""
    if document.unit is None:
        return "none: a draft", False
    if genesis is None:
        return "not verified: name the genesis", True
    for id_, agency in genesis.agencies:
        if agency.uscc != document.bill.issuer_uscc:
            continue
        keys = [key for key in agency.keys if key.key_id == document.unit.key_id]
        if keys and is_signed_by(document, genesis.chain, keys[0].public):
            return f"good: {id_} signed it", True
        if keys:
            return f"BAD: {id_} did not sign this", False
    return "not verified: the genesis does not know the key", False


def _document(bill: ExchangeBill) -> dict[str, Any]:
    return {
        "code": bill.code,
        "number": f"{bill.number:010d}",
        "check_code": bill.check_code,
        "issuer": bill.issuer_name,
        "issuer_uscc": bill.issuer_uscc,
        "business_number": bill.business_number,
        "time_ms": bill.time_ms,
        "total_fen": bill.total_fen,
        "own_fen": bill.own_fen,
        "related_code": bill.related_code or None,
        "related_number": bill.related_number or None,
    }


def _rows(bill: ExchangeBill) -> Rows:
    rows: Rows = [
        ("bill", f"{bill.code} {bill.number:010d}"),
        ("check code", bill.check_code),
        ("issuer", f"{bill.issuer_name} ({bill.issuer_uscc})"),
        ("business number", bill.business_number),
        ("issued", local_time(bill.time_ms)),
        ("total", f"{yuan(bill.total_fen)} yuan"),
        ("own payment", f"{yuan(bill.own_fen)} yuan"),
    ]
    if bill.related_code:
        rows.append(("takes back", f"{bill.related_code} {bill.related_number:010d}"))
    return rows


def _fhir(data: bytes) -> tuple[dict[str, Any], Rows, bool]:
    claims = read_claims(data).claims
    told = [{"kind": claim.kind, "id": claim.id, "status": claim.status} for claim in claims]
    rows: Rows = [("format", "FHIR bundle")]
    rows += [(claim.kind, f"{claim.id}, {claim.status}, {claim.created}") for claim in claims]
    return {"format": "FHIR bundle", "claims": told}, rows, True


def _csv(data: bytes) -> tuple[dict[str, Any], Rows, bool]:
    table = read_csv(data)
    told = [
        {
            "code": row.code,
            "number": f"{row.number:010d}",
            "date": row.date,
            "issuer": row.issuer_name,
            "status": row.status,
        }
        for row in table
    ]
    rows: Rows = [("format", "table of bills"), ("rows", len(table))]
    for item in told[:SHOWN_MAX]:
        rows.append((f"{item['code']} {item['number']}", f"{item['date']}, {item['status']}"))
    return {"format": "table of bills", "items": told}, rows, True
