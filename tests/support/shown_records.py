"""Records as a page shows them, for the tests: of the given bundles, and of what is made up."""

import json
from functools import cache
from typing import Any

from exchange.fhir_bundle import SplitBundle, split_bundle
from exchange.health_record import HealthRecord, read_record
from exchange.record_entries import RecordEntry
from tests.support.vectors import DATA

GIVEN_RECORDS = ("jorge.json", "man.json", "mariam.json")


@cache
def given_record_bundle(name: str) -> bytes:
    """Return one of the given patients' bundles."""
    return (DATA / "fhir" / name).read_bytes()


@cache
def split_given(name: str) -> SplitBundle:
    """Return one of the given bundles as records."""
    return split_bundle(given_record_bundle(name))


@cache
def given_records(name: str) -> tuple[HealthRecord, ...]:
    """Return one given patient's records as a page shows them."""
    return tuple(read_record(b"".join(each.parts)) for each in split_given(name).documents)


def visit_text(*resources: object) -> bytes:
    """Return the text of a visit with these resources, whatever they are."""
    entries = [{"resource": each} for each in resources]
    return json.dumps({"form": "fhir-visit-1", "entry": entries}).encode()


def shown(type_: str, **elements: Any) -> RecordEntry:
    """Return a resource as a page shows it."""
    return read_record(visit_text({"resourceType": type_, "id": "a", **elements})).entries[0]
