"""Texts of record documents for the tests: visits made up, and what proves them."""

import base64
import json
from typing import Any

SYSTEM = "http://loinc.org"


def base64url(data: bytes) -> str:
    """Return bytes as the node writes them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def plain(value: object) -> str:
    """Return JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def encounter(start: str = "2026-03-02T09:30:00+08:00", **changes: Any) -> dict[str, Any]:
    """Return an outpatient visit."""
    resource = {
        "resourceType": "Encounter",
        "id": f"visit-{start[:10]}",
        "status": "finished",
        "class": {"code": "AMB"},
        "type": [{"text": "内科门诊"}],
        "period": {"start": start, "end": start},
        "serviceProvider": {"display": "第一人民医院"},
        "participant": [{"individual": {"display": "王医生"}}],
    }
    return resource | changes


def resource(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """Return a resource that has a code with a name."""
    code = {"coding": [{"system": SYSTEM, "code": name, "display": name}], "text": name}
    field = {"Immunization": "vaccineCode", "MedicationRequest": "medicationCodeableConcept"}
    return {"resourceType": kind, "id": f"{kind}-{name}", field.get(kind, "code"): code, **more}


def observation(name: str, value: str, unit: str = "mmol/L", **more: Any) -> str:
    """Return a result as text, its figure with the digits given."""
    start = plain(resource("Observation", name, status="final", **more))
    return f'{start[:-1]},"valueQuantity":{{"value":{value},"unit":"{unit}"}}}}'


def visit_text(*resources: dict[str, Any] | str, start: str = "2026-03-02T09:30:00+08:00") -> str:
    """Return the text of a visit's document."""
    told = [encounter(start), *resources]
    entries = [it if isinstance(it, str) else plain(it) for it in told]
    joined = ",".join(f'{{"resource":{entry}}}' for entry in entries)
    return f'{{"form":"fhir-visit-1","entry":[{joined}]}}'


def rest_text(*resources: dict[str, Any]) -> str:
    """Return the text of the document of what belongs to no visit."""
    joined = ",".join(f'{{"resource":{plain(it)}}}' for it in resources)
    order = plain([f"{it['resourceType']}/{it['id']}" for it in resources])
    bundle = '{"resourceType":"Bundle","type":"collection"}'
    return f'{{"form":"fhir-rest-1","bundle":{bundle},"entry":[{joined}],"order":{order}}}'


def receipt_of(key: str) -> str:
    """Return a receipt of a leaf that proves nothing, for tests that do not check it."""
    return plain(
        {"format": "piaolian-receipt-1", "fact": {"kind": "leaf", "key": key}, "details": None}
    )
