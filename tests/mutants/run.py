"""Takes one guard of the consensus away at a time and shows which named test turns red.

`python -m tests.mutants.run` tries all, `python -m tests.mutants.run R6` those whose name holds R6.
Works on copies in a temporary folder; the tree itself is never touched. Exit code 1 when a mutant
survives, when a guard's text is not found exactly once, or when a named test is red as things are.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.mutant import Mutant
from tests.mutants.table import MUTANTS

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("consensus", "primitives", "tests/support", "tests/scenarios", "tests/unit/consensus")
WORKERS = 2


def copy_tree(target: Path) -> Path:
    """Copy what the consensus tests need."""
    for folder in COPIED:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, target / folder, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", target / "pyproject.toml")
    return target


def select(mutants: Sequence[Mutant]) -> list[str]:
    """Return pytest's arguments for the tests that some mutants name."""
    tests = {test for mutant in mutants for test in mutant.tests}
    files = sorted({"tests/" + test.split("::")[0] for test in tests})
    names = sorted({test.split("::")[1] if "::" in test else Path(test).stem for test in tests})
    return [*files, "-k", " or ".join(names)]


def run_tests(tree: Path, arguments: list[str]) -> tuple[int, str]:
    """Run some tests in a tree; return pytest's exit code and its output."""
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(tree),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "pytest_asyncio.plugin",
        "-q",
        "--tb=no",
        "-rf",
    ]
    command += arguments
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout


def red_tests(output: str) -> list[str]:
    """Return the short names of the tests that failed."""
    return re.findall(r"^FAILED \S+::(\S+)", output, re.MULTILINE)


def apply(tree: Path, mutant: Mutant) -> bool:
    """Change the copy; tell whether each guard's text was found exactly once."""
    for file, source, replacement in (
        (mutant.file, mutant.source, mutant.replacement),
        *mutant.more,
    ):
        path = tree / "consensus" / file
        text = path.read_text()
        if text.count(source) != 1:
            return False
        path.write_text(text.replace(source, replacement))
    return True


def try_mutant(mutant: Mutant) -> tuple[Mutant, str, list[str]]:
    """Apply one mutant to a fresh copy; return (mutant, verdict, red tests)."""
    with tempfile.TemporaryDirectory() as folder:
        tree = copy_tree(Path(folder))
        if not apply(tree, mutant):
            return mutant, "GUARD NOT FOUND", []
        code, output = run_tests(tree, select([mutant]))
        red = red_tests(output)
        return mutant, "killed" if code == 1 and red else "SURVIVED", red


def main(wanted: str = "") -> int:
    """Try the mutants whose name holds `wanted`; print the table; return the exit code."""
    chosen = [mutant for mutant in MUTANTS if wanted in mutant.name]
    if not chosen:
        sys.stdout.write(f"no guard's name holds {wanted!r}\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        code, output = run_tests(copy_tree(Path(folder)), select(chosen))
    if code != 0:
        sys.stdout.write(f"red as things are: {', '.join(red_tests(output)) or output}\n")
        return 1
    bad = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for mutant, verdict, red in pool.map(try_mutant, chosen):
            bad += verdict != "killed"
            shown = ", ".join(red[:2]) + (f" and {len(red) - 2} more" if len(red) > 2 else "")
            sys.stdout.write(f"{verdict:<16} {mutant.name:<66} {shown}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - bad} of {len(chosen)} guards: a named test turns red.\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
