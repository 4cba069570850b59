"""Who signed and who endorsed a bill, as a FHIR Provenance.

Rule: the signatures' bytes are those of the national XML; what they were made over is that
document, not this bundle.
Source: HL7 FHIR R4, Provenance and Signature; ASTM E1762-95 for the signature's purpose.
"""

from base64 import b64encode
from typing import Final

from exchange.fhir_json import Json
from exchange.fhir_words import BILL_SYSTEM, Resource, Sheet, concept, date_time
from exchange.national_xml import NationalDocument

_AUTHOR: Final = "1.2.840.10065.1.12.1.1"
_WITNESS: Final = "1.2.840.10065.1.12.1.5"
_FORMAT: Final = "application/octet-stream"


def provenance(sheet: Sheet, document: NationalDocument, endorsed_ms: int | None) -> list[Resource]:
    """Return the provenance of a signed bill; none of a draft."""
    if document.unit is None:
        return []
    bill = sheet.bill
    issuer = sheet.reference("issuer")
    finance: dict[str, Json] = {"display": bill.supervisor_name or "财政部门"}
    signatures = [_signature(_AUTHOR, bill.time_ms, issuer, document.unit.signature)]
    agents: list[Json] = [{"type": _agent("author"), "who": issuer}]
    if document.supervisor is not None:
        when_ms = bill.time_ms if endorsed_ms is None else endorsed_ms
        signatures.append(_signature(_WITNESS, when_ms, finance, document.supervisor.signature))
        agents.append({"type": _agent("verifier"), "who": finance})
    word, text = ("reversal", "冲红") if bill.is_red else ("issue", "开具")
    return [
        {
            "resourceType": "Provenance",
            "id": sheet.id("provenance"),
            "target": [sheet.reference("invoice")],
            "recorded": date_time(bill.time_ms),
            "activity": concept(f"{BILL_SYSTEM}:activity", word, text),
            "agent": agents,
            "signature": signatures,
        }
    ]


def _signature(purpose: str, when_ms: int, who: dict[str, Json], signature: bytes) -> Json:
    return {
        "type": [{"system": "urn:iso-astm:E1762-95:2013", "code": purpose}],
        "when": date_time(when_ms),
        "who": who,
        "sigFormat": _FORMAT,
        "data": b64encode(signature).decode(),
    }


def _agent(code: str) -> dict[str, Json]:
    return concept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", code)
