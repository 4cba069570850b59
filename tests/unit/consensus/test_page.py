"""docs/consensus.md tells of every guard and of every file it names."""

import re
from pathlib import Path

from tests.mutants.table import MUTANTS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/consensus.md").read_text("utf-8")


def test_the_page_lists_every_guard_with_its_file_and_tests():
    for mutant in MUTANTS:
        names = ", ".join(f"`{test.split('::')[-1]}`" for test in mutant.tests)
        assert f"| {mutant.name} | `{mutant.file}` | {names} |" in PAGE, mutant.name


def test_every_function_that_the_rules_table_names_exists():
    rows = re.findall(r"^\| (?:R\d+|g1)[^|]*\|[^|]*\| (.+) \|$", PAGE, re.MULTILINE)
    named = [pair for row in rows for pair in re.findall(r"`(\w+): ([\w, ]+)`", row)]
    assert len(named) > 15
    for module, functions in named:
        text = (ROOT / "consensus" / f"{module}.py").read_text("utf-8")
        for function in functions.split(", "):
            assert re.search(rf"(def|class) {function}\b", text), f"{module}: {function}"


def test_every_guard_stands_exactly_once_and_every_named_test_exists():
    for mutant in MUTANTS:
        for file, source, _ in ((mutant.file, mutant.source, ""), *mutant.more):
            assert (ROOT / "consensus" / file).read_text("utf-8").count(source) == 1, mutant.name
        for test in mutant.tests:
            path, _, name = test.partition("::")
            assert f"def {name}" in (ROOT / "tests" / path).read_text("utf-8"), test
