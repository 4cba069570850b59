"""Whose hand signs: a program's key by its purpose, a person's within its limits."""

import pytest

from ledger.agencies import Agency, agency_key
from ledger.keys import (
    KeyLimits,
    PersonKey,
    acting_person,
    person_key_key,
    program_key,
    usage_key,
)
from primitives.signing import key_id
from tests.support.ledgers import GENESIS_TIME_MS, Chain, key_pair, new_chain
from tests.support.refusals import refused

ID = bytes(range(8))
MINUTE_MS = 60_000
MIDNIGHT_MS = 1_790_006_400_000
"""2026-09-22 00:00 in Shanghai."""


def person(from_minute: int = 0, to_minute: int = 1440, **fields: int) -> PersonKey:
    limits = KeyLimits((), (), 1, 1, 1, from_minute, to_minute)
    until_ms = fields.get("until_ms", 10**15)
    return PersonKey("desk", 1, bytes(32), "c-1", limits, 0, until_ms, fields.get("revoked_ms", 0))


@pytest.fixture
def chain() -> Chain:
    return new_chain()


def test_a_programs_key_acts_for_its_purpose(chain: Chain) -> None:
    hospital = chain.fact(agency_key("hospital"), Agency)
    public = key_pair("hospital", "desk").public_key
    key = program_key(hospital, key_id(public), GENESIS_TIME_MS)
    assert key is not None
    assert (key.purpose, key.public, key.person) == ("desk", public, None)


def test_an_agency_has_no_program_with_another_key(chain: Chain) -> None:
    hospital = chain.fact(agency_key("hospital"), Agency)
    assert program_key(hospital, ID, GENESIS_TIME_MS) is None


def test_a_persons_key_acts_as_that_person() -> None:
    leaf = person()
    key = acting_person(leaf, ID, MIDNIGHT_MS)
    assert (key.key_id, key.purpose, key.public, key.person) == (ID, "desk", bytes(32), leaf)


def test_a_persons_key_ends_at_its_time() -> None:
    leaf = person(until_ms=MIDNIGHT_MS)
    acting_person(leaf, ID, MIDNIGHT_MS - 1)
    with refused("key.not_in_force", "key_id"):
        acting_person(leaf, ID, MIDNIGHT_MS)


def test_a_withdrawn_key_counts_no_more_whenever_that_was() -> None:
    with refused("key.revoked", "key_id"):
        acting_person(person(revoked_ms=10**15), ID, MIDNIGHT_MS)


@pytest.mark.parametrize(
    ("begin", "end", "minute", "acts"),
    [
        (480, 1080, 479, False),
        (480, 1080, 480, True),
        (480, 1080, 1079, True),
        (480, 1080, 1080, False),
        (1320, 360, 1319, False),
        (1320, 360, 1320, True),
        (1320, 360, 1439, True),
        (1320, 360, 0, True),
        (1320, 360, 359, True),
        (1320, 360, 360, False),
        (0, 1440, 0, True),
        (0, 1440, 1439, True),
        (600, 600, 600, False),
    ],
)
def test_a_person_acts_in_its_hours_of_shanghai_and_across_midnight(
    begin: int, end: int, minute: int, acts: bool
) -> None:
    time_ms = MIDNIGHT_MS + minute * MINUTE_MS
    leaf = person(begin, end)
    if acts:
        acting_person(leaf, ID, time_ms)
        acting_person(leaf, ID, time_ms + MINUTE_MS - 1)
    else:
        with refused("key.outside_hours", "key_id"):
            acting_person(leaf, ID, time_ms)


def test_a_key_and_its_use_are_leaves_of_their_own() -> None:
    assert person_key_key("hospital", ID) == b"k/hospital/0001020304050607"
    assert usage_key("hospital", ID) == b"l/hospital/0001020304050607"
