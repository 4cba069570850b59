"""The catalogue of refusals is complete: every code that is raised is explained, and no other.

A new code? Add one row to the file of its prefix in `primitives/catalogue/`:

    Entry("bill.no_open_range", Actor.FINANCE, "rule", "fix", "规则", "处置"),

then run `make docs`, which writes docs/errors.md anew.
"""

import re
from collections import Counter
from functools import cache

from primitives.catalogue.explain import ENTRIES
from tests.support.error_reference import reference
from tests.support.floors import FLOORS, ROOT
from tests.support.raised_codes import CODE, Codes

HAN = re.compile(r"[\u4e00-\u9fff]")
BLANK = re.compile(r"[{}%]|\$\w|<(?!agency>|单位>|division>|区划>)")
"""Where something of the request could be filled in."""


@cache
def codes() -> Codes:
    return Codes(ROOT, FLOORS)


def test_every_code_that_is_raised_is_explained():
    known = {entry.code for entry in ENTRIES}
    missing = sorted(codes().raised.keys() - known)
    told = "\n".join(f"{code}  raised in {min(codes().raised[code])}" for code in missing)
    assert not missing, f"add a row each in primitives/catalogue/, then: make docs\n{told}"


def test_every_code_that_is_explained_is_raised():
    dead = {entry.code for entry in ENTRIES} - codes().raised.keys()
    assert sorted(dead) == [], "nothing raises these any more: remove their rows, then: make docs"


def test_no_code_is_hidden_from_the_reader():
    assert codes().unclear == [], "write the code as a literal where it is raised or handed on"


def test_a_code_has_one_entry():
    assert [code for code, times in Counter(e.code for e in ENTRIES).items() if times > 1] == []


def test_an_entry_says_rule_and_fix_in_both_languages():
    for entry in ENTRIES:
        assert CODE.fullmatch(entry.code)
        for text in (entry.rule_en, entry.fix_en):
            assert text, entry.code
            assert not text.endswith("."), entry.code
        for text in (entry.rule_zh, entry.fix_zh):
            assert HAN.search(text), entry.code
            assert not text.endswith("。"), entry.code
        assert entry.rule_en != entry.fix_en, entry.code
        assert entry.rule_zh != entry.fix_zh, entry.code


def test_nothing_of_a_request_can_stand_in_a_text():
    for entry in ENTRIES:
        texts = (entry.rule_en, entry.fix_en, entry.rule_zh, entry.fix_zh)
        assert not any(BLANK.search(text) or "|" in text for text in texts), entry.code


def test_the_page_of_errors_is_the_catalogue():
    assert (ROOT / "docs/errors.md").read_text("utf-8") == reference(), "run: make docs"
