"""What the vote log keeps of consensus: the payloads of its numbered records.

Rule: a Signed record is durable before its message leaves the node, and a Commit's lock stands in
the same record, so that vote and lock are durable together (§2.9).
"""

from typing import Annotated, TypeAlias

import msgspec

from consensus.certificate import PreparedCertificate
from consensus.messages import EvidenceFound
from primitives import codec

RECORD_SIZE_MAX = 300 * 1024


class SignedRecord(codec.Message, tag=1):
    """An own signed message."""

    message: Annotated[bytes, msgspec.Meta(max_length=256 * 1024)]
    """The encoded message, signature included: what was sent, byte for byte."""
    lock: PreparedCertificate | None
    """With a Commit: the quorum of Prepares it rests on."""


class DecidedRecord(codec.Message, tag=2):
    """A height was decided."""

    height: codec.UInt
    """The height."""
    hash: codec.Hash32
    """Header hash."""


class SignFromRecord(codec.Message, tag=3):
    """Quarantine: nothing is signed below this height."""

    height: codec.UInt
    """First height that may be signed; the largest UInt while it is not yet known."""


class EvidenceRecord(codec.Message, tag=4):
    """A proof of a liar."""

    found: EvidenceFound
    """The two messages."""


class CleanShutdownRecord(codec.Message, tag=5):
    """The node stopped in order; nothing was under way."""

    height: codec.UInt
    """Height it was working on."""


Record: TypeAlias = (
    SignedRecord | DecidedRecord | SignFromRecord | EvidenceRecord | CleanShutdownRecord
)


def decode(payload: bytes) -> Record:
    """Read one record's payload.

    Raises:
        PeerFault: when it is none; a storage that kept its checksum never yields such a payload.
    """
    record: Record = codec.decode(payload, Record, RECORD_SIZE_MAX)  # type: ignore[arg-type]
    return record
