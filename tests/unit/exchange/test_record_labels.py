"""What a record's own codes are called on a page."""

import re

import pytest

from exchange.record_entries import CATEGORIES, Category
from exchange.record_labels import LABELS, Kind, label
from tests.support.shown_records import GIVEN_RECORDS, given_records

HAN = re.compile(r"[\u4e00-\u9fff]")


def test_every_word_stands_in_both_languages() -> None:
    for kind, words in LABELS.items():
        for key in words:
            assert label(kind, key, "en")
            assert HAN.search(label(kind, key, "zh")), (kind, key)
            assert not HAN.search(label(kind, key, "en")), (kind, key)


def test_every_heading_and_every_type_with_a_heading_has_words() -> None:
    assert all(label("category", category, "zh") for category in Category)
    assert all(label("resource", type_, "zh") for type_ in CATEGORIES)


@pytest.mark.parametrize("kind", LABELS)
def test_what_has_no_word_has_none(kind: Kind) -> None:
    assert label(kind, "nothing of this name", "zh") == ""


@pytest.mark.parametrize("name", GIVEN_RECORDS)
def test_all_that_the_given_records_tell_by_code_has_words(name: str) -> None:
    for record in given_records(name):
        if record.visit is not None:
            assert record.visit.class_ is not None
            assert label("class", record.visit.class_.code, "zh")
        for entry in record.entries:
            assert label("resource", entry.type, "zh")
            assert not entry.status or label("status", entry.status, "zh")
            assert all(label("fact", fact.name, "zh") for fact in entry.said.facts)
