"""The validators of the next two heights, as a leaf of the state.

Rule: the state after height h names the sets of h + 1 and h + 2; a header repeats their hashes, so
that whoever trusts a header knows who may certify the next. A change made in block h is of h + 2.
"""

from typing import Annotated, Final

import msgspec

from ledger.agencies import Suite
from ledger.state import Facts
from primitives.codec import AgencyId, Key32, Message, encode
from primitives.hashing import VALIDATOR_SET, tagged_hash

VALIDATORS_MAX: Final = 100
VALIDATORS_MIN: Final = 4
"""Of four, one may lie; fewer validators tolerate no liar at all."""


class ValidatorEntry(Message):
    """One agency's vote."""

    agency: AgencyId
    """Who votes."""
    suite: Suite
    """The crypto suite of the key."""
    public_key: Key32
    """The key whose signatures are its votes."""


ValidatorEntries = Annotated[tuple[ValidatorEntry, ...], msgspec.Meta(max_length=VALIDATORS_MAX)]
"""A validator set, in register order."""


class ValidatorSets(Message, tag=3):
    """The leaf `v/`: who votes on the next two heights."""

    next: ValidatorEntries
    """The set of the height after this state."""
    after_next: ValidatorEntries
    """The set of the height after that."""


VALIDATORS_KEY: Final = b"v/"


def validator_set_hash(entries: tuple[ValidatorEntry, ...]) -> bytes:
    """Return the hash by which a header names a validator set."""
    return tagged_hash(VALIDATOR_SET, encode(entries))


def votes_needed(validators: int) -> int:
    """Return how many of so many validators carry a proposal: a quorum, as for a block."""
    return (2 * validators + 2) // 3


def validator_sets(facts: Facts) -> ValidatorSets:
    """Return the sets of the next two heights."""
    sets = facts.leaf(VALIDATORS_KEY, ValidatorSets)
    assert sets is not None, "the genesis writes the validators"
    return sets
