"""The reader of codes overlooks none: every way to raise one, in a house of one file."""

from pathlib import Path

import pytest

from tests.support.error_fields import fields_of_codes
from tests.support.raised_codes import Codes

HEAD = """
class HouseError(Exception):
    def __init__(self, code, detail="", field="", **facts): ...
class Refused(HouseError): ...
class Late(Refused):
    def __init__(self, exit_code, code, detail): ...
class Failed(HouseError):
    def __init__(self, step, reason, detail):
        super().__init__(f"{step}.{reason}", detail)
class No: ...
class Axis: ...
ONE = "x.constant"
TABLE = ((1, "x.first"), (2, "x.second"))
"""


def read(folder: Path, source: str) -> Codes:
    (folder / "floor").mkdir()
    (folder / "floor/module.py").write_text(HEAD + source)
    return Codes(folder, ("floor",))


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ('raise Refused("x.plain", "what to do")', {"x.plain"}),
        ('raise Late(2, "x.second_place", "")', {"x.second_place"}),
        ("raise Refused(ONE)", {"x.constant"}),
        ('raise Refused("x.a" if late else "x.b")', {"x.a", "x.b"}),
        ('def f(code="x.default"): raise Refused(code)\nf(code="x.given")',
         {"x.default", "x.given"}),
        ('def f(what): raise Refused(f"{what}.gone")\nf("x"); f("y")', {"x.gone", "y.gone"}),
        ("def f():\n for n, code in TABLE: raise Refused(code)", {"x.first", "x.second"}),
        ('def f(n):\n code = "x.one"\n if n: code = "x.two"\n raise Refused(code)',
         {"x.one", "x.two"}),
        ('NAMES = {"A": "x.a"}\ndef f(n):\n code = NAMES.get(n, "x.other")\n raise Refused(code)',
         {"x.a", "x.other"}),
        ('raise Failed("leaf", "differs", "")', {"leaf.differs"}),
        ('def f(step, reason): raise Failed(step, reason, "")\nf("a", "b"); f("c", "d")',
         {"a.b", "c.d"}),
        ('CELL = No("x.in_a_table", "what to do")', {"x.in_a_table"}),
        ("def f(error): raise Refused(error.code, error.detail)", set()),
        ('def f(problem): raise Refused(problem.get("code", "x.unnamed"))', {"x.unnamed"}),
        ('log.event("x.happened")\nPENALTIES = {"x.costly": 1}', set()),
    ],
)  # fmt: skip
def test_a_code_is_found_however_it_is_raised(tmp_path, source, codes):
    found = read(tmp_path, source)
    assert set(found.raised) == codes
    assert found.unclear == []


@pytest.mark.parametrize(
    "source",
    ["raise Refused(made())", 'def f(n): raise Refused(f"x.s_{n()}")', "raise Refused(far)"],
)
def test_a_code_that_nobody_can_read_off_is_told(tmp_path, source):
    assert len(read(tmp_path, source).unclear) == 1


def test_fields_are_told_as_far_as_they_stand_in_the_code(tmp_path):
    read(
        tmp_path,
        'Refused("x.a", "", "amount")\n'
        'Refused("x.a", "", field=f"lines[{n}].amount")\n'
        'Refused("x.b", "", place)\n'
        'Refused("x.c", "")\n'
        'OVER: F = No("x.over", "")\n'
        'LIFE: F = Axis("life", {"End": (OVER, No("x.early", "")), "Begin": (OVER,)})\n'
        'LIFE.move(0, "End", None, "number")\n',
    )
    assert fields_of_codes(tmp_path, ("floor",)) == {
        "x.a": ("amount", "lines[…].amount"),
        "x.b": ("…",),
        "x.over": ("number",),
        "x.early": ("number",),
    }
