"""Counting the Prepares or the Commits of one height.

Rule: a vote is filed under (round, hash); votes of two rounds or two hashes are never summed. The
first vote of a signer in a round is kept, a second one never replaces it.
"""

from typing import Generic, TypeVar

from consensus.certificate import Seals
from consensus.messages import Commit, Prepare

VoteT = TypeVar("VoteT", Prepare, Commit)


class Tally(Generic[VoteT]):
    """All kept votes of one kind at one height."""

    __slots__ = ("_counts", "_votes")

    def __init__(self) -> None:
        self._votes: dict[int, dict[int, VoteT]] = {}
        self._counts: dict[tuple[int, bytes], int] = {}

    def held(self, round_: int, signer: int) -> VoteT | None:
        """Return the kept vote of a signer in a round."""
        votes = self._votes.get(round_)
        return votes.get(signer) if votes is not None else None

    def add(self, vote: VoteT) -> int:
        """Keep a vote whose slot is free; return how many signers now share its round and hash."""
        votes = self._votes.setdefault(vote.round, {})
        assert vote.signer not in votes
        votes[vote.signer] = vote
        key = (vote.round, vote.hash)
        count = self._counts.get(key, 0) + 1
        self._counts[key] = count
        return count

    def count(self, round_: int, hash_: bytes) -> int:
        """Return how many distinct signers voted for a hash in a round."""
        return self._counts.get((round_, hash_), 0)

    def seals(self, round_: int, hash_: bytes) -> Seals:
        """Return the signatures for a hash in a round, signers ascending: a certificate's seals."""
        votes = self._votes.get(round_, {})
        return tuple((i, votes[i].signature) for i in sorted(votes) if votes[i].hash == hash_)

    def signers(self, round_: int, hash_: bytes) -> tuple[int, ...]:
        """Return who voted for a hash in a round, ascending."""
        return tuple(signer for signer, _ in self.seals(round_, hash_))

    def voters(self, round_: int) -> int:
        """Return how many distinct signers voted in a round, for whatever."""
        return len(self._votes.get(round_, ()))

    def of(self, signer: int) -> tuple[VoteT, ...]:
        """Return a signer's votes, rounds ascending."""
        rounds = sorted(self._votes)
        return tuple(self._votes[r][signer] for r in rounds if signer in self._votes[r])

    def rounds_with(self, hash_count: int) -> tuple[tuple[int, bytes], ...]:
        """Return the (round, hash) pairs that have at least `hash_count` votes, ascending."""
        return tuple(sorted(key for key, count in self._counts.items() if count >= hash_count))

    def forget_below(self, round_: int, *, keep_from: int) -> None:
        """Forget rounds below `round_`, but for those in which `keep_from` signers voted."""
        for old in [r for r in self._votes if r < round_ and self.voters(r) < keep_from]:
            for vote in self._votes.pop(old).values():
                self._counts.pop((old, vote.hash), None)

    def __len__(self) -> int:
        return sum(len(votes) for votes in self._votes.values())
