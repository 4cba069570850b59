"""Opaque blocks for consensus tests: a header that can be judged, a body reference that fits it."""

import hashlib
from dataclasses import dataclass

from consensus import certificate as certificates
from consensus.certificate import VerifySignature
from consensus.messages import BodyReference, header_hash
from consensus.validators import ValidatorSet
from primitives import codec
from primitives.errors import PeerFault
from tests.support.consensus_keys import CHAIN

GENESIS_HASH = CHAIN
GENESIS_TIME_MS = 1_700_000_000_000


class OpaqueHeader(codec.Message):
    """What the tests' ledger judges."""

    height: int
    parent: bytes
    time_ms: int
    proposer: str
    label: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the tests."""

    header: bytes
    body: BodyReference

    @property
    def hash(self) -> bytes:
        """Its header hash."""
        return header_hash(self.header)

    @property
    def fields(self) -> OpaqueHeader:
        """Its decoded header."""
        return codec.decode(self.header, OpaqueHeader, 1024)


def transaction(name: str) -> bytes:
    """Return the hash of a named transaction."""
    return hashlib.sha256(name.encode()).digest()


def body_hash(body: BodyReference) -> bytes:
    """Return the hash that ties a body to its header."""
    return hashlib.sha256(codec.encode(body)).digest()


def make_block(
    label: str,
    *,
    height: int = 1,
    parent: bytes = GENESIS_HASH,
    time_ms: int = GENESIS_TIME_MS + 50,
    proposer: str = "bert",
    transactions: tuple[bytes, ...] = (),
    parent_certificate: bytes = b"",
) -> Block:
    """Return a block; a label that begins with `unlawful` is refused by the tests' ledger."""
    body = BodyReference(transactions, parent_certificate)
    header = OpaqueHeader(height, parent, time_ms, proposer, label, body_hash(body))
    return Block(codec.encode(header), body)


def is_lawful(
    block: Block,
    *,
    height: int,
    parent: bytes,
    parent_time_ms: int,
    interval_ms: int,
    parent_validators: ValidatorSet | None,
    verify_signature: VerifySignature,
) -> bool:
    """Judge a block as the ledger would (BlockOK); its body fits its header."""
    try:
        fields = block.fields
        if block.body.parent_certificate and parent_validators is not None:
            carried = certificates.decode(block.body.parent_certificate)
            if (carried.height, carried.hash) != (height - 1, parent):
                return False
            certificates.verify(
                carried, parent_validators, chain=CHAIN, verify_signature=verify_signature
            )
    except PeerFault:
        return False
    return (
        fields.height == height
        and fields.parent == parent
        and fields.time_ms >= parent_time_ms + interval_ms
        and (height == 1) == (not block.body.parent_certificate)
        and not fields.label.startswith("unlawful")
    )
