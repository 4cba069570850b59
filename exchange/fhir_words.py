"""The words that all parts of a FHIR bundle share: ids, references, codes, money, dates.

Rule: an id follows from code, number and the part's name alone.
Source: HL7 FHIR R4 data types; RFC 9562, version 8 (custom) identifiers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from exchange.bill import ExchangeBill, issue_date, issue_time, turned
from exchange.fhir_json import Json, Number
from exchange.hospital_line import Fields, HospitalLine
from primitives.units import format_yuan

Resource = Mapping[str, Json]

BILL_SYSTEM: Final = "urn:cn:mof:einvoice"
"""The system of bill identifiers; our local codes stand below it."""
CURRENCY: Final = "CNY"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One bill on its way into a bundle."""

    bill: ExchangeBill
    line: HospitalLine
    is_public: bool
    """Whether whatever is personal is left out."""

    def id(self, name: str) -> str:
        """Return the id of a part of this bill's bundle, a UUID."""
        seed = f"{BILL_SYSTEM}/{self.bill.code}/{self.bill.number_text}/{name}"
        digits = sha256(seed.encode()).hexdigest()
        variant = "89ab"[int(digits[16], 16) % 4]
        parts = (digits[:8], digits[8:12], f"8{digits[13:16]}", f"{variant}{digits[17:20]}")
        return "-".join((*parts, digits[20:32]))

    def reference(self, name: str) -> dict[str, Json]:
        """Return a reference to a part of this bill's bundle."""
        return {"reference": f"urn:uuid:{self.id(name)}"}

    def figure(self, text: str) -> Number:
        """Return a figure of the hospital's line, negated on a red bill."""
        return Number(turned(text) if self.bill.is_red else text)

    def amount(self, text: str) -> dict[str, Json]:
        """Return an amount of the hospital's line as Money, negated on a red bill."""
        return {"value": self.figure(text), "currency": CURRENCY}

    def charge_class(self, row: Fields) -> dict[str, Json]:
        """Return the code of a charge class."""
        system = f"{BILL_SYSTEM}:charge-class"
        return concept(system, row.get("chargeCode", ""), row.get("chargeName", ""))


def bill_identifier(bill: ExchangeBill) -> dict[str, Json]:
    """Return the bill's own identifier: `46060121-0000000001`."""
    return {"system": BILL_SYSTEM, "value": f"{bill.code}-{bill.number_text}"}


def concept(system: str, code: str, text: str = "") -> dict[str, Json]:
    """Return a CodeableConcept with one coding."""
    coding = [{"system": system, "code": code}] if code else []
    return dict(filled({"coding": coding, "text": text}))


def money(fen: int) -> dict[str, Json]:
    """Return an amount as Money with exactly two decimals."""
    return {"value": Number(format_yuan(fen)), "currency": CURRENCY}


def date_time(time_ms: int) -> str:
    """Return a time as dateTime and instant have it: `2026-09-21T22:16:24+08:00`."""
    return f"{day(issue_date(time_ms))}T{issue_time(time_ms)}+08:00"


def day(date: str) -> str:
    """Return yyyyMMdd as a FHIR date."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}"


def filled(resource: Mapping[str, Json]) -> Resource:
    """Return a resource without its empty fields; FHIR's JSON has none."""
    return {key: value for key, value in resource.items() if value is True or value}
