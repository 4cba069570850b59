"""How a transaction gets in line: from the API or from a peer, through one check.

Rule: what peers send waits in an inbox of its own and is taken in slices of about a millisecond, so
that votes never wait behind it; a signature is checked once; what a block made impossible leaves.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from heapq import heappop, heappush
from typing import Final

from ledger.checks import Moment, check_transaction, moment_of, recheck_transaction
from ledger.execution import Executed
from ledger.parameters import PARAMETERS_KEY
from ledger.transaction import Transaction
from node.committed import Committed
from node.gossip import Gossip
from node.mempool import Mempool
from node.ports import Clock
from node.slices import INBOX_S, sliced
from node.verdicts import TransactionVerdicts
from primitives.errors import HouseError, PeerFault, Refused, Unavailable
from primitives.merkle import leaf_hash

INBOX_BYTES_MAX: Final = 8 * 1024 * 1024
"""What may wait unread of each peer."""
REFUSALS_KEPT: Final = 5_000
COMMITTED_KEPT: Final = 50_000
"""Late copies of what was committed lately are dropped unread."""
REPEATED_BYTES_MAX: Final = 4 * 1024 * 1024
"""At most so much is repeated at once."""


class Admission:
    """The way into the mempool, and out of it.

    Args:
        committed: the state that admission is judged by.
        mempool: where lawful transactions wait.
        verdicts: signatures that were checked.
        gossip: takes them to the others.
        clock: the node's own, for expiries.
        fault: told of peers that send what no honest node does.
        arrived: told after a slice that more transactions are known.
    """

    def __init__(
        self,
        committed: Committed,
        mempool: Mempool,
        verdicts: TransactionVerdicts,
        *,
        gossip: Gossip,
        clock: Clock,
        fault: Callable[[str, PeerFault], None],
        arrived: Callable[[], None],
    ) -> None:
        self._committed = committed
        self._mempool = mempool
        self._verdicts = verdicts
        self._gossip = gossip
        self._clock = clock
        self._fault = fault
        self._arrived = arrived
        self._inbox: OrderedDict[bytes, tuple[bytes, str]] = OrderedDict()
        self._inbox_sizes: dict[str, int] = {}
        self._filled = asyncio.Event()
        self._refusals: OrderedDict[bytes, Refused] = OrderedDict()
        self._committed_hashes: dict[bytes, None] = {}
        self._handed_in: list[bytes] = []
        self._repeats: list[tuple[float, int, bytes, float]] = []
        self._order = 0

    def submit(self, data: bytes) -> Transaction:
        """Take a transaction handed in here in line, and send it to the others.

        Raises:
            PeerFault: the bytes are no transaction.
            Refused: it cannot commit as things stand.
            Unavailable: no room.
        """
        waiting = self._mempool.get(leaf_hash(data))
        if waiting is not None:
            return waiting
        transaction = self._admit(data)
        self._gossip.send(data)
        self._handed_in.append(transaction.hash)
        return transaction

    def received(self, batch: Sequence[bytes], agency: str) -> None:
        """Put what a peer sent into the inbox; what is known or finds no room is dropped."""
        for data in batch:
            hash_ = leaf_hash(data)
            if hash_ in self._inbox or hash_ in self._mempool or hash_ in self._committed_hashes:
                continue
            size = self._inbox_sizes.get(agency, 0) + len(data)
            if size > INBOX_BYTES_MAX:
                break
            self._inbox[hash_] = (data, agency)
            self._inbox_sizes[agency] = size
        if self._inbox:
            self._filled.set()
            self._arrived()

    def known(self, hash_: bytes) -> Transaction | None:
        """Return a transaction that a block names, wherever it is; its signature was checked."""
        if hash_ in self._inbox:
            self._take_in(hash_)
        return self._mempool.get(hash_) or self._verdicts.get(hash_)

    async def run(self) -> None:
        """Work the inbox off in slices, for ever."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            await sliced(self._work_off(), INBOX_S)

    def refusal(self, transaction_id: bytes) -> Refused | None:
        """Return why a transaction that once waited here was sent away."""
        return self._refusals.get(transaction_id)

    def send_away(self, transaction: Transaction, reason: Refused) -> None:
        """Let a transaction leave that cannot commit as things stand."""
        self._mempool.remove(transaction.hash)
        self._verdicts.forget(transaction.hash)
        while len(self._refusals) >= REFUSALS_KEPT:
            del self._refusals[next(iter(self._refusals))]
        self._refusals[transaction.id] = reason

    def block_took(self, transactions: Sequence[Transaction], executed: Executed) -> None:
        """A block took effect: let go what it holds and what it made impossible.

        Args:
            transactions: of the block.
            executed: what it did.
        """
        for transaction in transactions:
            self._mempool.remove(transaction.hash)
            self._verdicts.forget(transaction.hash)
            self._committed_hashes[transaction.hash] = None
        while len(self._committed_hashes) > COMMITTED_KEPT:
            del self._committed_hashes[next(iter(self._committed_hashes))]
        tip = self._committed.tip
        for hash_ in self._mempool.expired(tip.time_ms):
            self._leave(hash_, Refused("transaction.expired", "ledger time is past its expiry"))
        for name in executed.draft.numbers:
            claimant = self._mempool.claimant(name)
            if claimant is not None:
                self._recheck(claimant)
        for hash_ in self._mempool.watchers(executed.draft.facts):
            self._recheck(hash_, wholly=True)
        for agency in self._touched_agencies(executed):
            for transaction in self._mempool.of_agency(agency):
                self._recheck(transaction.hash, wholly=True)

    def send_again(self, after_s: float) -> None:
        """Send what was handed in here and still waits, so that lost gossip heals.

        Args:
            after_s: how long it waits for the first repetition; each next one takes twice as long.
        """
        now = asyncio.get_running_loop().time()
        due, size = [], 0
        while self._repeats and self._repeats[0][0] <= now and size < REPEATED_BYTES_MAX:
            _, order, hash_, pause_s = heappop(self._repeats)
            transaction = self._mempool.get(hash_)
            if transaction is not None:
                self._gossip.send(transaction.data)
                size += len(transaction.data)
                due.append((now + 2 * pause_s, order, hash_, 2 * pause_s))
        for repeat in due:
            heappush(self._repeats, repeat)
        for hash_ in self._handed_in:
            self._order += 1
            heappush(self._repeats, (now + after_s, self._order, hash_, after_s))
        self._handed_in.clear()

    def _work_off(self) -> Generator[None, None, None]:
        while self._inbox:
            self._take_in(next(iter(self._inbox)))
            yield

    def _take_in(self, hash_: bytes) -> None:
        """Admit one transaction of the inbox; whatever it is, the node goes on."""
        data, agency = self._inbox.pop(hash_)
        self._inbox_sizes[agency] -= len(data)
        try:
            self._admit(data)
        except PeerFault as error:
            self._fault(agency, error)
        except Refused as error:
            if error.code == "transaction.bad_signature":
                self._fault(agency, PeerFault(error.code, error.detail))
        except HouseError as error:
            if not isinstance(error, Unavailable):
                raise
        else:
            self._gossip.relay(data, agency)

    def _admit(self, data: bytes) -> Transaction:
        view = self._committed.view
        self._mempool.check_total(len(data))
        moment = self._moment()
        transaction = self._verdicts.read(data, view, moment.time_ms, self._check_place)
        accepted = check_transaction(view, transaction, moment)
        self._mempool.add(transaction, accepted.watched)
        return transaction

    def _check_place(self, transaction: Transaction) -> None:
        """Refuse what is known or would find no room, before its signature is looked at."""
        if self._committed.view.receipt_of(transaction.id) is not None:
            raise Refused("transaction.duplicate", "it has taken effect; see its receipt")
        self._mempool.check_room(transaction.envelope.agency, len(transaction.data))
        self._mempool.check_conflicts(transaction)

    def _moment(self) -> Moment:
        tip = self._committed.tip
        return moment_of(tip.height + 1, max(self._clock.now_ms(), tip.time_ms))

    def _recheck(self, hash_: bytes, *, wholly: bool = False) -> None:
        transaction = self._mempool.get(hash_)
        if transaction is None:
            return
        try:
            if wholly:
                check_transaction(self._committed.view, transaction, self._moment())
            else:
                recheck_transaction(self._committed.view, transaction, self._moment())
        except Refused as reason:
            self.send_away(transaction, reason)

    def _leave(self, hash_: bytes, reason: Refused) -> None:
        transaction = self._mempool.get(hash_)
        if transaction is not None:
            self.send_away(transaction, reason)

    def _touched_agencies(self, executed: Executed) -> dict[str, None]:
        """Return whose ranges, keys or rules a block changed: much may have become impossible.

        A bill takes a number and leaves all else as it was; only a used-up range is told by its
        key. New parameters touch everybody.
        """
        agencies: dict[str, None] = {}
        for key in executed.draft.facts:
            if key.startswith((b"u/", b"a/", b"k/")):
                agencies[key.split(b"/")[1].decode()] = None
            elif key == PARAMETERS_KEY:
                agencies |= dict.fromkeys(self._mempool.agencies())
        return agencies
