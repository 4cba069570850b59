"""The vectors of tests/data, decoded."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data"


def load_vectors(name: str) -> dict[str, Any]:
    """Return one file of tests/data/vectors."""
    vectors: dict[str, Any] = json.loads((DATA / "vectors" / name).read_text("utf-8"))
    return vectors
