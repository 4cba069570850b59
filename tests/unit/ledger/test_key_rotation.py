"""Keys and certificates of programs change, the old beside the new for a while."""

import msgspec
import pytest

from ledger.agencies import (
    KEYS_MAX,
    Agency,
    AgencyKey,
    agency_key,
    certificates_of,
    in_force,
    keys_of_purpose,
)
from ledger.block import decode_header
from ledger.key_rotation import RotateCertificate, RotateKey
from ledger.keys import KeyLimits
from ledger.parameters import Parameters
from ledger.people import IssueKey
from ledger.validators import validator_set_hash, validator_sets
from primitives.sealing import sealing_public_key
from primitives.signing import SigningKey, key_id
from tests.support.ledgers import Chain, issue, key_pair, seed_of
from tests.support.money import DAY_MS, MINUTE_MS, new_town

NEW = key_pair("hospital", "the new desk")
ANYTHING = KeyLimits((), (), 10**9, 100, 100, 0, 1440)


@pytest.fixture
def town() -> Chain:
    return new_town()


def rotate(
    purpose: str = "desk",
    new: SigningKey = NEW,
    *,
    agency: str = "hospital",
    overlap_ms: int = MINUTE_MS,
    old: SigningKey | None = None,
) -> RotateKey:
    """Return the change of an agency's key."""
    before = old or key_pair(agency, purpose)
    return RotateKey(purpose, key_id(before.public_key), new.public_key, overlap_ms)


def hospital(town: Chain) -> Agency:
    return town.fact(agency_key("hospital"), Agency)


def test_the_old_key_counts_beside_the_new_one_until_the_overlap_is_over(town: Chain) -> None:
    town.accept("hospital", rotate())
    over_ms = town.tip.time_ms + MINUTE_MS
    town.accept("hospital", issue("new"), person=NEW)
    town.accept("hospital", issue("old"), time_ms=over_ms - 1)
    assert town.refuse("hospital", issue("late"), time_ms=over_ms).code == "key.not_in_force"
    town.accept("hospital", issue("late"), time_ms=over_ms, person=NEW)


def test_without_an_overlap_the_old_key_ends_at_once(town: Chain) -> None:
    town.accept("hospital", rotate(overlap_ms=0))
    assert town.refuse("hospital", issue("old")).code == "key.not_in_force"


def test_keys_that_ended_make_room_at_the_next_change(town: Chain) -> None:
    town.accept("hospital", rotate(overlap_ms=0))
    other = key_pair("hospital", "the desk after")
    town.accept("hospital", rotate(new=other, old=NEW))
    ids = [key.key_id for key in hospital(town).keys]
    assert key_id(key_pair("hospital", "desk").public_key) not in ids
    assert ids[-1] == key_id(other.public_key)


def test_two_changes_in_one_transaction_both_hold(town: Chain) -> None:
    governor = key_pair("hospital", "the new governor")
    town.accept("hospital", rotate(), rotate("governance", governor))
    held = {key.key_id for key in hospital(town).keys}
    assert {key_id(NEW.public_key), key_id(governor.public_key)} <= held
    certificate = RotateCertificate(b"another certificate", 0)
    third = key_pair("hospital", "a third desk")
    town.accept("hospital", certificate, rotate(new=third, old=NEW))
    assert certificates_of(hospital(town), town.tip.time_ms) == [b"another certificate"]
    assert key_id(third.public_key) in {key.key_id for key in hospital(town).keys}


def test_one_key_does_not_become_a_programs_and_a_persons_in_one_transaction(town: Chain) -> None:
    person = IssueKey("desk", NEW.public_key, "c-1", ANYTHING, town.tip.time_ms + DAY_MS)
    assert town.refuse("hospital", rotate(), person).code == "key.exists"
    assert town.refuse("hospital", person, rotate()).code == "key.exists"


def test_only_a_governance_key_changes_keys(town: Chain) -> None:
    error = town.refuse("hospital", rotate(), purpose="desk")
    assert error.code == "agency.wrong_key_purpose"


@pytest.mark.parametrize(
    ("operation", "code", "field"),
    [
        (rotate("node"), "key.use_certificate", "purpose"),
        (rotate(old=NEW), "key.unknown", "old"),
        (rotate(old=key_pair("hospital", "sealing")), "key.unknown", "old"),
        (rotate(new=key_pair("hospital", "governance")), "key.exists", "public"),
        (rotate(overlap_ms=30 * DAY_MS + 1), "key.overlap_too_long", "overlap_ms"),
        (
            RotateKey("desk", key_id(key_pair("hospital", "desk").public_key), bytes(32), 0),
            "key.bad_public",
            "public",
        ),
    ],
)
def test_a_change_that_would_harm_is_refused(
    town: Chain, operation: RotateKey, code: str, field: str
) -> None:
    error = town.refuse("hospital", operation)
    assert (error.code, error.field) == (code, field)


def test_a_persons_key_does_not_become_a_programs(town: Chain) -> None:
    person = IssueKey("desk", NEW.public_key, "c-1", ANYTHING, town.tip.time_ms + DAY_MS)
    town.accept("hospital", person)
    assert town.refuse("hospital", rotate()).code == "key.exists"


def test_a_key_that_ended_is_not_changed_again(town: Chain) -> None:
    town.accept("hospital", rotate(overlap_ms=0))
    again = rotate(new=key_pair("hospital", "x"))
    assert town.refuse("hospital", again).code == "key.unknown"


def test_an_agency_has_so_many_keys_and_no_more(town: Chain) -> None:
    count = len(hospital(town).keys)
    for index in range(KEYS_MAX - count):
        town.accept("hospital", rotate(new=key_pair("hospital", f"desk {index}")))
    error = town.refuse("hospital", rotate(new=key_pair("hospital", "one more")))
    assert (error.code, error.field) == ("key.too_many", "public")
    town.accept(
        "hospital",
        rotate(new=key_pair("hospital", "one more"), old=key_pair("hospital", "desk 0")),
        time_ms=town.tip.time_ms + MINUTE_MS,
    )


def test_a_sealing_key_is_of_the_other_curve(town: Chain) -> None:
    old = key_id(sealing_public_key(seed_of("hospital", "sealing")))
    new = sealing_public_key(seed_of("hospital", "sealing 2"))
    town.accept("hospital", RotateKey("sealing", old, new, MINUTE_MS))
    sealing = keys_of_purpose(hospital(town), "sealing", town.tip.time_ms)
    assert [key.public for key in sealing][-1] == new
    assert len(sealing) == 2


def test_a_validator_votes_with_its_new_key_from_the_height_after_the_next(town: Chain) -> None:
    new = key_pair("hospital", "validator 2")
    before = validator_sets(town.view).next
    town.accept("hospital", rotate("validator", new, overlap_ms=0))
    height = town.tip.height
    sets = validator_sets(town.view)
    assert sets.next == before
    after = {entry.agency: entry.public_key for entry in sets.after_next}
    assert after["hospital"] == new.public_key
    assert [entry.agency for entry in sets.after_next] == [entry.agency for entry in before]
    old_hash, new_hash = validator_set_hash(before), validator_set_hash(sets.after_next)
    town.commit()
    town.commit()
    headers = [decode_header(header) for header in town.headers[height - 1 :]]
    assert [header.validators_hash for header in headers] == [old_hash, old_hash, new_hash]
    assert [header.next_validators_hash for header in headers] == [old_hash, new_hash, new_hash]


def test_two_validators_that_change_keys_in_one_block_both_do(town: Chain) -> None:
    first, second = key_pair("hospital", "validator 2"), key_pair("health", "validator 2")
    town.commit(
        town.sign("hospital", rotate("validator", first)),
        town.sign("health", rotate("validator", second, agency="health")),
    )
    after = {entry.agency: entry.public_key for entry in validator_sets(town.view).after_next}
    assert (after["hospital"], after["health"]) == (first.public_key, second.public_key)


def test_a_member_without_a_vote_changes_its_validator_key_quietly(town: Chain) -> None:
    before = validator_sets(town.view)
    new = key_pair("bank", "validator 2")
    town.accept("bank", rotate("validator", new, agency="bank"))
    assert validator_sets(town.view) == before


def test_links_go_on_across_a_change_of_certificates(town: Chain) -> None:
    town.accept("hospital", RotateCertificate(b"second", MINUTE_MS))
    now_ms = town.tip.time_ms
    old = b"certificate of hospital"
    assert certificates_of(hospital(town), now_ms) == [old, b"second"]
    assert certificates_of(hospital(town), now_ms + MINUTE_MS) == [b"second"]
    error = town.refuse("hospital", RotateCertificate(b"third", 0))
    assert (error.code, error.field) == ("certificate.too_many", "certificate")
    town.accept("hospital", RotateCertificate(b"third", 0), time_ms=now_ms + MINUTE_MS)
    assert certificates_of(hospital(town), town.tip.time_ms) == [b"third"]


def test_a_certificate_that_is_known_or_an_overlap_that_is_long_is_refused(town: Chain) -> None:
    known = RotateCertificate(b"certificate of hospital", 0)
    assert town.refuse("hospital", known).code == "certificate.exists"
    long = RotateCertificate(b"second", 30 * DAY_MS + 1)
    assert town.refuse("hospital", long).code == "key.overlap_too_long"


def test_the_overlap_is_limited_by_a_parameter() -> None:
    town = new_town(Parameters(key_overlap_max_ms=1_000))
    assert town.refuse("hospital", rotate(overlap_ms=1_001)).code == "key.overlap_too_long"
    town.accept("hospital", rotate(overlap_ms=1_000))


def test_a_key_counts_from_its_beginning_to_its_end() -> None:
    key = AgencyKey(bytes(8), "desk", 1, bytes(32), 10, 20)
    assert [in_force(key, time) for time in (9, 10, 19, 20)] == [False, True, True, False]
    assert in_force(msgspec.structs.replace(key, until_ms=0), 10**15)
