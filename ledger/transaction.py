"""A transaction: an agency's signed request for one to a thousand operations.

Rule: what was signed is the envelope's byte string itself; it is decoded once and never encoded
again. All operations take effect or none. The id finds and deduplicates; the hash over the whole
signed bytes is what proposals name and the transactions root covers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from ledger.issuing import IssueBill
from ledger.operations import Operation
from ledger.orders import OpenOrder
from ledger.payments import RecordPayment, RecordRefund
from primitives import merkle
from primitives.codec import (
    AgencyId,
    Hash32,
    KeyId,
    Message,
    Nonce16,
    Signature64,
    UInt,
    decode,
    encode,
)
from primitives.errors import Refused
from primitives.hashing import ENVELOPE, tagged_hash
from primitives.signing import Signed, signing_prefix

TRANSACTION_SIZE_MAX: Final = 1024 * 1024
OPERATIONS_MAX: Final = 1_000
ACKNOWLEDGMENTS_MAX: Final = 16
APPROVALS_MAX: Final = 1
TRANSACTION_ID_SIZE: Final = 40


class Acknowledgment(Message):
    """A custodian's word that it holds the transaction's documents."""

    agency: AgencyId
    """The custodian."""
    key_id: KeyId
    """Which of its keys signed."""
    signature: Signature64
    """Over the root of the documents' ciphertext hashes."""


class Envelope(Message, tag=1):
    """What the sender signs."""

    chain: Hash32
    """Hash of the genesis file."""
    agency: AgencyId
    """The sender."""
    key_id: KeyId
    """Which of its keys signs."""
    expiry_ms: UInt
    """The last ledger time at which it may take effect."""
    operations: Annotated[
        tuple[Operation, ...], msgspec.Meta(min_length=1, max_length=OPERATIONS_MAX)
    ]
    """What is asked, in order."""
    acknowledgments: Annotated[
        tuple[Acknowledgment, ...], msgspec.Meta(max_length=ACKNOWLEDGMENTS_MAX)
    ]
    """Empty as long as the issuer alone keeps its documents."""
    nonce: Nonce16
    """Makes two equal requests two transactions."""


class Approval(Message):
    """A second person's word for the whole envelope (复核)."""

    key_id: KeyId
    """The checker's key."""
    signature: Signature64
    """Over `approval_message`."""


class SignedTransaction(Message):
    """The bytes that travel."""

    envelope: Annotated[bytes, msgspec.Meta(max_length=TRANSACTION_SIZE_MAX)]
    """The encoded envelope."""
    signature: Signature64
    """Of the sender over `signed_message`."""
    approvals: Annotated[tuple[Approval, ...], msgspec.Meta(max_length=APPROVALS_MAX)] = ()
    """One where an operation asks for it, else none."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A decoded transaction; its signature is not checked yet."""

    id: bytes
    """40 bytes: expiry big-endian, then the envelope's hash; sorts by time."""
    hash: bytes
    """RFC 6962 leaf over `data`."""
    envelope: Envelope
    """What is asked."""
    envelope_bytes: bytes
    """What was signed, behind its prefix."""
    signature: bytes
    """64 bytes."""
    approvals: tuple[Approval, ...]
    """Of a checker, where an operation asks for it."""
    data: bytes
    """The whole signed bytes."""


def signed_message(chain: bytes, envelope_bytes: bytes) -> bytes:
    """Return the exact bytes under a transaction's signature."""
    return signing_prefix(Signed.TRANSACTION, chain) + envelope_bytes


def approval_message(chain: bytes, envelope_bytes: bytes) -> bytes:
    """Return the exact bytes under a checker's approval."""
    return signing_prefix(Signed.APPROVAL, chain) + envelope_bytes


def transaction_id(expiry_ms: int, envelope_bytes: bytes) -> bytes:
    """Return the id of an envelope."""
    return expiry_ms.to_bytes(8, "big") + tagged_hash(ENVELOPE, envelope_bytes)


def build(
    envelope: Envelope,
    sign: Callable[[bytes], bytes],
    approve: Callable[[bytes], Approval] | None = None,
) -> Transaction:
    """Encode and sign an envelope.

    Args:
        envelope: what is asked.
        sign: returns the 64-byte signature over a message, by the key that `key_id` names.
        approve: returns a checker's approval over a message, where an operation asks for it.

    Raises:
        Refused: `transaction.too_long` above 1 MiB.
    """
    envelope_bytes = encode(envelope)
    signature = sign(signed_message(envelope.chain, envelope_bytes))
    approvals: tuple[Approval, ...] = ()
    if approve is not None:
        approvals = (approve(approval_message(envelope.chain, envelope_bytes)),)
    signed = SignedTransaction(envelope_bytes, signature, approvals)
    data = encode(signed)
    if len(data) > TRANSACTION_SIZE_MAX:
        raise Refused("transaction.too_long", "at most 1 MiB; use several transactions")
    return _transaction(envelope, signed, data)


def decode_transaction(data: bytes, chain: bytes) -> Transaction:
    """Read a transaction's bytes.

    Args:
        data: the whole signed bytes.
        chain: the genesis hash it must name.

    Raises:
        PeerFault: `codec.*` when the bytes are no transaction.
        Refused: `transaction.wrong_chain`.
    """
    signed = decode(data, SignedTransaction, TRANSACTION_SIZE_MAX)
    envelope = decode(signed.envelope, Envelope, TRANSACTION_SIZE_MAX)
    if envelope.chain != chain:
        raise Refused("transaction.wrong_chain", "it was made for another chain", "chain")
    return _transaction(envelope, signed, data)


def claims(transaction: Transaction) -> Sequence[str]:
    """Return the names that a transaction takes for ever: business numbers, orders, references.

    Of two waiting transactions that take the same name at most one can commit.
    """
    sender = transaction.envelope.agency
    return [
        name
        for operation in transaction.envelope.operations
        if (name := _claim(sender, operation)) is not None
    ]


def _claim(sender: str, operation: Operation) -> str | None:
    match operation:
        case IssueBill(business_number=number):
            return f"{sender}/{number}"
        case OpenOrder(order=order):
            return f"order:{sender}/{order}"
        case RecordPayment(reference=reference):
            return f"payment:{sender}/{reference}"
        case RecordRefund(reference=reference):
            return f"refund:{sender}/{reference}"
        case _:
            return None


def _transaction(envelope: Envelope, signed: SignedTransaction, data: bytes) -> Transaction:
    return Transaction(
        id=transaction_id(envelope.expiry_ms, signed.envelope),
        hash=merkle.leaf_hash(data),
        envelope=envelope,
        envelope_bytes=signed.envelope,
        signature=signed.signature,
        approvals=signed.approvals,
        data=data,
    )
