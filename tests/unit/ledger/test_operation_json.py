"""Operations as JSON: one form, read back as it was, and everything else refused with its place."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.bills import Amounts, BillName, DocumentReference
from ledger.claims import LockClaim
from ledger.endorsement import EndorseBills, Withheld
from ledger.governance import Propose
from ledger.holders import Grant
from ledger.issuing import IssueBill
from ledger.membership import AddAgency, NewKey, SetParameter, SuspendAgency
from ledger.operation_json import (
    OPERATIONS,
    message_from_json,
    operation_from_json,
    operation_to_json,
    snake_case,
)
from ledger.operations import RULES
from ledger.reversal import ReverseBill
from ledger.units import FreezeUnit
from primitives.errors import Refused

REVERSAL = {
    "operation": "reverse_bill",
    "code": "46060126",
    "number": 12,
    "check_code": "0a1b2c",
    "reason": "refund",
}
LOCK = {
    "operation": "lock_claim",
    "code": "46060126",
    "number": 12,
    "payer_class": 3,
    "purpose": "inpatient",
    "amount_fen": 100,
    "until_ms": 5,
    "grant": {"until_ms": 9, "signature": "A" * 86},
}


def refusal(value):
    """Return code and place of the refusal that a value meets."""
    with pytest.raises(Refused) as caught:
        operation_from_json(value, "operations[0]")
    return caught.value.code, caught.value.field


def test_every_operation_has_its_name():
    assert set(OPERATIONS.values()) == set(RULES)
    assert snake_case("ReverseBill") == "reverse_bill"
    assert OPERATIONS["exchange_for_paper"].__name__ == "ExchangeForPaper"


def test_a_plain_operation_is_read_field_by_field():
    read = operation_from_json(REVERSAL, "operations[0]")
    assert read == ReverseBill("46060126", 12, "0a1b2c", "refund")
    assert operation_to_json(read) == REVERSAL


def test_records_within_an_operation_are_objects_and_null_is_none():
    read = operation_from_json(LOCK, "operations[0]")
    assert read == LockClaim("46060126", 12, 3, "inpatient", 100, 5, Grant(9, bytes(64)))
    assert operation_from_json({**LOCK, "grant": None}, "x").grant is None


@pytest.mark.parametrize(
    "operation",
    [
        Propose(SuspendAgency("bank"), 0, 9),
        Propose(SetParameter("rounding_fen", b"\x07"), 0, 9),
        Propose(
            AddAgency("bank", "银行", "1" * 18, ("provider",), b"x", (NewKey("desk", bytes(32)),)),
            4,
            9,
        ),
        EndorseBills(3, bytes(32), (Withheld("46060126", 1, "odd"),), bytes(64)),
        IssueBill(
            "p",
            "01",
            "b",
            "abc123",
            Amounts(1, 0, 0, 0, 1),
            DocumentReference(bytes(32), bytes(32), 30),
            bytes(32),
        ),
    ],
)
def test_what_is_written_is_read_back(operation):
    written = json.loads(json.dumps(operation_to_json(operation)))
    assert operation_from_json(written, "operations[0]") == operation


def test_a_record_of_a_union_carries_its_name_under_its_fields_name():
    written = operation_to_json(Propose(SuspendAgency("bank"), 0, 9))
    assert written["change"] == {"change": "suspend_agency", "agency": "bank"}
    wrong = {**written, "change": {"change": "suspend_agenci", "agency": "bank"}}
    assert refusal(wrong) == ("operation.unknown", "operations[0].change.change")
    assert refusal({**written, "change": {"agency": "bank"}}) == (
        "operation.missing_field",
        "operations[0].change.change",
    )


def test_an_unknown_field_is_refused_with_the_nearest_known_one():
    with pytest.raises(Refused, match="did you mean check_code"):
        operation_from_json({**REVERSAL, "checkcode": "0a1b2c"}, "operations[0]")
    assert refusal({**REVERSAL, "x": 1}) == ("operation.unknown_field", "operations[0].x")
    with pytest.raises(Refused, match="did you mean reverse_bill"):
        operation_from_json({**REVERSAL, "operation": "reversebill"}, "operations[0]")
    with pytest.raises(Refused, match="known are"):
        operation_from_json({"operation": "qqqqqq"}, "operations[0]")


def test_a_missing_field_is_refused_with_its_place():
    less = {name: value for name, value in REVERSAL.items() if name != "reason"}
    assert refusal(less) == ("operation.missing_field", "operations[0].reason")
    assert refusal({}) == ("operation.missing_field", "operations[0].operation")
    grant = {"until_ms": 9}
    assert refusal({**LOCK, "grant": grant}) == (
        "operation.missing_field",
        "operations[0].grant.signature",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("number", wrong) for wrong in ("12", 1.0, True, None, 0, 10**10, [12])),
        *(("check_code", wrong) for wrong in (7, "0A1B2C", "0a1b2c\n", "0a1b2", None, {})),
        *(("code", wrong) for wrong in ("4606012", "460601261", "４６０６０１２６", b"46060126")),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(field, value):
    assert refusal({**REVERSAL, field: value}) == (
        "operation.wrong_value",
        f"operations[0].{field}",
    )


@pytest.mark.parametrize("wrong", ["A" * 85, "A" * 87, "=" * 86, "票" * 86, 7, "A" * 85 + "B", ""])
def test_bytes_have_one_form_and_their_length(wrong):
    grant = {"until_ms": 9, "signature": wrong}
    assert refusal({**LOCK, "grant": grant}) == (
        "operation.wrong_value",
        "operations[0].grant.signature",
    )


def test_arrays_and_objects_and_truths_are_what_they_say():
    assert refusal([]) == ("operation.wrong_value", "operations[0]")
    assert refusal({**LOCK, "grant": []})[1] == "operations[0].grant"
    reconcile = {"operation": "reconcile_payments", "references": [], "statement_hash": "A" * 43}
    assert refusal(reconcile) == ("operation.wrong_value", "operations[0].references")
    assert refusal({**reconcile, "references": "a"})[1] == "operations[0].references"
    assert refusal({**reconcile, "references": ["a", 7]})[1] == "operations[0].references[1]"
    vote = {"operation": "vote", "proposal": "0" * 12 + "-0000-0000", "approves": 1}
    assert refusal(vote) == ("operation.wrong_value", "operations[0].approves")


def test_a_place_of_any_length_stays_short():
    assert len(refusal({**REVERSAL, "y" * 5_000: 1})[1]) == 200


def test_one_record_can_be_read_alone():
    assert message_from_json({"code": "46060126", "number": 1}, BillName, "bill") == BillName(
        "46060126", 1
    )
    assert operation_from_json({"operation": "freeze_unit", "unit": "hospital", "reason": "x"}, "x")
    assert FreezeUnit("hospital", "x")


_JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["change", "until_ms", "x"]), st.integers(), max_size=2),
)
_FIELDS = sorted({name for kind in OPERATIONS.values() for name in kind.__struct_fields__})


@given(
    st.sampled_from(sorted(OPERATIONS)),
    st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=6),
)
def test_whatever_is_sent_is_read_or_refused(name, value):
    with suppress(Refused):
        assert type(operation_from_json({"operation": name, **value}, "x")) is OPERATIONS[name]
