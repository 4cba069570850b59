"""FHIR bundles for the tests: one made of a bill, the given ones, and how to look into them."""

import json
from dataclasses import replace
from typing import Any

from exchange.bill import ExchangeBill
from exchange.fhir_export import export_fhir
from exchange.national_xml import NationalDocument, sign_national
from tests.support.exchange_bills import CHAIN, UNIT_KEY, endorsement_of
from tests.support.vectors import DATA

GIVEN = ("claims-aetna.json", "claims-blue-cross.json", "claims-medicaid.json")


def given_bundle(name: str) -> bytes:
    """Return one of the given bundles."""
    return (DATA / "fhir" / name).read_bytes()


def endorsed(bill: ExchangeBill) -> NationalDocument:
    """Return a bill's document with both signatures."""
    signed = sign_national(bill, CHAIN, UNIT_KEY.public_key, UNIT_KEY.sign)
    return replace(signed, supervisor=endorsement_of(1))


def resources(bundle: bytes, kind: str) -> list[dict[str, Any]]:
    """Return a bundle's resources of one type, every number as its text."""
    document = json.loads(bundle, parse_float=str, parse_int=str)
    found = [entry["resource"] for entry in document["entry"]]
    return [resource for resource in found if resource["resourceType"] == kind]


def exported(bill: ExchangeBill, kind: str, **options: Any) -> list[dict[str, Any]]:
    """Return the resources of one type in a bill's bundle."""
    return resources(export_fhir(endorsed(bill), **options), kind)
