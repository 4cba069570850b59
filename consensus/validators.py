"""Who may vote at a height, and whose turn it is to propose.

Rule: the set is constant within a height; one agency has one vote; keys and agencies are unique.
The proposer is a pure function of height and round, never of a certificate's round.
Source: QBFT formal specification, node_auxiliary_functions.dfy, proposer.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated

import msgspec

from consensus.quorum import (
    VALIDATORS_MAX,
    VALIDATORS_MIN,
    faulty_max,
    quorum_size,
    weak_size,
)
from primitives import codec
from primitives.errors import PeerFault
from primitives.hashing import VALIDATOR_SET, tagged_hash


class Validator(codec.Message):
    """One agency with a vote: the array [agency, suite, public key]."""

    agency: codec.AgencyId
    """Its id in the member list."""
    suite: Annotated[int, msgspec.Meta(ge=1, le=255)]
    """Number of the crypto suite of its key."""
    public_key: codec.Key32
    """The key its votes are checked with."""


class ValidatorSet:
    """The validators of one height, in registry order.

    Args:
        validators: in the order of the registry; an index into it is a `signer` on the wire.

    Raises:
        PeerFault: `validators.wrong_count` for fewer than 4 or more than 128,
            `validators.not_unique` when an agency or a key stands twice.
    """

    def __init__(self, validators: tuple[Validator, ...]) -> None:
        if not VALIDATORS_MIN <= len(validators) <= VALIDATORS_MAX:
            raise PeerFault("validators.wrong_count", "a set has 4 to 128 validators")
        keys = {validator.public_key for validator in validators}
        self._index = {validator.agency: i for i, validator in enumerate(validators)}
        if len(keys) < len(validators) or len(self._index) < len(validators):
            raise PeerFault("validators.not_unique", "an agency or a key stands twice")
        self.validators = validators
        self.n = len(validators)
        self.quorum = quorum_size(self.n)
        self.faulty = faulty_max(self.n)
        self.weak = weak_size(self.n)

    @cached_property
    def hash(self) -> bytes:
        """The set's tagged hash, as headers carry it."""
        return tagged_hash(VALIDATOR_SET, codec.encode(self.validators))

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[Validator]:
        return iter(self.validators)

    def __getitem__(self, index: int) -> Validator:
        return self.validators[index]

    def index_of(self, agency: str) -> int | None:
        """Return the index of an agency, or None when it has no vote."""
        return self._index.get(agency)

    def agencies(self, indices: tuple[int, ...]) -> tuple[str, ...]:
        """Return the agency ids of some indices, in their order."""
        return tuple(self.validators[index].agency for index in indices)

    def proposer(self, height: int, round_: int) -> int:
        """Return the index of the validator whose turn it is at (height, round)."""
        return (height + round_) % self.n
