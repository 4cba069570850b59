"""The store of one node: both databases and the head marker, opened and checked together.

Rule: a block is one batch in `state`, synced, then the marker, then `head`; its body was written
before. At open the database may be one block ahead of the marker, never behind. A store that fails
a check is not opened and never repaired: it is set aside and fetched again from the peers.
"""

from collections.abc import Iterator, Sequence

from primitives.errors import NodeFault
from storage import keys
from storage.database import Database, Databases, Pair, Reader, Row, Snapshot, prefix_end
from storage.faults import store_fault
from storage.files import Files
from storage.head import Head, HeadMarker
from storage.identity import Identity
from storage.votes import VoteLog


class StateView:
    """Named reads from the rows of `state`, as they stand or as a snapshot holds them."""

    def __init__(self, rows: Reader) -> None:
        self.rows = rows

    def header(self, height: int) -> bytes | None:
        """Return the encoded header of `height`."""
        return self.rows.get(keys.header_key(height))

    def certificate(self, height: int) -> bytes | None:
        """Return the encoded commit certificate of `height`."""
        return self.rows.get(keys.certificate_key(height))

    def receipt(self, transaction_id: bytes) -> bytes | None:
        """Return the encoded height, index and receipt of a transaction (id of 40 bytes)."""
        return self.rows.get(keys.receipt_key(transaction_id))

    def leaf(self, key: bytes) -> bytes | None:
        """Return the value of a state leaf."""
        return self.rows.get(keys.leaf_key(key))

    def leaves(
        self, prefix: bytes, *, after: bytes = b"", limit: int | None = None
    ) -> Iterator[Pair]:
        """Iterate over the leaves whose key begins with `prefix` and is above `after`."""
        first = keys.leaf_key(max(prefix, after + b"\x00" if after else b""))
        for key, value in self.rows.scan(first, prefix_end(keys.leaf_key(prefix)), limit=limit):
            yield key[1:], value

    def node(self, path: bytes) -> bytes | None:
        """Return the trie branch record at `path`, one byte a nibble."""
        return self.rows.get(keys.node_key(path))

    def bill_of(self, issuer: str, business_number: str) -> bytes | None:
        """Return code (8 digits) and number (10 digits) of the bill with an issuer's number."""
        return self.rows.get(keys.business_number_key(issuer, business_number))

    def payments_of(self, payee: str, order: str) -> Iterator[tuple[str, str]]:
        """Iterate over (provider, reference) of all payments that name an order."""
        first = keys.payments_of_order_key(payee, order)
        for key, _ in self.rows.scan(first, prefix_end(first)):
            provider, _, reference = key[len(first) :].decode().partition("/")
            yield provider, reference

    def set_changes(self) -> Iterator[int]:
        """Iterate over the heights after which another set of validators votes, ascending."""
        for key, _ in self.rows.scan(b"v", prefix_end(b"v")):
            yield int.from_bytes(key[1:])

    def head(self) -> Head:
        """Return the last block these rows hold."""
        return _stored_heads(self.rows)[0]


class StoreSnapshot(StateView):
    """Named reads that later blocks do not change; released by the one who took it."""

    def __init__(self, rows: Snapshot) -> None:
        super().__init__(rows)
        self._snapshot = rows

    def __enter__(self) -> "StoreSnapshot":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go of the rows; a second call does nothing."""
        self._snapshot.release()


class Store(StateView):
    """The open store; made by `create` or `open`. One writer at a time; readers on any thread."""

    def __init__(
        self, identity: Identity, *, blocks: Database, state: Database, marker: HeadMarker
    ) -> None:
        super().__init__(state)
        self.identity = identity
        self.blocks = blocks
        self.state = state
        self._marker = marker
        self._proposed: dict[int, set[bytes]] = {}
        """Hashes of the bodies stored by this run, of heights that are not buried yet."""

    @classmethod
    def create(
        cls,
        databases: Databases,
        files: Files,
        *,
        identity: Identity,
        engine: str,
        genesis: Head,
        rows: Sequence[Row],
    ) -> "Store":
        """Make a new store with the state after the genesis, an empty vote log, and open it.

        The marker comes last: a store without one was not finished and is not opened.

        Args:
            databases: where the two databases are made.
            files: where the marker is made.
            identity: a fresh random store id, and the chain.
            engine: name and format version of the database, recorded in it.
            genesis: height 0, the chain id, the state root after the genesis.
            rows: leaves and trie nodes of the genesis.

        Raises:
            NodeFault: `store.exists`, `votes.exists` (exit 78), `storage.write_failed`.
        """
        meta: list[Row] = [
            (keys.META_SCHEMA, str(keys.SCHEMA).encode()),
            (keys.META_ENGINE, engine.encode()),
            (keys.META_STORE, identity.store_id),
            (keys.META_CHAIN, identity.chain),
        ]
        blocks = databases.create(keys.BLOCKS)
        blocks.write(meta)
        state = databases.create(keys.STATE)
        heads = (keys.META_HEAD, genesis.encode() + genesis.encode())
        state.write([*meta, *rows, heads])
        VoteLog.create(files, identity)
        marker = HeadMarker.create(files, identity, genesis)
        return cls(identity, blocks=blocks, state=state, marker=marker)

    @classmethod
    def open(cls, databases: Databases, files: Files, *, chain: bytes, engine: str) -> "Store":
        """Open both databases and compare them with each other and with the marker.

        Raises:
            NodeFault: each with exit 78: `store.missing`, `store.locked`, `store.damaged`,
                `store.foreign`, `store.schema`, `store.engine`.
        """
        state = databases.open(keys.STATE)
        try:
            blocks = databases.open(keys.BLOCKS)
        except NodeFault:
            state.close()
            raise
        try:
            identity = checked_identity(state, blocks, chain=chain, engine=engine)
            marker = HeadMarker.open(files, identity)
            head = checked_head(state, blocks, marker.head)
            if head != marker.head:
                marker.write(head)
        except NodeFault:
            state.close()
            blocks.close()
            raise
        return cls(identity, blocks=blocks, state=state, marker=marker)

    @property
    def last(self) -> Head:
        """The last finished block: its rows and its marker are durable."""
        return self._marker.head

    def body(self, height: int, block_hash: bytes) -> bytes | None:
        """Return the encoded body of a block."""
        return self.blocks.get(keys.body_key(height, block_hash))

    def proposed_header(self, height: int, block_hash: bytes) -> bytes | None:
        """Return the encoded header of a block whose body is stored, final or not."""
        return self.blocks.get(keys.proposed_header_key(height, block_hash))

    def write_body(self, height: int, block_hash: bytes, body: bytes, header: bytes = b"") -> None:
        """Store a body, and its header, under height and hash; durable on return.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        rows: list[Row] = [(keys.body_key(height, block_hash), body)]
        if header:
            rows.append((keys.proposed_header_key(height, block_hash), header))
        self.blocks.write(rows)
        self._proposed.setdefault(height, set()).add(block_hash)

    def write_block(self, head: Head, rows: Sequence[Row]) -> None:
        """Store all rows of the next block at once, then move the marker; durable on return.

        Args:
            head: the block that `rows` complete; one above `last`.
            rows: header, certificate, receipts, leaves, trie nodes, indexes.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        before = self.last
        assert head.height == before.height + 1, "blocks are written in order"
        self.state.write([*rows, (keys.META_HEAD, head.encode() + before.encode())])
        self._marker.write(head)
        self._drop_losers(before)

    def _drop_losers(self, final: Head) -> None:
        """Delete the bodies that lost against a final block; those of an earlier run stay."""
        losers: list[Row] = []
        for height in [height for height in self._proposed if height <= final.height]:
            for block_hash in sorted(self._proposed.pop(height)):
                if height == final.height and block_hash != final.hash:
                    losers.append((keys.body_key(height, block_hash), None))
                    losers.append((keys.proposed_header_key(height, block_hash), None))
        if losers:
            self.blocks.write(losers)

    def snapshot(self) -> StoreSnapshot:
        """Return the present rows of `state` as a view that stays the same."""
        return StoreSnapshot(self.state.snapshot())

    def close(self) -> None:
        """Close both databases; a second call does nothing."""
        self.state.close()
        self.blocks.close()


def checked_identity(state: Reader, blocks: Reader, *, chain: bytes, engine: str) -> Identity:
    """Return whose store it is after comparing both databases with what is expected.

    Args:
        state: rows of `state`.
        blocks: rows of `blocks`.
        chain: hash of the configured genesis.
        engine: name and format version of the database that opened them.

    Raises:
        NodeFault: `store.damaged`, `store.foreign`, `store.schema`, `store.engine` (exit 78).
    """
    for name, rows in ((keys.STATE, state), (keys.BLOCKS, blocks)):
        if rows.get(keys.META_STORE) is None:
            detail = "it holds no record of its own; it is foreign or lost its rows; set it aside"
            raise store_fault("store.damaged", detail, name)
        if rows.get(keys.META_SCHEMA) != str(keys.SCHEMA).encode():
            detail = f"its layout is not version {keys.SCHEMA}; use the program that wrote it"
            raise store_fault("store.schema", detail, name)
        if rows.get(keys.META_ENGINE) != engine.encode():
            detail = f"it was not written by {engine}; use the program that wrote it"
            raise store_fault("store.engine", detail, name)
        if rows.get(keys.META_CHAIN) != chain:
            detail = "it belongs to another chain than the configured genesis"
            raise store_fault("store.foreign", detail, name)
    store_id = state.get(keys.META_STORE)
    if store_id is None or store_id != blocks.get(keys.META_STORE):
        detail = "blocks and state come from different stores; set both aside"
        raise store_fault("store.foreign", detail, f"{keys.BLOCKS} {keys.STATE}")
    return Identity(store_id, chain)


def _stored_heads(rows: Reader) -> tuple[Head, Head]:
    """Return the last block of `state` and the one before it."""
    heads = rows.get(keys.META_HEAD)
    if heads is None or len(heads) != 144:
        raise store_fault("store.damaged", "the last block is not recorded; set it aside", "state")
    return Head.decode(heads[:72]), Head.decode(heads[72:])


def checked_head(state: Reader, blocks: Reader, marked: Head) -> Head:
    """Return the last block of the databases after comparing it with the head marker.

    Args:
        state: rows of `state`.
        blocks: rows of `blocks`.
        marked: what the marker says; a crash may have left it one block behind.

    Raises:
        NodeFault: `store.damaged` (exit 78).
    """
    head, before = _stored_heads(state)
    if marked not in (head, before):
        detail = (
            f"it ends at height {head.height}, the head marker at {marked.height}: "
            "rows were lost or replaced; set the store aside"
        )
        raise store_fault("store.damaged", detail, keys.STATE)
    if head.height > 0:
        _check_last_block(state, blocks, head)
    return head


def _check_last_block(state: Reader, blocks: Reader, head: Head) -> None:
    view = StateView(state)
    if view.header(head.height) is None or view.certificate(head.height) is None:
        detail = f"header or certificate of height {head.height} is missing; set the store aside"
        raise store_fault("store.damaged", detail, keys.STATE)
    if blocks.get(keys.body_key(head.height, head.hash)) is None:
        detail = f"the body of height {head.height} is missing; set the store aside"
        raise store_fault("store.damaged", detail, keys.BLOCKS)
