"""Who signed and endorsed, as FHIR has it."""

from base64 import b64decode
from dataclasses import replace

from exchange.fhir_export import export_fhir
from tests.support.exchange_bills import good_bill, red_bill
from tests.support.fhir_bundles import endorsed, exported, resources


def test_both_signatures_stand_with_who_made_them_and_when() -> None:
    (provenance,) = exported(good_bill(), "Provenance", endorsed_ms=1_790_000_200_000)
    unit, finance = provenance["signature"]
    document = endorsed(good_bill())
    assert document.unit is not None
    assert document.supervisor is not None
    assert b64decode(unit["data"]) == document.unit.signature
    assert b64decode(finance["data"]) == document.supervisor.signature
    assert unit["when"] == provenance["recorded"] == "2026-09-21T22:16:24+08:00"
    assert finance["when"] == "2026-09-21T22:16:40+08:00"
    assert finance["who"] == {"display": "海南省财政厅"}


def test_a_red_bill_is_a_reversal() -> None:
    (blue,) = exported(good_bill(), "Provenance")
    (red,) = exported(red_bill(good_bill()), "Provenance")
    assert blue["activity"]["coding"][0]["code"] == "issue"
    assert red["activity"]["coding"][0]["code"] == "reversal"


def test_before_the_endorsement_only_the_unit_has_signed() -> None:
    document = replace(endorsed(good_bill()), supervisor=None)
    (provenance,) = resources(export_fhir(document), "Provenance")
    assert len(provenance["signature"]) == len(provenance["agent"]) == 1
    assert resources(export_fhir(replace(document, unit=None)), "Provenance") == []
