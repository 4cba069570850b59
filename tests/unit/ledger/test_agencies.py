"""Members, their roles and the purposes of their keys."""

import msgspec
import pytest

from ledger.agencies import (
    DESK,
    REMOVED,
    ROLES,
    SUSPENDED,
    Agency,
    agency_key,
    certificates_of,
    in_force,
    keys_of_purpose,
    require_member,
)
from primitives.codec import decode, encode
from primitives.errors import PeerFault
from tests.support.ledgers import agency_of, key_pair
from tests.support.refusals import refused

HOSPITAL = agency_of("hospital", "hospital", 1)


def test_an_agency_stands_under_its_id() -> None:
    assert agency_key("hospital") == b"a/hospital/"


def test_keys_are_listed_by_purpose() -> None:
    publics = [key.public for key in keys_of_purpose(HOSPITAL, DESK)]
    assert publics == [key_pair("hospital", DESK).public_key]


def test_a_key_counts_from_its_first_time_to_before_its_last() -> None:
    key = msgspec.structs.replace(HOSPITAL.keys[0], from_ms=10, until_ms=20)
    assert [in_force(key, time_ms) for time_ms in (9, 10, 19, 20)] == [False, True, True, False]


def test_a_removed_agency_is_known_by_no_certificate() -> None:
    gone = msgspec.structs.replace(HOSPITAL, standing=REMOVED)
    assert certificates_of(HOSPITAL, 0) == [b"certificate of hospital"]
    assert certificates_of(gone, 0) == ()


@pytest.mark.parametrize(
    ("standing", "code"), [(SUSPENDED, "agency.suspended"), (REMOVED, "agency.removed")]
)
def test_who_is_suspended_or_removed_takes_no_part(standing: int, code: str) -> None:
    assert require_member(HOSPITAL) is HOSPITAL
    with refused(code, "agency"):
        require_member(msgspec.structs.replace(HOSPITAL, standing=standing))
    with refused("agency.unknown", "agency"):
        require_member(None)


def test_a_leaf_holds_only_known_roles() -> None:
    stranger = msgspec.structs.replace(HOSPITAL, roles=("mayor",))
    with pytest.raises(PeerFault):
        decode(encode(stranger), Agency, 10_000)
    everything = msgspec.structs.replace(HOSPITAL, roles=ROLES)
    assert decode(encode(everything), Agency, 10_000) == everything
