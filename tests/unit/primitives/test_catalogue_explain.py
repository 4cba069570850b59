"""The door to the catalogue."""

from primitives.catalogue.entry import Actor
from primitives.catalogue.explain import explain, language_of


def test_a_code_is_explained_in_both_languages():
    entry = explain("bill.no_open_range")
    assert entry is not None
    assert entry.actor is Actor.FINANCE
    assert (entry.who("en"), entry.who("zh")) == ("the finance department", "财政部门")
    assert entry.rule("en").startswith("a bill takes the next number of an open range")
    assert entry.rule("zh").startswith("票据号码取自")
    assert entry.fix("en") == "allot numbers for this place and kind, then send the bill again"
    assert entry.fix("zh") == "请财政部门发放号段后重新开票"


def test_a_code_of_another_version_has_no_entry():
    assert explain("bill.never_heard_of") is None


def test_a_tag_names_chinese_or_else_english():
    assert [language_of(tag) for tag in ("zh", "zh-CN", "ZH_TW.UTF-8")] == ["zh"] * 3
    assert [language_of(tag) for tag in ("", "en", "zha", "C.UTF-8", "*")] == ["en"] * 5
