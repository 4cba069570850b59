"""How much of a long count a test runs: a tenth, or with FULL=1 all of it."""

import os


def scaled(n: int) -> int:
    """Return `n` when FULL=1 is set, else a tenth of it and at least 1."""
    return n if os.environ.get("FULL") == "1" else max(1, n // 10)
