"""What a check may look at: the committed state, and drafts of changes above it.

Rule: a value read from disk is believed only after its leaf was found in the trie below the
certified state root; every node on the way is hashed against its parent. A draft never touches
what is below it.
"""

from collections import OrderedDict
from collections.abc import Generator, Mapping
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import msgspec

from ledger import trie
from ledger.agencies import Agency
from ledger.keys import ActingKey
from ledger.parameters import Parameters
from primitives.codec import Message, decode
from primitives.errors import NodeFault
from primitives.trie import leaf_hash, value_hash

L = TypeVar("L", bound=Message)
BillNumber = tuple[str, int]
"""Code and number of a bill."""
Leaves = tuple[tuple[bytes, Message], ...]
"""State keys and their new facts."""

VALUE_SIZE_MAX: Final = 1024 * 1024
CACHE_MAX: Final = 20_000
"""Answers a view remembers of each kind; about 10 MiB when all are full."""
LEAVES_A_STEP: Final = 1_000
"""Leaves that go into the trie between two pauses: about 4 ms."""


class State(Protocol):
    """The committed state as bytes; storage answers it, tests answer it from a dict."""

    def get(self, key: bytes) -> bytes | None:
        """Return a leaf's value."""

    def node(self, path: bytes) -> bytes | None:
        """Return the trie's record at a path, one byte per nibble."""

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """Return the latest bill under an issuer's business number."""

    def receipt_of(self, transaction_id: bytes) -> bytes | None:
        """Return the encoded receipt of a committed transaction."""


class Facts(Protocol):
    """What an operation's check reads: a view, or a draft above one."""

    def leaf(self, key: bytes, type_: type[L]) -> L | None:
        """Return the fact under `key`."""

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """Return the latest bill under an issuer's business number."""


class Context(msgspec.Struct, frozen=True, gc=False):
    """What surrounds one operation."""

    sender: str
    """The agency whose key signed."""
    agency: Agency
    """Its leaf."""
    key: ActingKey
    """The key that signed."""
    chain: bytes
    """The chain id."""
    parameters: Parameters
    """The ledger's."""
    time_ms: int
    """Ledger time: the block's."""
    year: str
    """Last two digits of the block's year in Asia/Shanghai."""
    height: int
    """The block's height."""
    transaction_index: int
    """Place of the transaction in the block."""
    operation_index: int
    """Place of the operation in its transaction."""


class Changes(msgspec.Struct, frozen=True, gc=False):
    """What one operation brings about."""

    leaves: Leaves
    """State keys and their new facts."""
    result: Any
    """The operation's entry in the receipt."""
    face: Any = None
    """The `Face` of the bill that was issued."""
    business_number: str = ""
    """`issuer/business number` that now leads to `number`."""
    number: BillNumber | None = None
    """The bill it leads to."""


class Known(NamedTuple):
    """What a view has read; each kind bounded by `CACHE_MAX`."""

    facts: OrderedDict[bytes, Any]
    """Decoded leaves by key; None where there is none."""
    numbers: OrderedDict[str, BillNumber | None]
    """Bills by `issuer/business number`."""
    receipts: OrderedDict[bytes, bytes | None]
    """Receipts by transaction id."""


class View:
    """The committed state below one certified root, verified as it is read."""

    def __init__(self, state: State, state_root: bytes, known: Known | None = None) -> None:
        """Open the state.

        Args:
            state: the committed rows.
            state_root: the `state_root` of the header they belong to.
            known: what an earlier view read and nothing changed since.

        Raises:
            NodeFault: `state.damaged` when the rows lead to another root.
        """
        self.state_root = state_root
        self.root = trie.open_root(state.node, state_root)
        self._state = state
        self._known = known or Known(OrderedDict(), OrderedDict(), OrderedDict())

    def value(self, key: bytes) -> bytes | None:
        """Return the verified value under `key`; None when the trie proves there is none.

        Raises:
            NodeFault: `state.damaged` when rows and root disagree.
        """
        expected = trie.find(self._state.node, self.root, key)
        value = self._state.get(key)
        if expected is None and value is None:
            return None
        if value is None or leaf_hash(key, value_hash(value)) != expected:
            raise NodeFault("state.damaged", "a stored fact does not match the state root")
        return value

    def prove(self, key: bytes) -> trie.Proof:
        """Return the proof of presence or absence of `key` below the state root."""
        return trie.prove(self._state.node, self._state.get, self.root, key)

    def update_steps(self, changes: Mapping[bytes, bytes]) -> Generator[None, None, trie.Update]:
        """Return the trie after `changes`, values by key; nothing is written.

        Yields:
            After each `LEAVES_A_STEP` leaves.
        """
        root = self.root
        records: dict[bytes, bytes] = {}

        def read(path: bytes) -> bytes | None:
            return records.get(path) or self._state.node(path)

        keys = sorted(changes)
        for start in range(0, len(keys), LEAVES_A_STEP):
            step = {key: changes[key] for key in keys[start : start + LEAVES_A_STEP]}
            root, changed = trie.update(read, root, step)
            records.update(changed)
            yield
        return trie.Update(root, records)

    def leaf(self, key: bytes, type_: type[L]) -> L | None:
        """Return the fact under `key`, decoded; remembered as long as it holds."""
        facts = self._known.facts
        try:
            fact: L | None = facts[key]
        except KeyError:
            value = self.value(key)
            fact = None if value is None else decode(value, type_, VALUE_SIZE_MAX)
            _remember(facts, key, fact)
        return fact

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """Return the latest bill under an issuer's business number."""
        name = f"{issuer}/{business_number}"
        numbers = self._known.numbers
        try:
            number = numbers[name]
        except KeyError:
            number = self._state.bill_of(issuer, business_number)
            _remember(numbers, name, number)
        return number

    def receipt_of(self, transaction_id: bytes) -> bytes | None:
        """Return the encoded receipt of a committed transaction."""
        receipts = self._known.receipts
        try:
            receipt = receipts[transaction_id]
        except KeyError:
            receipt = self._state.receipt_of(transaction_id)
            _remember(receipts, transaction_id, receipt)
        return receipt

    def after(self, draft: "Draft", state_root: bytes) -> "View":
        """Return the view of the state into which `draft` was written; this one is then spent.

        Raises:
            NodeFault: `state.damaged` when the rows lead to another root.
        """
        known = self._known
        for key, fact in draft.facts.items():
            if key in known.facts:
                known.facts[key] = fact
        for name in known.numbers.keys() & draft.numbers.keys():
            known.numbers[name] = draft.numbers[name]
        for transaction_id in known.receipts.keys() & draft.receipts.keys():
            known.receipts[transaction_id] = draft.receipts[transaction_id]
        return View(self._state, state_root, known)


class Draft:
    """Changes above a view or another draft, seen by whoever reads through it.

    What it has read below stays as it was while it is in use, so it is read once.
    """

    __slots__ = ("_below", "_read", "facts", "numbers", "receipts")

    def __init__(self, below: "View | Draft") -> None:
        self._below = below
        self._read: dict[bytes, Any] = {}
        self.facts: dict[bytes, Message] = {}
        self.numbers: dict[str, BillNumber] = {}
        self.receipts: dict[bytes, bytes] = {}

    def leaf(self, key: bytes, type_: type[L]) -> L | None:
        """Return the fact under `key`, the newest first."""
        fact: Any = self.facts.get(key)
        if fact is not None:
            found: L = fact
            return found
        read = self._read
        if key not in read:
            read[key] = self._below.leaf(key, type_)
        known: L | None = read[key]
        return known

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """Return the latest bill under an issuer's business number, the newest first."""
        number = self.numbers.get(f"{issuer}/{business_number}")
        return self._below.bill_of(issuer, business_number) if number is None else number

    def receipt_of(self, transaction_id: bytes) -> bytes | None:
        """Return the encoded receipt of a transaction that took effect."""
        receipt = self.receipts.get(transaction_id)
        return self._below.receipt_of(transaction_id) if receipt is None else receipt

    def add(self, changes: Changes) -> None:
        """Let one operation take effect."""
        self.facts.update(changes.leaves)
        if changes.number is not None:
            self.numbers[changes.business_number] = changes.number

    def merge(self, above: "Draft") -> None:
        """Take over all changes of a draft above this one."""
        self.facts.update(above.facts)
        self.numbers.update(above.numbers)
        self.receipts.update(above.receipts)


class Overlay:
    """Facts with some new leaves above them, for a check that changes a thing twice."""

    __slots__ = ("_below", "_leaves")

    def __init__(self, below: Facts, leaves: Leaves) -> None:
        self._below = below
        self._leaves = dict(leaves)

    def leaf(self, key: bytes, type_: type[L]) -> L | None:
        """Return the fact under `key`, the newest first."""
        fact: Any = self._leaves.get(key)
        return self._below.leaf(key, type_) if fact is None else fact

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """Return the latest bill under an issuer's business number."""
        return self._below.bill_of(issuer, business_number)


def _remember(cache: OrderedDict[Any, Any], key: Any, answer: Any) -> None:
    if len(cache) >= CACHE_MAX:
        cache.popitem(last=False)
    cache[key] = answer
