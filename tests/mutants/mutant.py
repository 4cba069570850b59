"""One guard of the consensus rules, the change that removes it and the tests that notice.

Rule: `source` stands exactly once in its file; every named test is green as things are and at least
one turns red under the change.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One guard taken away."""

    name: str
    """Rule and guard, unique."""
    file: str
    """Module of `consensus/`."""
    source: str
    """The exact text that is the guard."""
    replacement: str
    """What stands there without it."""
    tests: tuple[str, ...]
    """Node ids below `tests/` that must notice; the end of a name may be left out."""
    more: tuple[tuple[str, str, str], ...] = ()
    """Further (file, source, replacement) where one rule is guarded more than once."""
