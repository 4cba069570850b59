"""The waiting room: transactions that can commit, until a block takes them.

Rule: bounded in bytes and count; no agency crowds out the others; of two transactions that take
one name (business number, order, reference) only the first waits; what can no longer commit leaves
after the block that made it so, and starts no timer. The room never decides what is lawful:
`Admission` does.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from ledger.transaction import Transaction, claims
from primitives.errors import Refused, Unavailable

OVERHEAD_BYTES: Final = 1024
"""What an entry costs besides its bytes, decoded form included."""
WATCHED_BYTES: Final = 200
"""What a leaf costs that is watched for an entry."""
FULL: Final = "more waits here than this node keeps; try again in a moment"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One transaction in line."""

    transaction: Transaction
    """Decoded, its signature checked."""
    claims: tuple[str, ...]
    """The names it would take: see `ledger.transaction.claims`."""
    watched: frozenset[bytes]
    """State keys whose change calls for a new judgement."""

    @property
    def size_bytes(self) -> int:
        """What it counts for."""
        watched = WATCHED_BYTES * len(self.watched)
        return len(self.transaction.data) + OVERHEAD_BYTES + watched

    @property
    def operations(self) -> int:
        """How many operations it has."""
        return len(self.transaction.envelope.operations)


class Mempool:
    """Transactions in line, by agency and order of arrival.

    Args:
        bytes_max: all that may wait.
        count_max: the same as a count.
        on_change: told with True when the first one arrives, with False when the last has left.
    """

    def __init__(self, bytes_max: int, count_max: int, on_change: Callable[[bool], None]) -> None:
        self._bytes_max = bytes_max
        self._count_max = count_max
        self._on_change = on_change
        self._queues: dict[str, dict[bytes, Waiting]] = {}
        self._sizes: dict[str, int] = {}
        self._by_hash: dict[bytes, Waiting] = {}
        self._by_id: dict[bytes, bytes] = {}
        self._claims: dict[str, bytes] = {}
        self._watchers: dict[bytes, dict[bytes, None]] = {}
        self._expiries: list[tuple[int, bytes]] = []
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._by_hash)

    def __contains__(self, hash_: bytes) -> bool:
        return hash_ in self._by_hash

    def get(self, hash_: bytes) -> Transaction | None:
        """Return a waiting transaction by the hash of its whole bytes."""
        waiting = self._by_hash.get(hash_)
        return None if waiting is None else waiting.transaction

    def by_id(self, transaction_id: bytes) -> Transaction | None:
        """Return a waiting transaction by its id."""
        hash_ = self._by_id.get(transaction_id)
        return None if hash_ is None else self._by_hash[hash_].transaction

    def check_total(self, size_bytes: int) -> None:
        """Refuse what would not fit, whosever it is.

        Raises:
            Unavailable: `mempool.full`.
        """
        size = self.size_bytes + size_bytes + OVERHEAD_BYTES
        if len(self) >= self._count_max or size > self._bytes_max:
            raise Unavailable("mempool.full", FULL)

    def check_room(self, agency: str, size_bytes: int) -> None:
        """Refuse what would not fit, before anything costly is done with it.

        An agency may hold one share more than there are agencies in line: half of the room alone,
        a third beside another.

        Raises:
            Unavailable: `mempool.full`, `mempool.quota`.
        """
        self.check_total(size_bytes)
        size = size_bytes + OVERHEAD_BYTES
        queue = self._queues.get(agency, {})
        shares = len(self._queues) + (1 if queue else 2)
        too_many = len(queue) >= max(1, self._count_max // shares)
        if too_many or self._sizes.get(agency, 0) + size > self._bytes_max // shares:
            raise Unavailable("mempool.quota", FULL)

    def check_conflicts(self, transaction: Transaction) -> tuple[str, ...]:
        """Return the names it takes, none of which another waiting one takes.

        Raises:
            Refused: `transaction.signed_twice` when the same envelope waits under another
                signature, `transaction.name_waiting`.
        """
        if transaction.id in self._by_id:
            raise Refused("transaction.signed_twice", "the same envelope waits already")
        taken = tuple(claims(transaction))
        for name in taken:
            if name in self._claims:
                raise Refused(
                    "transaction.name_waiting",
                    "another transaction with this number waits; ask what became of it",
                    "operations",
                )
        return taken

    def add(self, transaction: Transaction, watched: frozenset[bytes] = frozenset()) -> None:
        """Let a lawful transaction wait.

        Args:
            transaction: what waits.
            watched: state keys whose change calls for a new judgement.

        Raises:
            Unavailable: see `check_room`.
            Refused: see `check_conflicts`.
        """
        agency = transaction.envelope.agency
        self.check_room(agency, len(transaction.data))
        waiting = Waiting(transaction, self.check_conflicts(transaction), watched)
        was_empty = not self._by_hash
        self._by_hash[transaction.hash] = waiting
        self._by_id[transaction.id] = transaction.hash
        self._queues.setdefault(agency, {})[transaction.hash] = waiting
        self._sizes[agency] = self._sizes.get(agency, 0) + waiting.size_bytes
        self.size_bytes += waiting.size_bytes
        for claim in waiting.claims:
            self._claims[claim] = transaction.hash
        for key in sorted(watched):
            self._watchers.setdefault(key, {})[transaction.hash] = None
        heappush(self._expiries, (transaction.envelope.expiry_ms, transaction.hash))
        if was_empty:
            self._on_change(True)

    def remove(self, hash_: bytes) -> Waiting | None:
        """Let one leave; None when it was not there."""
        waiting = self._by_hash.pop(hash_, None)
        if waiting is None:
            return None
        transaction = waiting.transaction
        agency = transaction.envelope.agency
        del self._by_id[transaction.id]
        del self._queues[agency][hash_]
        self._sizes[agency] -= waiting.size_bytes
        if not self._queues[agency]:
            del self._queues[agency]
            del self._sizes[agency]
        self.size_bytes -= waiting.size_bytes
        for claim in waiting.claims:
            del self._claims[claim]
        for key in waiting.watched:
            del self._watchers[key][hash_]
            if not self._watchers[key]:
                del self._watchers[key]
        if not self._by_hash:
            self._expiries.clear()
            self._on_change(False)
        return waiting

    def claimant(self, claim: str) -> bytes | None:
        """Return the hash of the waiting transaction that takes a name."""
        return self._claims.get(claim)

    def watchers(self, keys: Iterable[bytes]) -> list[bytes]:
        """Return the hashes of those that watch one of `keys`, each once."""
        watchers = self._watchers
        return list(dict.fromkeys(hash_ for key in keys for hash_ in watchers.get(key, ())))

    def expired(self, time_ms: int) -> list[bytes]:
        """Return the hashes of those that can no longer commit after ledger time `time_ms`."""
        hashes = []
        while self._expiries and self._expiries[0][0] <= time_ms:
            hash_ = heappop(self._expiries)[1]
            if hash_ in self._by_hash:
                hashes.append(hash_)
        return hashes

    def of_agency(self, agency: str) -> list[Transaction]:
        """Return an agency's waiting transactions in their order."""
        return [waiting.transaction for waiting in self._queues.get(agency, {}).values()]

    def agencies(self) -> list[str]:
        """Return the agencies in line, in the order in which they came."""
        return list(self._queues)

    def fair_order(self) -> Iterator[Transaction]:
        """Return the waiting ones for a block: an agency at a time takes its turn.

        A turn is worth about as many operations for everyone, so that who packs many bills into a
        transaction gains nothing over who does not.
        """
        lines = [iter(list(queue.values())) for queue in self._queues.values()]
        spent = [0] * len(lines)
        alive = list(range(len(lines)))
        while alive:
            at = min(alive, key=lambda i: (spent[i], i))
            waiting = next(lines[at], None)
            if waiting is None:
                alive.remove(at)
            else:
                spent[at] += waiting.operations
                yield waiting.transaction
