"""Every sentence exists in both languages, is used, and has the blanks that are filled."""

import re
from pathlib import Path

import pytest

from portal.pages.catalogue import CATALOGUE, has_text, label, text
from portal.pages.texts_bills import BILLS
from portal.pages.texts_checks import CHECKS
from portal.pages.texts_five import FIVE
from portal.pages.texts_login import LOGIN
from portal.pages.texts_orders import ORDERS
from portal.pages.texts_records import RECORDS

PORTAL = Path(__file__).parents[3] / "portal"
BLANK = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_a_sentence_has_two_languages_with_the_same_blanks(key: str) -> None:
    chinese, english = CATALOGUE[key]
    assert chinese
    assert english
    assert set(BLANK.findall(chinese)) == set(BLANK.findall(english))


def test_every_key_that_a_template_names_exists() -> None:
    for template in (PORTAL / "templates").glob("*.html"):
        for key in re.findall(r"\bt\('([\w.]+)'[,)]", template.read_text("utf-8")):
            assert has_text(key), f"{template.name}: {key}"


def test_every_sentence_is_used() -> None:
    sources = "".join(
        file.read_text("utf-8")
        for file in PORTAL.rglob("*")
        if file.suffix in (".py", ".html") and not file.name.startswith("texts_")
    )
    # These are looked up by a code that comes with the data.
    by_group = (
        "error.",
        "state.",
        "kind.",
        "insurance.",
        "channel.",
        "step.",
        "notice.",
        "fact.",
        "what.",
        "payer.",
        "order.",
        "five.",
        "pay.for_",
        "rkind.",
        "rclass.",
        "rflag.",
        "rstate.",
        "rtype.",
        "opener.",
        "opened.",
    )
    unused = [
        key
        for key in CATALOGUE
        if not key.startswith(by_group) and not re.search(rf"""['"]{re.escape(key)}['"]""", sources)
    ]
    assert unused == []


def test_a_code_without_a_name_is_shown_as_it_is() -> None:
    assert label("kind", "01", "en") == "Outpatient"
    assert label("kind", "77", "zh") == "77"


def test_blanks_are_filled() -> None:
    assert text("list.count", "en", count=3) == "3 in all, newest first."


def test_no_sentence_stands_in_two_files() -> None:
    files = (BILLS, CHECKS, LOGIN, ORDERS, FIVE, RECORDS)
    assert len(CATALOGUE) == sum(map(len, files))
