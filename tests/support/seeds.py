"""The seed of a randomised test: the same in every run, or another one by SEED=n."""

import os
import sys


def told_seed(name: str) -> int:
    """Return the seed and print how to replay with it."""
    seed = int(os.environ.get("SEED", "1"))
    sys.stdout.write(f"{name}: SEED={seed} replays this run\n")
    return seed
