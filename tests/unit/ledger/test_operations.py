"""The table of operations: each once, with its tag, who may ask and with which key."""

import typing

import msgspec
import pytest

from ledger.agencies import PURPOSES, ROLES
from ledger.keys import SIGNING
from ledger.operations import RESERVED_TAGS, RULES, Operation, Result, tag_of
from tests.support.ledgers import AGENCIES, Chain, new_chain

TAGS = {
    1: "AllotNumbers",
    2: "IssueBill",
    3: "FreezeRange",
    4: "ReturnRange",
    5: "WriteOffRange",
    6: "EndorseBills",
    7: "AnchorOriginals",
    8: "ReverseBill",
    9: "ExchangeForPaper",
    10: "VoidPaper",
    11: "OpenOrder",
    12: "CancelOrder",
    13: "RecordPayment",
    14: "RecordRefund",
    15: "LockClaim",
    16: "SettleClaim",
    17: "ReleaseClaim",
    18: "RotateHolder",
    19: "BookBill",
    20: "ArchiveBill",
    21: "PublishDocument",
    22: "SupersedeDocument",
    28: "Propose",
    29: "Vote",
    30: "RotateKey",
    31: "IssueKey",
    32: "LimitKey",
    33: "RevokeKey",
    34: "ReleaseRange",
    35: "RequestNumbers",
    36: "DeclineRequest",
    37: "FreezeUnit",
    38: "ReleaseUnit",
    39: "VoidNumber",
    40: "ReverseSettlement",
    41: "ReconcilePayments",
    42: "RotateCertificate",
    43: "SignalReadiness",
}
"""A tag never changes its meaning: this table only grows."""


@pytest.fixture
def chain() -> Chain:
    return new_chain()


def test_every_operation_has_a_rule_and_its_tag_for_ever() -> None:
    assert set(typing.get_args(Operation)) == set(RULES)
    assert {tag_of(kind): kind.__name__ for kind in RULES} == TAGS


def test_tags_kept_for_later_are_free() -> None:
    assert not RESERVED_TAGS.keys() & TAGS.keys()


def test_a_result_has_its_operations_tag_and_what_needs_none_says_done() -> None:
    results = {tag_of(kind): kind.__name__ for kind in typing.get_args(Result)}
    assert results.pop(0) == "Done"
    assert results.keys() <= TAGS.keys()


@pytest.mark.parametrize("kind", RULES, ids=lambda kind: kind.__name__)
def test_a_rule_names_known_roles_and_keys_that_sign(kind: type) -> None:
    rule = RULES[kind]
    assert rule.roles
    assert set(rule.roles) <= set(ROLES)
    assert rule.purposes
    assert set(rule.purposes) <= set(SIGNING) <= set(PURPOSES)
    assert rule.check.__name__ == "check_" + "".join(
        f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__
    ).lstrip("_")


def sample(kind: type) -> object:
    """Return an operation of this kind whose fields are of no meaning."""
    fields = msgspec.structs.fields(kind)
    return kind(*(None for _ in fields))


@pytest.mark.parametrize("kind", RULES, ids=lambda kind: kind.__name__)
def test_an_agency_of_another_role_is_refused_before_anything_is_read(
    chain: Chain, kind: type
) -> None:
    rule = RULES[kind]
    for agency, role in AGENCIES:
        if role not in rule.roles:
            transaction = chain.sign(agency, sample(kind), purpose="desk")
            built = chain.build(transaction)
            assert [error.code for _, error in built.refused] == ["agency.wrong_role"]


@pytest.mark.parametrize("kind", RULES, ids=lambda kind: kind.__name__)
def test_a_key_of_another_purpose_is_refused(chain: Chain, kind: type) -> None:
    rule = RULES[kind]
    roles = dict(AGENCIES)
    agency = next(name for name in roles if roles[name] in rule.roles)
    for purpose in set(SIGNING) - set(rule.purposes) - {"provider"}:
        transaction = chain.sign(agency, sample(kind), purpose=purpose)
        built = chain.build(transaction)
        error = built.refused[0][1]
        assert (error.code, error.facts["operation"]) == ("agency.wrong_key_purpose", 0)
