"""Answers as tables and as JSON."""

import json

import pytest

from cli.render import (
    Column,
    Output,
    fix_of,
    local_time,
    printable,
    short_hash,
    terminal_language,
    yuan,
)


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (1305, "13.05"), (120_267_712, "1,202,677.12"),
     (-120_267_712, "-1,202,677.12"), (10**14 - 1, "999,999,999,999.99")],
)  # fmt: skip
def test_amounts_are_yuan_with_separators(fen, text):
    assert yuan(fen) == text


def test_times_are_those_of_shanghai():
    assert local_time(0) == "1970-01-01 08:00:00.000"
    assert local_time(1_780_000_000_007) == "2026-05-29 04:26:40.007"


def test_control_and_direction_characters_do_not_reach_a_terminal():
    assert printable("a\x1b[2J\u202eb\n") == "a�[2J�b�"


def test_text_that_looks_like_markup_stays_text(capsys):
    Output().one({}, [("name", "[red]x[/red] :smile:")])
    assert "[red]x[/red] :smile:" in capsys.readouterr().out


def test_a_hash_is_not_cut_when_the_output_is_no_terminal(capsys):
    Output().many([{"hash": "ab" * 32}], [Column("hash", lambda item: item["hash"])])
    assert "ab" * 32 in capsys.readouterr().out


def test_a_list_is_one_document_or_an_object_a_line(capsys):
    items = [{"a": 1, "名": "票"}, {"a": 2}]
    Output("json").many(items, [])
    assert json.loads(capsys.readouterr().out) == {"items": items}
    Output("jsonl").many(items, [])
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == items


def test_what_is_missing_shows_as_a_dash(capsys):
    Output().one({}, [("a", None), ("b", True), ("c", 12345)])
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == [
        "–",
        "yes",
        "12,345",
    ]


def test_a_hash_by_eye_is_its_beginning():
    assert short_hash("0123456789abcdef" * 4) == "0123456789abcdef"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LANG": "zha_CN"}, "en"),
    ],
)
def test_the_terminals_language_is_that_of_its_locale(environment, language):
    assert terminal_language(environment) == language


def test_a_code_of_another_version_has_no_fix():
    assert fix_of("x.y") == ""
