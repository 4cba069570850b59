"""The log: one line an event, keys from a closed list."""

import ast
import io
import json
from pathlib import Path

from node.logs import KEYS, StructuredJournal


def written(level: str = "info", style: str = "json", **keys: str | int | bool) -> str:
    stream = io.StringIO()
    journal = StructuredJournal("hospital", level, style=style, stream=stream)
    journal.event("consensus.round_changed", **keys)
    journal.debug("consensus.prepared", height=8)
    return stream.getvalue()


def test_an_event_is_one_line_of_json_with_its_keys():
    (line,) = written(height=7, round=1, cause="timeout").splitlines()
    told = json.loads(line)
    assert told["event"] == "consensus.round_changed"
    assert (told["node"], told["level"]) == ("hospital", "info")
    assert (told["height"], told["round"], told["cause"]) == (7, 1, "timeout")
    assert told["timestamp"].endswith("Z")


def test_the_rest_is_written_at_level_debug_only():
    assert len(written("debug").splitlines()) == 2
    assert len(written("info").splitlines()) == 1


def test_a_key_that_is_not_on_the_list_is_dropped_and_its_name_told():
    (line,) = written(payer="马娜", height=1).splitlines()
    told = json.loads(line)
    assert "payer" not in told
    assert "马娜" not in line
    assert told["dropped"] == "payer"


def test_long_values_are_cut():
    assert len(json.loads(written(cause="x" * 9_000))["cause"]) < 500


def test_text_is_for_people():
    line = written(style="text", height=7)
    assert "consensus.round_changed" in line
    assert "height=7" in line
    assert not line.startswith("{")


def test_every_key_in_the_node_is_on_the_list():
    strange = []
    for path in Path("node").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr in ("event", "debug") and "journal" in ast.unparse(call.func).lower():
                strange += [
                    f"{path}:{call.lineno} {keyword.arg}"
                    for keyword in call.keywords
                    if keyword.arg and keyword.arg not in KEYS
                ]
    assert strange == []
