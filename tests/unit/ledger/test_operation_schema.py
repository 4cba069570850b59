"""The JSON schema of operations says what the reader of operations does."""

import jsonschema_rs
import pytest

from ledger.operation_json import OPERATIONS, operation_from_json
from ledger.operation_schema import operation_schemas, record_schema
from ledger.reversal import ReverseBill
from primitives.errors import Refused

SCHEMAS = operation_schemas()
DOCUMENT = {"$ref": "#/components/schemas/Operation", "components": {"schemas": SCHEMAS}}
BILL = {"code": "46060126", "number": 12}
LOCK = {
    "operation": "lock_claim",
    **BILL,
    "payer_class": 3,
    "purpose": "inpatient",
    "amount_fen": 100,
    "until_ms": 5,
    "grant": {"until_ms": 9, "signature": "A" * 86},
}
VOTE = {"operation": "vote", "proposal": "0" * 12 + "-0000-0000", "approves": True}
PROPOSAL = {
    "operation": "propose",
    "change": {"change": "set_roles", "agency": "bank", "roles": ["provider"]},
    "effective_height": 0,
    "until_ms": 9,
}


def is_read(value):
    """Tell whether the reader takes a value."""
    try:
        operation_from_json(value, "operations[0]")
    except Refused:
        return False
    return True


def test_every_operation_is_described():
    assert set(SCHEMAS) == {"Operation"} | {f"{k.__name__}Operation" for k in OPERATIONS.values()}
    named = {item["$ref"].rsplit("/", 1)[1] for item in SCHEMAS["Operation"]["oneOf"]}
    assert named == set(SCHEMAS) - {"Operation"}


def test_a_record_names_its_fields_and_no_others():
    schema = record_schema(ReverseBill, ("operation", "reverse_bill"))
    assert schema["required"] == ["operation", "code", "number", "check_code", "reason"]
    assert schema["additionalProperties"] is False
    whole = {"type": "integer", "minimum": 1, "maximum": 9_999_999_999}
    assert schema["properties"]["number"] == whole
    assert record_schema(ReverseBill)["required"][0] == "code"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_schema_itself_is_sound(name):
    jsonschema_rs.meta.validate(SCHEMAS[f"{OPERATIONS[name].__name__}Operation"])


@pytest.mark.parametrize(
    "value",
    [
        LOCK,
        VOTE,
        PROPOSAL,
        {**LOCK, "grant": None},
        {"operation": "freeze_range", "code": "46060126", "first": 1},
        {"operation": "allot_numbers", "unit": "hospital", "place": "p", "kind": "01",
         "code": "46060126", "first": 1, "last": 2},
        # And what is wrong.
        {},
        {**VOTE, "approves": 1},
        {**VOTE, "more": 1},
        {**LOCK, "grant": {"until_ms": 9}},
        {**LOCK, "grant": {"until_ms": 9, "signature": "A" * 85}},
        {**LOCK, "grant": {"until_ms": 9, "signature": "=" * 86}},
        {**LOCK, "amount_fen": 0},
        {**LOCK, "amount_fen": "100"},
        {**LOCK, "code": "46060126\n"},
        {**PROPOSAL, "change": {"change": "set_roles", "agency": "bank"}},
        {**PROPOSAL, "change": {"change": "nothing", "agency": "bank"}},
        {**PROPOSAL, "change": {"change": "set_roles", "agency": "bank", "roles": ["x"]}},
        {**PROPOSAL, "change": {"change": "set_roles", "agency": "bank", "roles": "provider"}},
        {"operation": "nothing"},
    ],
)  # fmt: skip
def test_schema_and_reader_agree(value):
    assert jsonschema_rs.is_valid(DOCUMENT, value) == is_read(value)
