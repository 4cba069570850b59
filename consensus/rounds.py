"""Where every validator is: the highest rounds seen, and the round changes kept.

Rule: all of it is kept per signer, so that a liar fills only its own slots (§2.11).
"""

from consensus.messages import RoundChange

HIGHEST_KEPT = 3
"""Of a signer's round changes, that to the current round and this many highest are kept."""


class TopRounds:
    """t_i: the highest round in any valid signed message of each signer at the height."""

    __slots__ = ("_rounds",)

    def __init__(self, validators: int) -> None:
        self._rounds = [-1] * validators

    def note(self, signer: int, round_: int) -> None:
        """Raise a signer's highest round; never lowers it."""
        self._rounds[signer] = max(self._rounds[signer], round_)

    def reached_by(self, count: int) -> int:
        """Return the highest round that at least `count` signers have reached; -1 for none."""
        return sorted(self._rounds, reverse=True)[count - 1]

    def count_at(self, round_: int) -> int:
        """Return how many signers have reached a round."""
        return sum(top >= round_ for top in self._rounds)


class RoundChanges:
    """The round changes of one height that may still matter."""

    __slots__ = ("_kept",)

    def __init__(self, validators: int) -> None:
        self._kept: list[dict[int, RoundChange]] = [{} for _ in range(validators)]

    def held(self, signer: int, round_: int) -> RoundChange | None:
        """Return the kept round change of a signer to a round."""
        return self._kept[signer].get(round_)

    def add(self, message: RoundChange, current: int) -> None:
        """Keep a round change to `current` or above; beyond the bound the lowest goes."""
        kept = self._kept[message.signer]
        kept[message.round] = message
        future = sorted(round_ for round_ in kept if round_ != current)
        for round_ in future[:-HIGHEST_KEPT]:
            del kept[round_]

    def at(self, round_: int) -> tuple[RoundChange, ...]:
        """Return all kept round changes to a round, signers ascending."""
        return tuple(kept[round_] for kept in self._kept if round_ in kept)

    def of(self, signer: int) -> tuple[RoundChange, ...]:
        """Return a signer's kept round changes, rounds ascending."""
        return tuple(self._kept[signer][round_] for round_ in sorted(self._kept[signer]))

    def forget_below(self, round_: int) -> None:
        """Forget what leads to rounds already left."""
        for kept in self._kept:
            for old in [r for r in kept if r < round_]:
                del kept[old]

    def __len__(self) -> int:
        return sum(len(kept) for kept in self._kept)
