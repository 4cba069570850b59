"""The rules of the house, kept by a test and not by advice."""

import ast
import os
import re
import tomllib
import types
import typing
from fnmatch import fnmatch
from functools import cache
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.cli_reference import reference
from tests.support.floors import FLOORS, ROOT

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50

TABLES = ("tests/support/tampering.py",)
"""Files whose long functions are tables of cases."""
SHELLS = ("node", "portal", "cli")
"""Floors whose modules may be tested by what they do together."""
TESTED_WHOLE = {"primitives/catalogue/": "tests/unit/test_errors_explained.py"}
"""Folders of data, or modules run as processes, and the test that holds all of them to account."""


@cache
def all_files() -> list[str]:
    """Return the paths of all files that .gitignore does not name, from the root."""
    ignored = [line.rstrip("/") for line in text(".gitignore").splitlines() if line]
    found = []
    for folder, below, names in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        below[:] = [name for name in below if not is_ignored(here / name, ignored)]
        found += [str(here / name) for name in names if not is_ignored(here / name, ignored)]
    return sorted(path for path in found if not path.startswith("bench/results/"))


def is_ignored(path: Path, ignored: list[str]) -> bool:
    """Tell whether a path is git's own or one that it ignores."""
    return path.name == ".git" or any(
        fnmatch(str(path) if "/" in pattern else path.name, pattern) for pattern in ignored
    )


def python_files() -> list[str]:
    return [path for path in all_files() if path.endswith(".py")]


def floor_files() -> list[str]:
    return [path for path in python_files() if path.split("/")[0] in FLOORS]


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


def text(path: str) -> str:
    return (ROOT / path).read_text("utf-8", "replace")


def test_no_file_is_longer_than_a_reader_holds_in_mind():
    long = {path: len(text(path).splitlines()) for path in python_files()}
    assert {path: lines for path, lines in long.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path in python_files()
        if path not in TABLES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and lines_of(node) > FUNCTION_LINES_MAX
    ]
    assert long == []


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function has below its signature and its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_every_module_says_what_it_is_for():
    told = [path for path in python_files() if "/test_" not in path and "conftest" not in path]
    assert [path for path in told if not ast.get_docstring(tree(path))] == []


def test_every_field_of_a_record_says_what_it_is():
    bare = []
    for path in floor_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and is_record(node):
                bare += [f"{path} {node.name}.{name}" for name in undocumented_fields(node)]
    assert bare == []


def is_record(node: ast.ClassDef) -> bool:
    """Tell whether a class is a frozen dataclass or a struct."""
    heads = " ".join(ast.unparse(head) for head in [*node.decorator_list, *node.bases])
    return ("dataclass" in heads and "frozen=True" in heads) or "Struct" in heads


def undocumented_fields(node: ast.ClassDef) -> list[str]:
    found = []
    for statement, after in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        # A type of ours says itself what it is.
        told = told or re.fullmatch(r"[A-Z]\w+", ast.unparse(statement.annotation)) is not None
        if not told and not statement.target.id.startswith("_"):
            found.append(statement.target.id)
    return found


def test_every_module_has_its_test_file():
    tests = set(all_files())
    missing = [
        path
        for path in floor_files()
        if not path.endswith("__init__.py")
        and not any(place in tests for place in places_of_test(path))
        and not (path.split("/")[0] in SHELLS and is_imported_by_a_test(path))
    ]
    assert missing == []


@cache
def imports_of_tests() -> frozenset[str]:
    """Return the modules that any test file imports from."""
    found = set()
    for path in python_files():
        if path.startswith("tests/"):
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.ImportFrom) and node.module:
                    found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return frozenset(found)


def is_imported_by_a_test(path: str) -> bool:
    return path.removesuffix(".py").replace("/", ".") in imports_of_tests()


def places_of_test(path: str) -> list[str]:
    """Return the paths under which a module's test file may lie."""
    floor, *folders, file = path.split("/")
    stem = file.removesuffix(".py")
    below = "/".join(["tests", "unit", floor, *folders])
    long = "_".join([*folders, stem])
    names = [f"{below}/test_{stem}.py", f"tests/unit/{floor}/test_{stem}.py"]
    whole = [test for start, test in TESTED_WHOLE.items() if path.startswith(start)]
    return [*names, f"tests/unit/{floor}/test_{long}.py", *whole]


def test_no_two_messages_of_a_union_share_a_number():
    unions = 0
    for path in floor_files():
        module = import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        for name, value in vars(module).items():
            tags = tags_of(value)
            unions += len(tags) > 1
            assert len(set(tags)) == len(tags), f"{path} {name}"
    assert unions >= 2


def tags_of(value: object) -> list[int]:
    """Return the numbers of a union's structs."""
    if not isinstance(value, types.UnionType) and typing.get_origin(value) is not typing.Union:
        return []
    configs = [getattr(member, "__struct_config__", None) for member in typing.get_args(value)]
    return [config.tag for config in configs if config is not None and config.tag is not None]


def test_no_domain_tag_is_used_twice():
    hashing = import_module("primitives.hashing")
    tags = [
        value
        for name, value in vars(hashing).items()
        if name.isupper() and isinstance(value, bytes) and name != "ZERO_HASH"
    ]
    assert len(tags) > 5
    assert len(set(tags)) == len(tags)


def test_nothing_is_left_for_later():
    words = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK"]))
    assert [path for path in all_files() if is_ours(path) and words.search(text(path))] == []


def test_the_repository_speaks_of_itself_alone():
    words = re.compile(
        "|".join(["/wo" + "rk/", r"\.\./sha" + "red", "/ro" + "ot/", "/ho" + "me/[a-z]"])
    )
    assert [path for path in all_files() if is_ours(path) and words.search(text(path))] == []


def is_ours(path: str) -> bool:
    """Tell whether a file holds words of ours; data and pictures do not."""
    return not path.startswith("tests/data/") and not path.endswith((".png", ".lock", ".woff2"))


def test_the_lock_file_names_no_host():
    lock = text("requirements.lock")
    assert re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host", lock) is None
    assert lock.count("--hash=sha256:") > 50


def test_no_other_distribution_owns_a_name_of_ours():
    owners = packages_distributions()
    foreign = {name: owners[name] for name in FLOORS if set(owners.get(name, ())) - {"piaolian"}}
    assert foreign == {}


def test_tests_are_no_package():
    assert [path for path in all_files() if re.match(r"tests/.*__init__\.py$", path)] == []


def test_the_command_lines_help_is_its_documentation():
    assert (ROOT / "docs/cli.md").read_text("utf-8") == reference(), "run: make docs"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_chore_that_is_named_can_be_done(page):
    named = set(re.findall(r"make ([a-z]+)\b(?=[^a-z ]| [A-Z])", text(page)))
    known = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert named - known == set()
    assert named


@pytest.mark.parametrize("page", [p for p in all_files() if p.endswith(".md")])
def test_every_link_to_a_file_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text(page))
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_the_three_programs_are_what_is_installed():
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert set(project["scripts"]) == {"piaoliand", "piaolian", "piaolian-portal"}
