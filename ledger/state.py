"""What a check may look at: the committed state, and drafts of changes above it.

Rule: a value read from disk is believed only after its leaf was found in the trie below the
certified state root; every node on the way is hashed against its parent. A draft never touches
what is below it.
"""

from collections.abc import Iterator
from typing import Any, Final, Protocol, TypeVar

import msgspec

from ledger import trie
from ledger.agencies import Agency
from primitives.codec import Message, decode
from primitives.errors import NodeFault
from primitives.trie import leaf_hash, value_hash

L = TypeVar("L", bound=Message)
BillNumber = tuple[str, int]
"""Code and number of a bill."""

VALUE_SIZE_MAX: Final = 1024 * 1024
CACHE_MAX: Final = 50_000
"""Answers a view remembers of each kind; about 10 MiB when full."""


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

    leaves: tuple[tuple[bytes, Message], ...]
    """State keys and their new facts."""
    result: Any
    """The operation's entry in the receipt."""
    face: Message | None = None
    """The face of the bill that was issued."""
    business_number: tuple[str, str] | None = None
    """Issuer and business number that now lead to `number`."""
    number: BillNumber | None = None
    """The bill they lead to."""


class View:
    """The committed state below one certified root, verified as it is read."""

    def __init__(
        self,
        state: State,
        state_root: bytes,
        known: tuple[dict[bytes, Any], dict[str, BillNumber | None]] | None = None,
    ) -> None:
        """Open the state.

        Args:
            state: the committed rows.
            state_root: the `state_root` of the header they belong to.
            known: what an earlier view read and nothing changed since.

        Raises:
            NodeFault: `state.damaged` when the rows lead to another root.
        """
        self.state_root = state_root
        self._state = state
        self._root = trie.open_root(state.node, state_root)
        self._leaves, self._numbers = known or ({}, {})

    def value(self, key: bytes) -> bytes | None:
        """Return the verified value under `key`; None when the trie proves there is none.

        Raises:
            NodeFault: `state.damaged` when rows and root disagree.
        """
        expected = trie.find(self._state.node, self._root, key)
        value = self._state.get(key)
        if expected is None and value is None:
            return None
        if value is None or leaf_hash(key, value_hash(value)) != expected:
            raise NodeFault("state.damaged", "a stored fact does not match the state root")
        return value

    def prove(self, key: bytes) -> trie.Proof:
        """Return the proof of presence or absence of `key` below the state root."""
        return trie.prove(self._state.node, self._state.get, self._root, key)

    def leaf(self, key: bytes, type_: type[L]) -> L | None:
        """Return the fact under `key`, decoded; remembered as long as the view lives."""
        try:
            fact: L | None = self._leaves[key]
        except KeyError:
            value = self.value(key)
            fact = None if value is None else decode(value, type_, VALUE_SIZE_MAX)
            _remember(self._leaves, key, fact)
        return fact

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """Return the latest bill under an issuer's business number."""
        name = f"{issuer}/{business_number}"
        try:
            return self._numbers[name]
        except KeyError:
            number = self._state.bill_of(issuer, business_number)
            _remember(self._numbers, name, number)
            return number

    def receipt_of(self, transaction_id: bytes) -> bytes | None:
        """Return the encoded receipt of a committed transaction."""
        return self._state.receipt_of(transaction_id)

    @property
    def node(self) -> trie.ReadNode:
        """How the trie's records are read."""
        return self._state.node

    @property
    def root(self) -> trie.Node | None:
        """The trie's root; None of an empty state."""
        return self._root

    def after(self, draft: "Draft", state_root: bytes) -> "View":
        """Return the view of the state into which `draft` was written; this one is then spent.

        Raises:
            NodeFault: `state.damaged` when the rows lead to another root.
        """
        for key, fact in draft.facts():
            if key in self._leaves:
                self._leaves[key] = fact
        for name, number in draft.numbers.items():
            _remember(self._numbers, name, number)
        return View(self._state, state_root, (self._leaves, self._numbers))


class Draft:
    """Changes above a view or another draft, seen by whoever reads through it."""

    __slots__ = ("_below", "_facts", "numbers")

    def __init__(self, below: "View | Draft") -> None:
        self._below = below
        self._facts: dict[bytes, Message] = {}
        self.numbers: dict[str, BillNumber] = {}

    def leaf(self, key: bytes, type_: type[L]) -> L | None:
        """Return the fact under `key`, the newest first."""
        fact: Any = self._facts.get(key)
        return self._below.leaf(key, type_) if fact is None else fact

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """Return the latest bill under an issuer's business number, the newest first."""
        number = self.numbers.get(f"{issuer}/{business_number}")
        return self._below.bill_of(issuer, business_number) if number is None else number

    def add(self, changes: Changes) -> None:
        """Let one operation take effect."""
        for key, fact in changes.leaves:
            self._facts[key] = fact
        if changes.business_number is not None and changes.number is not None:
            issuer, business_number = changes.business_number
            self.numbers[f"{issuer}/{business_number}"] = changes.number

    def merge(self, above: "Draft") -> None:
        """Take over all changes of a draft above this one."""
        self._facts.update(above.facts())
        self.numbers.update(above.numbers)

    def put(self, key: bytes, fact: Message) -> None:
        """Set one fact."""
        self._facts[key] = fact

    def facts(self) -> Iterator[tuple[bytes, Message]]:
        """Return the changed facts, in the order of their first change."""
        return iter(self._facts.items())


def _remember(cache: dict[Any, Any], key: Any, answer: Any) -> None:
    if len(cache) >= CACHE_MAX:
        del cache[next(iter(cache))]
    cache[key] = answer
