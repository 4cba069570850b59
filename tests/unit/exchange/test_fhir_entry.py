"""One entry of a bundle: strict, bounded, named."""

import json
from typing import Any

import pytest

from exchange.fhir_entry import read_entry
from tests.support.refusals import refused


def entry(**resource: Any) -> bytes:
    document = {"resourceType": "Observation", "id": "o-1"} | resource
    return json.dumps({"fullUrl": "urn:uuid:1", "resource": document}).encode()


def test_an_entry_is_known_by_type_and_id_and_stays_as_it_lies() -> None:
    raw = entry(valueQuantity={"value": 1})
    found = read_entry(memoryview(raw), 3)
    assert (found.place, found.name, found.type) == (3, "Observation/o-1", "Observation")
    assert found.full_url == "urn:uuid:1"
    assert bytes(found.raw) == raw


def test_of_a_resource_only_what_puts_it_in_order_is_kept() -> None:
    found = read_entry(entry(note="x" * 100_000, partOf=[]), 0)
    assert set(found.resource) == {"partOf"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"7", "record.no_resource"),
        (b"{}", "record.no_resource"),
        (b'{"resource":[]}', "record.no_resource"),
        (b"{", "record.not_fhir"),
        (b'{"resource":{"resourceType":"Observation","id":"a","id":"a"}}', "record.not_fhir"),
        (b'{"resource":{"resourceType":"Observation","id":"a","x":NaN}}', "record.not_fhir"),
        (b'{"resource":{"resourceType":"Observation","id":"a","x":"\xff"}}', "record.not_fhir"),
        (b'{"resource":{"id":"a"}}', "record.not_fhir"),
        (b'{"resource":{"resourceType":"observation","id":"a"}}', "record.not_fhir"),
        (b'{"resource":{"resourceType":"Observation"}}', "record.no_id"),
        (b'{"resource":{"resourceType":"Observation","id":"a/b"}}', "record.no_id"),
        (b'{"resource":{"resourceType":"Observation","id":7}}', "record.no_id"),
        (b'{"resource":{"resourceType":"Observation","id":"a"},"fullUrl":7}', "record.not_fhir"),
    ],
)
def test_what_is_no_entry_is_refused(raw: bytes, code: str) -> None:
    with refused(code):
        read_entry(raw, 0)


@pytest.mark.parametrize("depth", [64, 500, 100_000])
def test_an_entry_is_at_most_64_levels_deep(depth: int) -> None:
    nested = b'{"a":' * depth + b"1" + b"}" * depth
    raw = b'{"resource":{"resourceType":"Observation","id":"a","x":' + nested + b"}}"
    with refused("record.too_deep", "entry[7]"):
        read_entry(raw, 7)


def test_an_entry_of_60_levels_is_read() -> None:
    nested = b"[" * 60 + b"]" * 60
    read_entry(b'{"resource":{"resourceType":"Observation","id":"a","x":' + nested + b"}}", 0)


def test_a_contained_resource_has_no_active_narrative_either() -> None:
    inner = {"resourceType": "Patient", "text": {"div": "<div><script/></div>"}}
    with refused("record.active_narrative"):
        read_entry(entry(contained=[inner]), 0)
