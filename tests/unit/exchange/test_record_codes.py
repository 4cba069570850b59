"""What the commonest medical codes are called."""

import re
from collections import Counter

from exchange.record_codes import NAMES, code_words
from exchange.record_entries import Category
from exchange.record_values import LOINC, Code
from tests.support.shown_records import GIVEN_RECORDS, given_records

HAN = re.compile(r"[\u4e00-\u9fff]")


def test_a_code_has_a_plain_name_in_both_languages() -> None:
    height = Code(LOINC, "8302-2")
    assert code_words(height, "Body Height", "en") == "Body height"
    assert code_words(height, "Body Height", "zh") == "身高"


def test_what_has_no_name_here_keeps_the_records_words() -> None:
    assert code_words(Code(LOINC, "1-1"), "Something", "zh") == "Something"
    assert code_words(Code("urn:x", "8302-2"), "Something", "zh") == "Something"
    assert code_words(Code("http://hl7.org/fhir/sid/cvx", "10"), "IPV", "en") == "IPV"
    assert code_words(None, "Something", "zh") == "Something"


def test_every_name_is_in_chinese_and_english_is_plain() -> None:
    for names in NAMES.values():
        for code, (english, chinese) in names.items():
            assert HAN.search(chinese), code
            assert not HAN.search(english), code


def test_every_name_is_of_a_code_that_a_given_record_has() -> None:
    used = {code for name in GIVEN_RECORDS for code in codes_of(name)}
    named = {Code(system, code) for system, names in NAMES.items() for code in names}
    # Second codes of what has a first one.
    assert named - used == {Code(LOINC, "51847-2"), Code(LOINC, "8331-1")}


def codes_of(name: str) -> Counter[Code]:
    """Return the codes of what a patient's records say, as often as they stand there."""
    found: Counter[Code | None] = Counter()
    for record in given_records(name):
        visits = record.visit.types if record.visit else ()
        found.update(fact.code for fact in visits)
        for entry in record.entries:
            found[entry.code] += 1
            for measure in entry.said.measures:
                found.update((measure.code, measure.value_code))
    return Counter({code: n for code, n in found.items() if code is not None})


def test_every_result_and_vaccine_of_the_given_records_has_a_chinese_name() -> None:
    for name in GIVEN_RECORDS:
        for record in given_records(name):
            for category in (Category.RESULT, Category.IMMUNISATION, Category.DIAGNOSIS):
                without = {
                    entry.words
                    for entry in record.of(category)
                    if not HAN.search(code_words(entry.code, entry.words, "zh"))
                }
                # No plain Chinese name is sure for this one.
                assert without <= {"Risk activity involvement (finding)"}
