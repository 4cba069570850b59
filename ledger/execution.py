"""One block's transactions taking effect above the state, one after another.

Rule: nothing is written; what changed is kept until the block is final. Rows are what the store
gets then, in one batch.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from ledger.bills import Face
from ledger.block import receipts_root, transactions_root
from ledger.checks import Moment, check_transaction, signature_check
from ledger.day_totals import day_total_leaves
from ledger.faces import faces_key, faces_leaf
from ledger.governance import take_effect
from ledger.payments import Payment
from ledger.receipt import RECEIPT_SIZE_MAX, Receipt, encode_receipt
from ledger.state import BillNumber, Draft, View
from ledger.transaction import Transaction
from ledger.trie import state_root_of
from ledger.validators import VALIDATORS_KEY, ValidatorSets, validator_sets
from primitives.codec import Message, decode, encode
from primitives.errors import Refused

IsSigned = Callable[[Transaction, bytes], bool]
"""Tells whether the public key signed the transaction: a verdict kept, or a verification."""

LEAF_PREFIX: Final = b"s"
RECORD_PREFIX: Final = b"t"
RECEIPT_PREFIX: Final = b"x"
NUMBER_PREFIX: Final = b"n"
ORDER_PREFIX: Final = b"p"
PAYMENT_LEAF: Final = b"y/"


class ReceiptRow(NamedTuple):
    """What the store holds under a transaction's id."""

    height: int
    """The block it stands in."""
    transaction_index: int
    """Its place in the block."""
    receipt: bytes
    """The encoded receipt."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What a block does, before and until it is written."""

    height: int
    """The block's height."""
    transactions_root: bytes
    """Over the whole signed transactions."""
    receipts_root: bytes
    """Over the receipts."""
    state_root: bytes
    """Over the state after the block."""
    receipts: tuple[bytes, ...]
    """Encoded, in block order."""
    leaves: dict[bytes, bytes]
    """Changed values by state key."""
    records: dict[bytes, bytes]
    """Changed records of the trie by path."""
    faces: tuple[Face, ...]
    """Of the bills it issued, in block order."""
    draft: Draft
    """The changes as facts, for `View.after`."""

    def rows(self) -> Iterator[tuple[bytes, bytes]]:
        """Return the store's rows: prefixed key and value."""
        for key, value in self.leaves.items():
            yield LEAF_PREFIX + key, value
        for path, record in self.records.items():
            yield RECORD_PREFIX + path, record
        for index, (transaction_id, receipt) in enumerate(self.draft.receipts.items()):
            row = ReceiptRow(self.height, index, receipt)
            yield RECEIPT_PREFIX + transaction_id, encode(row)
        for key in self.leaves:
            if key.startswith(PAYMENT_LEAF):
                yield payment_row(key, self.draft.facts[key]), b""
        for name, (code, number) in self.draft.numbers.items():
            yield NUMBER_PREFIX + name.encode(), b"%b%010d" % (code.encode(), number)


def receipt_in(row: bytes) -> ReceiptRow:
    """Read the row under a transaction's id; PeerFault `codec.*` when it is none."""
    return decode(row, ReceiptRow, RECEIPT_SIZE_MAX + 32)


def payment_row(key: bytes, payment: Message) -> bytes:
    """Return the row by which an order leads to a payment on it."""
    assert isinstance(payment, Payment), "a leaf of payments holds a payment"
    name = key.removeprefix(PAYMENT_LEAF).removesuffix(b"/")
    return ORDER_PREFIX + f"{payment.payee}/{payment.order}/".encode() + name


def number_in(row: bytes) -> BillNumber:
    """Read the row under an issuer's business number."""
    return row[:8].decode(), int(row[8:])


class Execution:
    """A block in the making, or under examination."""

    def __init__(self, view: View, moment: Moment, is_signed: IsSigned) -> None:
        """Start an empty block.

        Args:
            view: the state before it.
            moment: its height and time.
            is_signed: verdicts on signatures.
        """
        self._view = view
        self._moment = moment
        self._is_signed = is_signed
        self._draft = Draft(view)
        self._hashes: list[bytes] = []
        self._faces: list[Face] = []

    def add(self, transaction: Transaction) -> None:
        """Let one more transaction take effect, wholly.

        Raises:
            Refused: with nothing changed; `transaction.bad_signature` or as `check_transaction`.
        """
        draft, index = self._draft, len(self._hashes)
        accepted = check_transaction(draft, transaction, self._moment, index=index)
        to_verify = signature_check(draft, transaction, self._moment.time_ms)
        if not self._is_signed(transaction, to_verify.public_key):
            raise Refused(
                "transaction.bad_signature", "the named key did not sign this", "signature"
            )
        receipt = Receipt(transaction.id, self._moment.height, index, accepted.results)
        draft.merge(accepted.draft)
        draft.receipts[transaction.id] = encode_receipt(receipt)
        self._hashes.append(transaction.hash)
        self._faces += accepted.faces

    def finish_steps(self) -> Generator[None, None, Executed]:
        """Close the block: the leaves it makes by itself, the trie, the roots.

        Yields:
            Now and then: a full block's trie takes longer than a thread should be held.
        """
        draft, height = self._draft, self._moment.height
        if self._faces:
            draft.facts[faces_key(height)] = faces_leaf(self._faces)
            draft.facts.update(day_total_leaves(draft, self._faces, self._moment.time_ms))
        yield
        draft.facts.update(take_effect(draft, height, self._moment.time_ms))
        self._rotate_validators()
        leaves = {key: encode(fact) for key, fact in draft.facts.items()}
        yield
        update = yield from self._view.update_steps(leaves)
        receipts = tuple(draft.receipts.values())
        return Executed(
            height=height,
            transactions_root=transactions_root(self._hashes),
            receipts_root=receipts_root(receipts),
            state_root=state_root_of(update.root),
            receipts=receipts,
            leaves=leaves,
            records=update.records,
            faces=tuple(self._faces),
            draft=draft,
        )

    def _rotate_validators(self) -> None:
        """Let the set after the next become the next; a change of this block is after it."""
        before, now = validator_sets(self._view), validator_sets(self._draft)
        rotated = ValidatorSets(before.after_next, now.after_next)
        if rotated != before:
            self._draft.facts[VALIDATORS_KEY] = rotated
