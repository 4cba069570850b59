"""The changes that members vote on: what each refuses and what each does."""

import msgspec
import pytest

from ledger.agencies import ACTIVE, REGISTER_KEY, REMOVED, SUSPENDED, Register
from ledger.governance import FAILED, Propose, Vote
from ledger.key_rotation import RotateKey
from ledger.membership import (
    AddValidator,
    NewKey,
    RemoveAgency,
    RemoveValidator,
    RestoreAgency,
    ScheduleUpgrade,
    SetParameter,
    SetRoles,
    SuspendAgency,
    encoded_value,
    is_of_validators,
)
from ledger.parameters import Parameters
from ledger.validators import validator_sets
from primitives.codec import encode
from primitives.signing import key_id
from tests.support.councils import (
    LONG_MS,
    agency_at,
    decided,
    newcomer,
    parameter,
    parameters_at,
    passed,
    proposal_at,
    ready,
)
from tests.support.ledgers import Chain, key_pair, new_chain
from tests.support.money import DAY_MS, new_town, order_of


@pytest.fixture
def chain() -> Chain:
    return new_chain()


def no(chain: Chain, change, code: str, field: str = "") -> None:
    """Require a change to be refused when it is proposed."""
    error = chain.refuse("finance", Propose(change, 0, LONG_MS))
    assert error.code == code
    assert not field or error.field == field


def test_a_new_member_stands_last_in_the_register_and_takes_part(chain: Chain) -> None:
    decided(chain, newcomer())
    register = chain.fact(REGISTER_KEY, Register)
    assert register.agencies[-1] == "auditors"
    agency = agency_at(chain, "auditors")
    assert (agency.index, agency.standing) == (len(register.agencies) - 1, ACTIVE)
    assert (agency.roles, agency.is_frozen) == (("audit",), False)
    assert [key.purpose for key in agency.keys][:2] == ["governance", "node"]
    change = Propose(parameter("rounding_fen", 7), 0, LONG_MS)
    chain.accept("auditors", change, purpose="governance")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"agency": "bank"}, "governance.agency_exists"),
        ({"uscc": "12460000428200001M"}, "governance.bad_uscc"),
        ({"uscc": "12460000428200001p"}, "governance.bad_uscc"),
        ({"uscc": "1246000042820000 P"}, "governance.bad_uscc"),
        ({"roles": ("hospital", "finance")}, "governance.bad_roles"),
        ({"roles": ("audit", "audit")}, "governance.bad_roles"),
        ({"keys": (NewKey("desk", bytes(32)),)}, "governance.bad_key"),
        (
            {
                "keys": (
                    NewKey("desk", key_pair("x", "a").public_key),
                    NewKey("governance", key_pair("x", "a").public_key),
                )
            },
            "governance.bad_key",
        ),
    ],
)
def test_a_member_that_is_not_in_order_does_not_join(chain: Chain, fields: dict, code: str) -> None:
    no(chain, msgspec.structs.replace(newcomer(), **fields), code)


def test_of_two_proposals_of_one_id_the_second_fails(chain: Chain) -> None:
    decided(chain, newcomer())
    no(chain, newcomer(), "governance.agency_exists", "agency")


def test_a_suspended_member_submits_nothing_until_it_is_restored() -> None:
    chain = new_town()
    decided(chain, SuspendAgency("clinic"))
    assert agency_at(chain, "clinic").standing == SUSPENDED
    assert chain.refuse("clinic", order_of("o1", 500)).code == "agency.suspended"
    no(chain, SuspendAgency("clinic"), "agency.suspended", "agency")
    decided(chain, RestoreAgency("clinic"))
    chain.accept("clinic", order_of("o1", 500))
    no(chain, RestoreAgency("clinic"), "agency.not_suspended", "agency")


def test_a_removed_member_never_comes_back() -> None:
    chain = new_town()
    decided(chain, RemoveAgency("clinic"))
    assert agency_at(chain, "clinic").standing == REMOVED
    assert chain.refuse("clinic", order_of("o1", 500)).code == "agency.removed"
    for change in (RestoreAgency("clinic"), SuspendAgency("clinic"), RemoveAgency("clinic")):
        no(chain, change, "agency.removed", "agency")
    no(chain, msgspec.structs.replace(newcomer(), agency="clinic"), "governance.agency_exists")
    assert "clinic" in chain.fact(REGISTER_KEY, Register).agencies


@pytest.mark.parametrize("change", [SuspendAgency("health"), RemoveAgency("health")])
def test_a_validator_first_loses_its_vote(chain: Chain, change) -> None:
    no(chain, change, "governance.is_validator", "agency")


@pytest.mark.parametrize(
    "change",
    [
        SuspendAgency("nobody"),
        RestoreAgency("nobody"),
        RemoveAgency("nobody"),
        SetRoles("nobody", ()),
        AddValidator("nobody"),
    ],
)
def test_an_unknown_member_is_not_changed(chain: Chain, change) -> None:
    no(chain, change, "governance.unknown_agency", "agency")


def test_a_member_gets_other_roles() -> None:
    chain = new_town()
    decided(chain, SetRoles("clinic", ("hospital", "insurer")))
    assert agency_at(chain, "clinic").roles == ("hospital", "insurer")
    decided(chain, SetRoles("clinic", ()))
    assert chain.refuse("clinic", order_of("o1", 500)).code == "agency.wrong_role"
    no(chain, SetRoles("clinic", ("insurer", "hospital")), "governance.bad_roles", "roles")


def test_a_candidate_shows_that_it_is_ready(chain: Chain) -> None:
    no(chain, AddValidator("bank"), "governance.not_ready", "agency")
    chain.accept("bank", ready(chain, "bank"))
    late_ms = chain.tip.time_ms + DAY_MS
    change = Propose(AddValidator("bank"), 0, LONG_MS)
    assert chain.refuse("finance", change, time_ms=late_ms + 1).code == "governance.not_ready"
    chain.accept("finance", change, time_ms=late_ms)


def test_a_candidate_that_lost_its_readiness_meanwhile_fails_and_changes_nothing() -> None:
    chain = new_chain(Parameters(readiness_ms=60_000))
    chain.accept("bank", ready(chain, "bank"))
    before = validator_sets(chain.view)
    proposal = Propose(AddValidator("bank"), chain.tip.height + 7, LONG_MS)
    (made,) = chain.accept("finance", proposal)
    for agency in ("hospital", "health"):
        chain.accept(agency, Vote(made.proposal, True))
    while chain.tip.height < proposal.effective_height - 2:
        chain.commit(time_ms=chain.tip.time_ms + 61_000)
    assert proposal_at(chain, made.proposal).state == FAILED
    chain.commit()
    assert validator_sets(chain.view) == before


def test_who_votes_already_or_is_suspended_is_no_candidate(chain: Chain) -> None:
    no(chain, AddValidator("health"), "governance.already_validator", "agency")
    decided(chain, SuspendAgency("bank"))
    no(chain, AddValidator("bank"), "governance.not_active", "agency")


def test_a_member_without_a_validator_key_is_no_candidate(chain: Chain) -> None:
    change = newcomer()
    few = tuple(key for key in change.keys if key.purpose != "validator")
    decided(chain, msgspec.structs.replace(change, keys=few))
    no(chain, AddValidator("auditors"), "governance.no_validator_key", "agency")


def test_a_new_validator_votes_with_its_newest_key(chain: Chain) -> None:
    new = key_pair("bank", "validator 2")
    old = key_id(key_pair("bank", "validator").public_key)
    chain.accept("bank", ready(chain, "bank"))
    chain.accept("bank", RotateKey("validator", old, new.public_key, DAY_MS))
    decided(chain, AddValidator("bank"))
    assert validator_sets(chain.view).next[-1].public_key == new.public_key


def test_only_a_validator_loses_its_vote(chain: Chain) -> None:
    no(chain, RemoveValidator("bank"), "governance.not_a_validator", "agency")


def test_changes_of_validators_are_told_from_others() -> None:
    assert is_of_validators(AddValidator("bank"))
    assert is_of_validators(RemoveValidator("bank"))
    assert not is_of_validators(SuspendAgency("bank"))
    assert not is_of_validators(SetParameter("rounding_fen", b"\x05"))


@pytest.mark.parametrize("name", Parameters.__struct_fields__)
def test_each_parameter_can_be_voted_to_a_lawful_value(chain: Chain, name: str) -> None:
    if name in ("upgrade_version", "upgrade_height"):
        no(chain, parameter(name, 1), "parameter.not_voted", "name")
        return
    value = OTHER.get(name, getattr(Parameters(), name))
    decided(chain, parameter(name, value))
    assert getattr(parameters_at(chain), name) == value
    assert encoded_value(parameters_at(chain), name) == encode(value)


OTHER = {
    "block_interval_ms": 51,
    "vault_copies": 1,
    "bus_types": (("01", "02"), ("77", "88")),
    "personal_part_rule": False,
    "division": "469023",
    "checked_operations": (2, 8),
    "statutory_payers": (("insurance", 1), ("mutual", 6)),
    "document_kinds": (("01", 30),),
    "max_block_operations": 5_000,
}
WRONG = {
    "vault_copies": [0, 2, True],
    "bus_types": [
        (),
        (("1", "02"),),
        (("01", "00"),),
        (("02", "01"), ("01", "02")),
        (("01", "02"), ("01", "02")),
        (("01", "01"), ("01", "02")),
    ],
    "personal_part_rule": [0, 1, "yes", None],
    "prepaid_sum_rule": [0, None],
    "pay_channels_rule": [0, None],
    "division": ["46000", "4600000", "46000x", 460000],
    "checked_operations": [(0,), (128,), (8, 2), (2, 2), "2", (31,), (6, 8), (7,), (43,)],
    "statutory_payers": [(("insurance", 0),), (("insurance", 7),), (("B", 1),), ("insurance",)],
    "document_kinds": [(("00", 1),), (("01", 0),), (("01", 101),), (("01", 1), ("01", 2))],
}


@pytest.mark.parametrize("name", Parameters.__struct_fields__[:-2])
def test_no_parameter_takes_a_value_of_another_type_or_beyond_its_bounds(
    chain: Chain, name: str
) -> None:
    beyond = WRONG.get(name, [-1, 2**63, "1", 1.5, None, True, (1,)])
    for value in beyond:
        no(chain, parameter(name, value), "parameter.wrong_value")


@pytest.mark.parametrize(
    "value", [b"", b"\xc1", b"\x05\x05", b"\xcc\x05", b"\xff\xff", b"\x91" * 5_000]
)
def test_a_value_that_is_no_one_message_is_refused(chain: Chain, value: bytes) -> None:
    no(chain, SetParameter("rounding_fen", value), "parameter.wrong_value", "value")


@pytest.mark.parametrize("name", ["nothing", "__class__", "rounding_fe"])
def test_an_unknown_parameter_is_refused(chain: Chain, name: str) -> None:
    no(chain, SetParameter(name, b"\x05"), "parameter.unknown", "name")


def test_values_that_do_not_go_together_are_refused(chain: Chain) -> None:
    no(chain, parameter("round_timeout_ms", 30_001), "parameter.wrong_value")
    no(chain, parameter("round_timeout_max_ms", 999), "parameter.wrong_value")


def test_two_parameters_voted_for_one_height_both_hold(chain: Chain) -> None:
    height = chain.tip.height + 20
    changes = [parameter("rounding_fen", 7), parameter("division", "469023")]
    for change in changes:
        passed(chain, change, at=height)
    while chain.tip.height < height - 1:
        chain.commit()
    parameters = parameters_at(chain)
    assert (parameters.rounding_fen, parameters.division) == (7, "469023")


def test_an_upgrade_names_a_newer_version(chain: Chain) -> None:
    no(chain, ScheduleUpgrade(0), "governance.old_version", "version")
