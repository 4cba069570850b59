"""The messages by which validators agree, as they travel.

Rule: the number beside each class is for ever; a retired number is never used again. Votes and
round changes are signed (`sign_bytes`); what is attached to them proves itself. A message names its
signer by index in the validator set of its height. No block hash travels beside a header: it is
computed, so it cannot differ.

| tag | message | signed | | tag | message | signed |
|---|---|---|---|---|---|---|
| 1 | Proposal | yes | | 8 | GetBody | no |
| 2 | Prepare | yes | | 9 | GetCertificates | no |
| 3 | Commit | yes | | 10 | BlockBody | no (fits a hash) |
| 4 | RoundChange | yes | | 11 | GetVoteOfMine | no |
| 5 | Decided | certificate | | 12 | VoteOfYours | yes |
| 6 | Status | no (hint) | | 13 | EvidenceFound | both parts |
| 7 | GetProposal | no | | | | |
"""

from typing import Annotated, Final, TypeAlias

import msgspec

from consensus.certificate import CommitCertificate, Index, PreparedCertificate, Round
from consensus.quorum import VALIDATORS_MAX
from consensus.sign_bytes import block_vote_bytes, round_change_bytes
from primitives import codec
from primitives.errors import PeerFault
from primitives.hashing import HEADER, tagged_hash
from primitives.signing import Signed

HEADER_SIZE_MAX = 1024
BODY_SIZE_MAX = 2 * 1024 * 1024 + 64 * 1024
TRANSACTIONS_MAX = 5000
CERTIFICATES_MAX = 64
"""Most heights that one GetCertificates asks for."""

HeaderBytes: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=1, max_length=HEADER_SIZE_MAX)]
ParentCertificateBytes: TypeAlias = Annotated[bytes, msgspec.Meta(max_length=16 * 1024)]
UNSIGNED: Final = b""
"""Stands for the signature in a message that the voter has yet to sign; never decodes."""


class BodyReference(codec.Message):
    """What a block's body is made of: enough to rebuild it from the mempool."""

    transactions: Annotated[tuple[codec.Hash32, ...], msgspec.Meta(max_length=TRANSACTIONS_MAX)]
    """Hashes of the whole signed transactions, in block order."""
    parent_certificate: ParentCertificateBytes
    """The certificate of the parent as the builder saw it; empty at height 1."""


class RoundChangeSeal(codec.Message):
    """A RoundChange bare of height, round and certificate, inside a Proposal of that round."""

    signer: Index
    """Who changed to the proposal's round."""
    prepared_round_plus_1: codec.UInt32
    """Round of its lock plus one; 0 for none."""
    prepared_hash: codec.Hash32
    """Header hash of its lock; zeros for none."""
    signature: codec.Signature64
    """Over `round_change_bytes` with the proposal's height and round."""


class Proposal(codec.Message, tag=1):
    """The proposer's block for one round; from round 1 on with its justification."""

    signer: Index
    """The proposer's index."""
    height: codec.UInt
    """Height of the block."""
    round: Round
    """Round it is proposed in."""
    header: HeaderBytes
    """Header bytes; their tagged hash is what is agreed on."""
    body: BodyReference
    """Unsigned: a wrong reference is mended by fetching the body by hash."""
    round_changes: Annotated[tuple[RoundChangeSeal, ...], msgspec.Meta(max_length=VALIDATORS_MAX)]
    """A quorum of round changes to `round`, signers ascending; none in round 0."""
    prepared: PreparedCertificate | None
    """The highest lock among `round_changes`; None when none is locked."""
    signature: codec.Signature64
    """Over the header hash."""


class Prepare(codec.Message, tag=2):
    """I accepted this block in this round."""

    signer: Index
    """Who votes."""
    height: codec.UInt
    """Height of the block."""
    round: Round
    """Round of the vote."""
    hash: codec.Hash32
    """Header hash."""
    signature: codec.Signature64
    """By the signer's validator key."""


class Commit(codec.Message, tag=3):
    """I saw a quorum prepare this block in this round; the signature is the seal."""

    signer: Index
    """Who votes."""
    height: codec.UInt
    """Height of the block."""
    round: Round
    """Round of the vote."""
    hash: codec.Hash32
    """Header hash."""
    signature: codec.Signature64
    """By the signer's validator key."""


class RoundChange(codec.Message, tag=4):
    """I left all rounds below `round`; this is my lock."""

    signer: Index
    """Who changes."""
    height: codec.UInt
    """The height that goes on."""
    round: Round
    """The target round, at least 1."""
    prepared_round_plus_1: codec.UInt32
    """Round of the lock plus one; 0 for none."""
    prepared_hash: codec.Hash32
    """Header hash of the lock; zeros for none."""
    prepared: PreparedCertificate | None
    """The lock itself; None without one."""
    signature: codec.Signature64
    """Over everything but the certificate, which proves itself."""


class Decided(codec.Message, tag=5):
    """A height's outcome, for one who is behind; the body is fetched by hash."""

    header: HeaderBytes
    """Header bytes of the decided block."""
    certificate: CommitCertificate
    """Why it is decided."""


class Status(codec.Message, tag=6):
    """Where the sender is: a hint, never believed without proof."""

    height: codec.UInt
    """Height it works on."""
    round: Round
    """Round it is in."""


class GetProposal(codec.Message, tag=7):
    """Asks for the proposal of a round."""

    height: codec.UInt
    """Height of the round."""
    round: Round
    """The round."""


class GetBody(codec.Message, tag=8):
    """Asks for header and body of a block."""

    height: codec.UInt
    """Height under which the body is stored."""
    hash: codec.Hash32
    """Header hash."""


class GetCertificates(codec.Message, tag=9):
    """Asks for `Decided` of a range of heights."""

    first: codec.UInt
    """Lowest height wanted."""
    count: Annotated[int, msgspec.Meta(ge=1, le=CERTIFICATES_MAX)]
    """How many heights at most."""


class BlockBody(codec.Message, tag=10):
    """The answer to GetBody."""

    header: HeaderBytes
    """Header bytes: they must hash to what was asked."""
    body: Annotated[bytes, msgspec.Meta(max_length=BODY_SIZE_MAX)]
    """The body's bytes: they must fit the header's roots."""


class GetVoteOfMine(codec.Message, tag=11):
    """A starting validator asks: what is the highest vote of mine that you hold?"""

    nonce: codec.Nonce16
    """Fresh bytes that the answer signs."""


class VoteOfYours(codec.Message, tag=12):
    """The answer to GetVoteOfMine."""

    nonce: codec.Nonce16
    """As asked."""
    vote: Annotated[bytes, msgspec.Meta(max_length=32 * 1024)]
    """The encoded vote with its signature; empty when none is held."""
    signature: codec.Signature64
    """The answering validator's, over `status_answer_bytes`."""


class EvidenceFound(codec.Message, tag=13):
    """Two signed messages of one validator that no honest validator sends together."""

    first: "Proposal | Prepare | Commit | RoundChange"
    """The one held first, bare of attachments."""
    second: "Proposal | Prepare | Commit | RoundChange"
    """The one that contradicts it, bare of attachments."""


SignedMessage: TypeAlias = Proposal | Prepare | Commit | RoundChange
"""What a validator signs, at most once per (kind, height, round)."""
ConsensusMessage: TypeAlias = (
    SignedMessage
    | Decided
    | Status
    | GetProposal
    | GetBody
    | GetCertificates
    | BlockBody
    | GetVoteOfMine
    | VoteOfYours
    | EvidenceFound
)

SIZE_MAX: Final = {
    1: 256 * 1024,
    2: 128,
    3: 128,
    4: 32 * 1024,
    5: 32 * 1024,
    6: 32,
    7: 32,
    8: 64,
    9: 32,
    10: BODY_SIZE_MAX + 4 * 1024,
    11: 32,
    12: 36 * 1024,
    13: 8 * 1024,
}
"""Most bytes of a message, by tag."""

KIND_OF: Final = {
    Proposal: Signed.PROPOSAL,
    Prepare: Signed.PREPARE,
    Commit: Signed.COMMIT,
    RoundChange: Signed.ROUND_CHANGE,
}


def decode(data: bytes) -> ConsensusMessage:
    """Read one consensus message; refusing costs less than the message did.

    Raises:
        PeerFault: unknown tag, too long for its tag, malformed or not canonical.
    """
    size_max = SIZE_MAX.get(data[1]) if len(data) > 1 else None
    if size_max is None:
        raise PeerFault("codec.malformed", "not a consensus message")
    message: ConsensusMessage = codec.decode(data, ConsensusMessage, size_max)  # type: ignore[arg-type]
    return message


def header_hash(header: bytes) -> bytes:
    """Return the hash that validators agree on."""
    return tagged_hash(HEADER, header)


def hash_of(message: SignedMessage) -> bytes:
    """Return the header hash that a signed message is about; of a RoundChange, that of its lock."""
    match message:
        case Proposal():
            return header_hash(message.header)
        case RoundChange():
            return message.prepared_hash
        case Prepare() | Commit():
            return message.hash


def payload_of(message: SignedMessage) -> bytes:
    """Return the signed tail: what must not differ between two messages of one (kind, h, r)."""
    if isinstance(message, RoundChange):
        return message.prepared_round_plus_1.to_bytes(4, "big") + message.prepared_hash
    return hash_of(message)


def sign_bytes(message: SignedMessage, chain: bytes) -> bytes:
    """Return the exact bytes that the signer of `message` signs.

    Args:
        message: signed or not; its signature is not looked at.
        chain: chain id, 32 bytes.
    """
    if isinstance(message, RoundChange):
        return round_change_bytes(
            chain,
            message.height,
            round_=message.round,
            prepared_round_plus_1=message.prepared_round_plus_1,
            prepared_hash=message.prepared_hash,
        )
    kind = KIND_OF[type(message)]
    return block_vote_bytes(kind, chain, message.height, message.round, hash_of(message))
