"""The suite runs in two halves; together they are the whole."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_folder_with_tests_stands_in_one_half():
    script = (ROOT / "scripts/test.sh").read_text("utf-8")
    named = re.findall(r"tests/(\w+)", script)
    folders = {
        file.relative_to(ROOT / "tests").parts[0] for file in ROOT.glob("tests/**/test_*.py")
    }
    assert sorted(named) == sorted(folders)
