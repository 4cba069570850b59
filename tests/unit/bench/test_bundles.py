"""The bundles that the benchmark publishes are what it says they are."""

import pytest

from bench.bundles import KIB, Person, make_bundle, person_of
from exchange.fhir_bundle import OUTPATIENT, REST, split_bundle

PERSON = Person("b44fcd98", "1949-06-11", "female")
SIZES = (4 * KIB, 64 * KIB, 1024 * KIB)


@pytest.mark.parametrize("size", SIZES)
def test_each_visit_is_a_record_of_the_wanted_size(size: int) -> None:
    bundle = split_bundle(make_bundle(PERSON, "b1", first=7, visits=3, size=size))
    *visits, rest = bundle.documents
    assert [visit.kind for visit in visits] == [OUTPATIENT] * 3
    assert all(size <= visit.size < size + 4 for visit in visits)
    assert rest.kind == REST
    assert len(rest.resources) == 1


def test_bundles_of_one_patient_have_no_resource_in_common() -> None:
    first = split_bundle(make_bundle(PERSON, "b1", first=0, visits=2, size=4 * KIB))
    second = split_bundle(make_bundle(PERSON, "b1", first=2, visits=2, size=4 * KIB))
    names = [name for it in (first, second) for each in it.documents for name in each.resources]
    assert len(names) == len(set(names))


def test_a_later_visit_begins_later() -> None:
    bundle = split_bundle(make_bundle(PERSON, "b1", first=0, visits=30, size=4 * KIB))
    starts = [each.start for each in bundle.documents[:-1] if each.start is not None]
    assert len(starts) == 30
    assert starts == sorted(set(starts))


def test_the_patient_is_known_by_the_hospitals_number() -> None:
    line = {"idCardNo": "469023194906117683", "patientNo": "b44fcd98"}
    person = person_of(line)
    assert person == PERSON
    found = split_bundle(make_bundle(person, "b1", first=0, visits=1, size=4 * KIB)).patient
    assert (found.numbers[0], found.birth_date, found.gender) == (
        "b44fcd98",
        "1949-06-11",
        "female",
    )


def test_a_visit_too_small_for_its_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        make_bundle(PERSON, "b1", first=0, visits=1, size=500)
