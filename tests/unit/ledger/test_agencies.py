"""Members, their roles and the purposes of their keys."""

import msgspec
import pytest

from ledger.agencies import (
    DESK,
    ROLES,
    VALIDATOR,
    Agency,
    agency_key,
    key_of,
    keys_of_purpose,
    require_role,
)
from primitives.codec import decode, encode
from primitives.errors import PeerFault
from primitives.signing import key_id
from tests.support.ledgers import agency_of, key_pair
from tests.support.refusals import refused

HOSPITAL = agency_of("hospital", "hospital", 1)


def test_an_agency_stands_under_its_id() -> None:
    assert agency_key("hospital") == b"a/hospital/"


def test_a_key_is_found_by_its_id_for_its_purpose() -> None:
    public = key_pair("hospital", DESK).public_key
    assert key_of(HOSPITAL, key_id(public), DESK) == public


def test_a_key_of_another_purpose_is_refused() -> None:
    public = key_pair("hospital", VALIDATOR).public_key
    with refused("agency.wrong_key_purpose", "key_id"):
        key_of(HOSPITAL, key_id(public), DESK)


def test_a_key_the_agency_does_not_have_is_refused() -> None:
    with refused("agency.unknown_key", "key_id"):
        key_of(HOSPITAL, bytes(8), DESK)


def test_keys_are_listed_by_purpose() -> None:
    publics = [key.public for key in keys_of_purpose(HOSPITAL, DESK)]
    assert publics == [key_pair("hospital", DESK).public_key]


def test_a_role_is_required() -> None:
    require_role(HOSPITAL, "hospital")
    with refused("agency.wrong_role"):
        require_role(HOSPITAL, "finance")


def test_a_leaf_holds_only_known_roles() -> None:
    stranger = msgspec.structs.replace(HOSPITAL, roles=("mayor",))
    with pytest.raises(PeerFault):
        decode(encode(stranger), Agency, 10_000)
    everything = msgspec.structs.replace(HOSPITAL, roles=ROLES)
    assert decode(encode(everything), Agency, 10_000) == everything
