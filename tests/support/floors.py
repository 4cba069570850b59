"""Where the repository lies, and the packages it is made of."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = (
    *("primitives", "ledger", "consensus", "storage", "proofs", "exchange"),
    *("node", "portal", "cli"),
)
