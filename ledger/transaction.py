"""A transaction: an agency's signed request for one to a thousand operations.

Rule: what was signed is the envelope's byte string itself; it is decoded once and never encoded
again. All operations take effect or none. The id finds and deduplicates; the hash over the whole
signed bytes is what proposals name and the transactions root covers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from ledger.bills import IssueBill
from ledger.ranges import AllotNumbers
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
TRANSACTION_ID_SIZE: Final = 40

Operation = AllotNumbers | IssueBill
"""Everything a transaction can ask for, by its tag."""

RESERVED_TAGS: Final = {
    3: "FreezeRange",
    4: "ReturnRange",
    5: "WriteOffRange",
    6: "EndorseBills",
    7: "AnchorOriginals",
    8: "ReverseBill",
    9: "ExchangeForPaper",
    10: "VoidPaper",
    11: "OpenOrder",
    12: "CancelOrder",
    13: "RecordPayment",
    14: "RecordRefund",
    15: "LockClaim",
    16: "SettleClaim",
    17: "ReleaseClaim",
    18: "RotateHolder",
    19: "BookBill",
    20: "ArchiveBill",
    21: "PublishDocument",
    22: "SupersedeDocument",
    23: "EraseDocument",
    24: "RequestAccess",
    25: "GrantAccess",
    26: "RevokeAccess",
    27: "RecordAccess",
    28: "Propose",
    29: "Vote",
    30: "RotateKey",
}
"""Tags kept for the operations to come; a tag never changes its meaning."""


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


class SignedTransaction(Message):
    """The bytes that travel."""

    envelope: Annotated[bytes, msgspec.Meta(max_length=TRANSACTION_SIZE_MAX)]
    """The encoded envelope."""
    signature: Signature64
    """Of the sender over `signed_message`."""


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
    data: bytes
    """The whole signed bytes."""


def signed_message(chain: bytes, envelope_bytes: bytes) -> bytes:
    """Return the exact bytes under a transaction's signature."""
    return signing_prefix(Signed.TRANSACTION, chain) + envelope_bytes


def transaction_id(expiry_ms: int, envelope_bytes: bytes) -> bytes:
    """Return the id of an envelope."""
    return expiry_ms.to_bytes(8, "big") + tagged_hash(ENVELOPE, envelope_bytes)


def build(envelope: Envelope, sign: Callable[[bytes], bytes]) -> Transaction:
    """Encode and sign an envelope.

    Args:
        envelope: what is asked.
        sign: returns the 64-byte signature over a message, by the key that `key_id` names.

    Raises:
        Refused: `transaction.too_long` above 1 MiB.
    """
    envelope_bytes = encode(envelope)
    signature = sign(signed_message(envelope.chain, envelope_bytes))
    data = encode(SignedTransaction(envelope_bytes, signature))
    if len(data) > TRANSACTION_SIZE_MAX:
        raise Refused("transaction.too_long", "at most 1 MiB; use several transactions")
    return _transaction(envelope, envelope_bytes, signature, data)


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
    return _transaction(envelope, signed.envelope, signed.signature, data)


def business_numbers(transaction: Transaction) -> Sequence[tuple[str, str]]:
    """Return the (issuer, business number) pairs that a transaction claims.

    Of two waiting transactions that claim the same pair at most one can commit.
    """
    issuer = transaction.envelope.agency
    return [
        (issuer, operation.business_number)
        for operation in transaction.envelope.operations
        if isinstance(operation, IssueBill)
    ]


def _transaction(
    envelope: Envelope, envelope_bytes: bytes, signature: bytes, data: bytes
) -> Transaction:
    return Transaction(
        id=transaction_id(envelope.expiry_ms, envelope_bytes),
        hash=merkle.leaf_hash(data),
        envelope=envelope,
        envelope_bytes=envelope_bytes,
        signature=signature,
        data=data,
    )
