"""Blocks under judgement: getting their bodies, checking and executing them, keeping the result.

Rule: a body is rebuilt from what is known here and only the rest is fetched; what fits the header's
roots is written at once, so that the sync overlaps the execution; a block is executed once. A
reference that does not fit its header is no fault of the block: the body is fetched by hash.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from consensus import certificate as certificates
from consensus.effects import CheckBlock
from consensus.inputs import BlockChecked, Input, Verdict
from consensus.messages import BlockBody, BodyReference, GetBody
from consensus.timeouts import is_timely
from ledger.apply import Built, check_steps
from ledger.block import (
    Body,
    Header,
    decode_body,
    decode_header,
    encode_body,
    header_hash,
    parent_certificate_hash,
    transactions_root,
)
from ledger.execution import Executed
from ledger.transaction import Transaction, decode_transaction
from node.ground import Ground
from node.slices import sliced
from node.verdicts import TransactionVerdicts, VoteVerdicts
from node.wire import GetTransactions, Kind, Priority, consensus_frame, encode_frame
from primitives.errors import HouseError, PeerFault, Refused

ON_THE_WAY_S: Final = 0.03
"""Transactions that a proposal names are mostly on their way: nobody is asked sooner."""
ASK_S: Final = 0.25
"""How long one source has to answer before the next is asked."""
ROUNDS_OF_ASKING: Final = 3
"""After so many turns through the sources the answer is MISSING; the engine asks again."""
OFFERS_MAX: Final = 4
"""Bodies that wait for their question."""

Send = Callable[[str, bytes, Priority], bool]


@dataclass(frozen=True, slots=True)
class Block:
    """A body that fits its header."""

    header: bytes
    """Header bytes."""
    decoded: Header
    """The header."""
    body: bytes
    """Body bytes."""
    transactions: tuple[Transaction, ...]
    """Decoded; signatures are checked by execution."""
    parent_certificate: bytes
    """As in the body."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A block that was judged."""

    block: Block
    """What it is made of."""
    executed: Executed | None
    """What it does; None when it is unlawful."""
    reference: BodyReference
    """Its body by names."""


@dataclass(slots=True)
class _Search:
    """One block that is being fetched or judged, and who asked for it."""

    height: int
    hash: bytes
    header: bytes
    reference: BodyReference | None
    sources: dict[str, None] = field(default_factory=dict)
    questions: list[CheckBlock] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class Bodies:
    """Answers the engine's `CheckBlock`.

    Args:
        ground: disk, state and tasks.
        verdicts: signatures of transactions.
        votes: signatures of certificates.
        known: returns a transaction by hash, when it is in mempool or inbox.
        send: lets a frame go to one member.
        tell: hands an input to the driver.
    """

    def __init__(
        self,
        ground: Ground,
        verdicts: TransactionVerdicts,
        votes: VoteVerdicts,
        *,
        known: Callable[[bytes], Transaction | None],
        send: Send,
        tell: Callable[[Input], None],
    ) -> None:
        self._world = ground.world
        self._store = ground.store
        self._committed = ground.committed
        self._tasks = ground.tasks
        self._verdicts = verdicts
        self._votes = votes
        self._known = known
        self._send = send
        self._tell = tell
        self._searches: dict[bytes, _Search] = {}
        self._checked: dict[bytes, Checked] = {}
        self._offers: dict[bytes, tuple[bytes, bytes]] = {}
        self._arrived = asyncio.Event()

    def check(self, question: CheckBlock) -> None:
        """Get, judge and execute a block; the answer goes to the driver."""
        if question.height != self._committed.tip.height + 1:
            return
        checked = self._checked.get(question.hash)
        if checked is not None:
            self._answer(question, checked)
            return
        search = self._searches.get(question.hash)
        if search is None:
            search = _Search(question.height, question.hash, question.header, question.body)
            self._searches[question.hash] = search
        search.questions.append(question)
        search.header = search.header or question.header
        search.reference = search.reference or question.body
        search.sources |= dict.fromkeys(question.sources)
        if search.task is None:
            search.task = self._tasks.spawn("check block", self._run(search))

    def checked(self, hash_: bytes) -> Checked | None:
        """Return a block of the height under way that was judged."""
        return self._checked.get(hash_)

    def arrived(self) -> None:
        """More transactions are known: whoever waits for some may look again."""
        self._arrived.set()

    def offer(self, header: bytes, body: bytes) -> None:
        """Take a body that a peer sent, if it is one that is looked for."""
        hash_ = header_hash(header)
        if hash_ in self._searches:
            self.prefetch(hash_, header, body)
            self._arrived.set()

    def prefetch(self, hash_: bytes, header: bytes, body: bytes) -> None:
        """Keep a proved block's body until the engine asks for it."""
        while len(self._offers) >= OFFERS_MAX:
            del self._offers[next(iter(self._offers))]
        self._offers[hash_] = (header, body)

    async def keep_built(self, built: Built, transactions: Sequence[Transaction]) -> BodyReference:
        """Keep an own block as judged, its body durable on return."""
        reference = BodyReference(
            tuple(transaction.hash for transaction in transactions), built.body.parent_certificate
        )
        block = Block(
            built.header_bytes,
            built.header,
            encode_body(built.body),
            tuple(transactions),
            built.body.parent_certificate,
        )
        self._checked[built.hash] = Checked(block, built.executed, reference)
        await self._write(block, built.hash)
        return reference

    def serve(self, question: GetBody) -> BlockBody | None:
        """Return header and body of a block that is asked for, when they are here."""
        checked = self._checked.get(question.hash)
        if checked is not None:
            return BlockBody(checked.block.header, checked.block.body)
        body = self._store.body(question.height, question.hash)
        header = self._store.proposed_header(question.height, question.hash)
        return None if body is None or header is None else BlockBody(header, body)

    def start_height(self) -> None:
        """Another height: forget the blocks of the one before."""
        for search in self._searches.values():
            if search.task is not None:
                search.task.cancel()
        self._searches.clear()
        self._checked.clear()

    async def _run(self, search: _Search) -> None:
        """Find a block, judge it, answer everybody who asked."""
        block = await self._find(search)
        if block is None:
            del self._searches[search.hash]
            for question in search.questions:
                self._tell(_answer(question, Verdict.MISSING, now_ms=self._now()))
            return
        writing = self._tasks.spawn("write body", self._write(block, search.hash))
        executed = await self._judge(block, search.hash)
        hashes = tuple(transaction.hash for transaction in block.transactions)
        reference = BodyReference(hashes, block.parent_certificate)
        checked = Checked(block, executed, reference)
        if executed is None:
            await asyncio.wait([writing])
        del self._searches[search.hash]
        self._checked[search.hash] = checked
        for question in search.questions:
            self._answer(question, checked)

    async def _find(self, search: _Search) -> Block | None:
        """Return the block when it can be had: from here, by its parts, or whole from a source."""
        block = self._from_here(search)
        if block is None and self._missing(search):
            block = await self._await_parts(search, ON_THE_WAY_S)
        asked = 0
        while block is None:
            sources = list(search.sources)
            if asked >= ROUNDS_OF_ASKING * max(1, len(sources)):
                return None
            self._ask(search, sources[asked % len(sources)] if sources else "", asked)
            asked += 1
            block = await self._await_parts(search, ASK_S)
        return block

    async def _await_parts(self, search: _Search, patience_s: float) -> Block | None:
        """Wait until the block can be made of what arrived; None when that takes too long."""
        block = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while block is None:
                    self._arrived.clear()
                    await self._arrived.wait()
                    block = self._from_here(search)
        return block or self._from_here(search)

    def _ask(self, search: _Search, source: str, asked: int) -> None:
        """Ask one source: first for what is missing, then for the whole."""
        missing = self._missing(search)
        if missing and asked == 0:
            frame = encode_frame(Kind.GET_TRANSACTIONS, GetTransactions(tuple(missing)))
        else:
            frame = consensus_frame(GetBody(search.height, search.hash))
        self._send(source, frame, Priority.CONSENSUS)

    def _missing(self, search: _Search) -> list[bytes]:
        if not search.header or search.reference is None:
            return []
        return [hash_ for hash_ in search.reference.transactions if self._known(hash_) is None]

    def _from_here(self, search: _Search) -> Block | None:
        """Return the block if it is known, offered or stored here, and can be read."""
        try:
            if (block := self._from_parts(search)) is not None:
                return block
            whole = self._offers.pop(search.hash, None) or self._stored(search)
            return None if whole is None else self._read(*whole)
        except HouseError:
            return None

    def _from_parts(self, search: _Search) -> Block | None:
        """Return the block out of header and transactions; raises when the header is unreadable."""
        if not search.header or search.reference is None or self._missing(search):
            return None
        hashes, certificate = search.reference.transactions, search.reference.parent_certificate
        header = decode_header(search.header)
        if not _fits(header, hashes, certificate):
            search.reference = None
            return None
        found = tuple(t for t in map(self._known, hashes) if t is not None)
        body = encode_body(Body(tuple(t.data for t in found), certificate))
        return Block(search.header, header, body, found, certificate)

    def _stored(self, search: _Search) -> tuple[bytes, bytes] | None:
        body = self._store.body(search.height, search.hash)
        header = search.header or self._store.proposed_header(search.height, search.hash)
        return None if body is None or header is None else (header, body)

    def _read(self, header_bytes: bytes, body_bytes: bytes) -> Block | None:
        """Decode a whole body; None when it does not fit its header.

        Raises:
            PeerFault: header, body or a transaction is malformed.
            Refused: a transaction is of another chain.
        """
        header = decode_header(header_bytes)
        body = decode_body(body_bytes)
        chain = self._committed.tip.chain
        transactions = tuple(decode_transaction(data, chain) for data in body.transactions)
        if not _fits(header, [t.hash for t in transactions], body.parent_certificate):
            return None
        return Block(header_bytes, header, body_bytes, transactions, body.parent_certificate)

    async def _write(self, block: Block, hash_: bytes) -> None:
        """Make a body durable; own votes on it wait behind it in the worker's line."""
        height = block.decoded.height
        await self._world.executor.run(
            lambda: self._store.write_body(height, hash_, block.body, block.header)
        )

    async def _judge(self, block: Block, hash_: bytes) -> Executed | None:
        """Execute a block; None when it is unlawful."""
        committed = self._committed
        try:
            self._check_parent_certificate(block)
            return await sliced(
                check_steps(
                    committed.view,
                    committed.tip,
                    header=block.decoded,
                    transactions=block.transactions,
                    parent_certificate=block.parent_certificate,
                    is_signed=self._verdicts.is_signed,
                )
            )
        except (PeerFault, Refused) as error:
            self._world.journal.event(
                "blocks.unlawful", height=block.decoded.height, hash=hash_.hex(), code=error.code
            )
            return None

    def _check_parent_certificate(self, block: Block) -> None:
        """Hold the parent's certificate inside a body to the set of the parent's height.

        Raises:
            PeerFault: `certificate.*`, `block.wrong_parent_certificate`.
        """
        tip = self._committed.tip
        data = block.parent_certificate
        if tip.height == 0 or data == self._committed.certificate:
            return
        certificate = certificates.decode(data)
        if (certificate.height, certificate.hash) != (tip.height, tip.hash):
            raise PeerFault("block.wrong_parent_certificate", "it is another block's")
        certificates.verify(
            certificate,
            self._committed.validators(tip.height),
            chain=tip.chain,
            verify_signature=self._votes.is_good,
        )

    def _answer(self, question: CheckBlock, checked: Checked) -> None:
        header = checked.block.decoded
        if checked.executed is None:
            self._tell(_answer(question, Verdict.UNLAWFUL, now_ms=self._now()))
            return
        timely = is_timely(
            self._committed.timing(),
            question.round,
            time_ms=header.time_ms,
            received_ms=question.received_ms,
        )
        self._tell(
            _answer(
                question,
                Verdict.LAWFUL,
                now_ms=self._now(),
                timely=question.fresh and timely and header.proposer == question.proposer,
                checked=checked,
            )
        )

    def _now(self) -> int:
        return self._world.clock.now_ms()


def _answer(
    question: CheckBlock,
    verdict: Verdict,
    *,
    now_ms: int,
    timely: bool = False,
    checked: Checked | None = None,
) -> BlockChecked:
    return BlockChecked(
        height=question.height,
        round=question.round,
        hash=question.hash,
        verdict=verdict,
        timely=timely,
        header=checked.block.header if checked is not None else b"",
        body=checked.reference if checked is not None else None,
        now_ms=now_ms,
    )


def _fits(header: Header, hashes: Sequence[bytes], parent_certificate: bytes) -> bool:
    """Tell whether a body is the one its header names."""
    return header.transactions_root == transactions_root(
        hashes
    ) and header.parent_certificate_hash == parent_certificate_hash(parent_certificate)
