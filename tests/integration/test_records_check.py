"""The script that checks records without the product: green on what is whole, red on the rest."""

import pytest

from exchange.fhir_bundle import split_bundle
from tests.independent.check_records import check, members
from tests.support.record_bundles import bundle, given_records


def texts_of(data: bytes) -> list[str]:
    """Return the texts of a bundle's documents."""
    return [b"".join(document.parts).decode() for document in split_bundle(data).documents]


def checked(data: bytes, texts: list[str]):
    return check([members(data.decode())], [members(text) for text in texts])


def test_every_resource_of_the_given_bundles_comes_back():
    bundles = [data for _, data in given_records()]
    texts = [members(text) for data in bundles for text in texts_of(data)]
    counts, faults = check([members(data.decode()) for data in bundles], texts)
    assert faults == []
    assert (counts["Encounter"], counts["Observation"], counts["Patient"]) == (37, 291, 3)
    assert counts.total() == 578


SMALL = bundle({"v1": ["a", "b"], "v2": ["c"]})


def spoiled(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        (0, '"valueString": "a"', '"valueString": "b"'),
        (0, '"valueString": "a"', '"valueString":  "a"'),
        (0, "Encounter", "EpisodeOfCare"),
        (2, '"Encounter/v2",', ""),
        (2, '"collection"', '"batch"'),
        (2, "fhir-rest-1", "fhir-visit-1"),
    ],
)
def test_one_changed_place_is_found(place, old, new):
    texts = texts_of(SMALL)
    assert checked(SMALL, texts)[1] == []
    texts[place] = spoiled(texts[place], old, new)
    assert checked(SMALL, texts)[1] != []


def test_a_text_that_is_gone_or_there_twice_is_found():
    texts = texts_of(SMALL)
    assert len(checked(SMALL, texts[1:])[1]) == 3
    assert len(checked(SMALL, [*texts, texts[0]])[1]) == 3


def test_a_resource_in_another_visits_text_is_found():
    first, second, rest = texts_of(SMALL)
    observation = first[first.rindex(",{") + 1 : -2]
    moved = [first.replace("," + observation, ""), second.replace("]}", f",{observation}]}}"), rest]
    counts, faults = checked(SMALL, moved)
    assert faults == ["Observation/v1-b: in the text of another visit"]
    assert counts.total() == 5
