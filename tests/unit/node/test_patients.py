"""Whose a bundle is: a person that is certain, or nobody."""

import pytest

from primitives.errors import Refused
from tests.support.office import open_town
from tests.support.record_bundles import NUMBER, RESIDENT_ID, RESIDENT_SYSTEM, bundle
from tests.support.records_office import assert_at_rest, documents, open_ward, published, refused
from tests.support.virtual_loop import run_virtually

MAN = "110105198001010032"
"""Of a man born on the first day of 1980."""


def test_two_patients_have_nothing_of_each_other():
    async def story() -> None:
        _, office = await open_ward()
        await office.publish(bundle())
        other = {"id": "person-2", "identifier": [{"system": RESIDENT_SYSTEM, "value": MAN}]}
        body = bundle(gender="male", birthDate="1980-01-01", **other)
        stolen, rest = await office.publish(body, amend=True)
        assert refused(stolen) == "record.other_patient"
        assert published(rest).height > 0
        shelf = office.services.vault.shelf
        own = shelf.people(published(rest).height, published(rest).transaction_index)
        pseudonym = office.services.vault.pseudonym(MAN)
        assert own[published(rest).operation_index].patient == pseudonym

    run_virtually(story())


@pytest.mark.parametrize(
    ("changes", "number", "code"),
    [
        ({"identifier": []}, "", "record.unknown_patient"),
        ({}, "nobody", "record.unknown_patient"),
        ({"birthDate": "1950-01-01"}, "", "record.other_patient"),
        ({"gender": "male"}, "", "record.other_patient"),
        (
            {"identifier": [{"system": RESIDENT_SYSTEM, "value": "11010519491231002Y"}]},
            "",
            "record.bad_resident_id",
        ),
        (
            {
                "identifier": [{"system": RESIDENT_SYSTEM, "value": MAN}],
                "gender": "male",
                "birthDate": "1980-01-01",
            },
            NUMBER,
            "record.other_patient",
        ),
    ],
)
def test_a_bundle_of_somebody_uncertain_is_refused_whole(changes, number, code):
    async def story() -> None:
        _, office = await open_ward()
        with pytest.raises(Refused, match=code) as caught:
            await office.publish(bundle(**changes), number)
        told = f"{caught.value.detail} {caught.value.field} {caught.value.facts}"
        assert not any(value in told for value in (RESIDENT_ID, MAN, NUMBER, "1949", "male"))
        assert documents(office) == 0
        assert_at_rest(office)

    run_virtually(story())


def test_a_resident_id_needs_no_bill_and_part_of_a_birth_date_will_do():
    async def story() -> None:
        _, office = await open_town()
        known = [{"system": RESIDENT_SYSTEM, "value": RESIDENT_ID}]
        outcomes = await office.publish(bundle(identifier=known, birthDate="1949-12"), "p-9")
        assert all(published(outcome).height for outcome in outcomes)

    run_virtually(story())
