"""What travels between two nodes: a frame is one kind byte, then the payload.

Rule: the number of a kind is for ever; a retired one is never used again. Every payload has its
limit and one byte form; what a frame claims is a claim until something in it proves it.

| kind | payload | priority |
|---|---|---|
| 1 HELLO | `Hello`, first on every link, both ways | consensus |
| 2 CONSENSUS | one message of `consensus.messages` | consensus; bodies: blocks |
| 3 TRANSACTIONS | list of whole signed transactions | transactions |
| 4 GET_TRANSACTIONS | `GetTransactions`, answered with TRANSACTIONS | blocks |
| 5 GET_BLOCKS | `GetBlocks`, answered with BLOCK frames in order, then BLOCKS_END | blocks |
| 6 BLOCK | `FinalBlock` | blocks |
| 7 BLOCKS_END | `BlocksEnd` | blocks |
| 8 STANDING | `Standing`, every second | consensus |
| 16 to 31 | kept for the vault | vault |
"""

from enum import IntEnum
from typing import Annotated, Final, TypeAlias

import msgspec

from consensus.messages import (
    BODY_SIZE_MAX,
    HEADER_SIZE_MAX,
    BlockBody,
    ConsensusMessage,
)
from consensus.messages import SIZE_MAX as CONSENSUS_SIZE_MAX
from consensus.messages import decode as decode_consensus
from node.ports import FRAME_SIZE_MAX
from primitives import codec
from primitives.errors import PeerFault

PROTOCOL_VERSION: Final = 1
TRANSACTION_SIZE_MAX: Final = 1024 * 1024
TRANSACTIONS_MAX: Final = 5_000
"""In one frame, and in one question."""
TRANSACTIONS_FRAME_BYTES: Final = 512 * 1024
"""A batch is cut at about this size, so that votes never wait behind it for long."""
BLOCKS_MAX: Final = 64
"""Heights in one GetBlocks."""
HEIGHT_MAX: Final = 2**53
"""A height above it is absurd: at 20 blocks a second it lies 14 million years ahead."""


class Kind(IntEnum):
    """The first byte of a frame."""

    HELLO = 1
    CONSENSUS = 2
    TRANSACTIONS = 3
    GET_TRANSACTIONS = 4
    GET_BLOCKS = 5
    BLOCK = 6
    BLOCKS_END = 7
    STANDING = 8


class Priority(IntEnum):
    """Which frames of a link go first."""

    CONSENSUS = 0
    BLOCKS = 1
    TRANSACTIONS = 2
    VAULT = 3


class Hello(codec.Message):
    """Who is there; the certificate proved the agency already."""

    protocol: codec.UInt32
    """`PROTOCOL_VERSION`: another one is not spoken here."""
    chain: codec.Hash32
    """Hash of the genesis file."""
    agency: codec.AgencyId
    """As in the certificate."""
    height: codec.UInt
    """Of the newest final block: a claim."""


class GetTransactions(codec.Message):
    """Asks for transactions that a proposal names."""

    hashes: Annotated[
        tuple[codec.Hash32, ...], msgspec.Meta(min_length=1, max_length=TRANSACTIONS_MAX)
    ]
    """Hashes of the whole signed transactions."""


class GetBlocks(codec.Message):
    """Asks for final blocks."""

    first: codec.UInt
    """Lowest height wanted."""
    count: Annotated[int, msgspec.Meta(ge=1, le=BLOCKS_MAX)]
    """How many at most."""


class FinalBlock(codec.Message):
    """One final block with the proof that it is."""

    height: codec.UInt
    """Its height: a claim, for finding its place in the answer."""
    header: Annotated[bytes, msgspec.Meta(min_length=1, max_length=HEADER_SIZE_MAX)]
    """Header bytes."""
    certificate: Annotated[bytes, msgspec.Meta(min_length=1, max_length=16 * 1024)]
    """Its CommitCertificate."""
    body: Annotated[bytes, msgspec.Meta(min_length=1, max_length=BODY_SIZE_MAX)]
    """Body bytes."""


class BlocksEnd(codec.Message):
    """Ends the answer to a GetBlocks."""

    next: codec.UInt
    """First height that was not sent."""
    height: codec.UInt
    """The sender's newest final height."""


class Standing(codec.Message):
    """Where the sender is: a claim."""

    height: codec.UInt
    """Of its newest final block."""
    connected: Annotated[tuple[codec.AgencyId, ...], msgspec.Meta(max_length=256)]
    """Agencies it has a link to, ascending: who needs votes relayed."""


Transactions: TypeAlias = Annotated[
    list[Annotated[bytes, msgspec.Meta(min_length=1, max_length=TRANSACTION_SIZE_MAX)]],
    msgspec.Meta(max_length=TRANSACTIONS_MAX),
]

_TYPES: Final[dict[int, tuple[type, int]]] = {
    Kind.HELLO: (Hello, 256),
    Kind.TRANSACTIONS: (Transactions, FRAME_SIZE_MAX),
    Kind.GET_TRANSACTIONS: (GetTransactions, 36 * TRANSACTIONS_MAX),
    Kind.GET_BLOCKS: (GetBlocks, 32),
    Kind.BLOCK: (FinalBlock, FRAME_SIZE_MAX),
    Kind.BLOCKS_END: (BlocksEnd, 32),
    Kind.STANDING: (Standing, 16 * 1024),
}

Frame: TypeAlias = (
    Hello
    | ConsensusMessage
    | list[bytes]
    | GetTransactions
    | GetBlocks
    | FinalBlock
    | BlocksEnd
    | Standing
)


def encode_frame(kind: Kind, payload: object) -> bytes:
    """Return the frame of a typed payload."""
    return bytes([kind]) + codec.encode(payload)


def consensus_frame(message: ConsensusMessage) -> bytes:
    """Return the frame of a consensus message."""
    return b"\x02" + codec.encode(message)


def priority_of(message: ConsensusMessage) -> Priority:
    """Return how urgent a consensus message is: all but bodies come first."""
    return Priority.BLOCKS if isinstance(message, BlockBody) else Priority.CONSENSUS


def decode_frame(frame: bytes) -> Frame:
    """Read one frame.

    Raises:
        PeerFault: `frame.unknown_kind`, `frame.absurd_height`, or what the codec says.
    """
    if not frame:
        raise PeerFault("frame.empty", "a frame has at least one byte")
    kind = frame[0]
    if kind == Kind.CONSENSUS:
        return _decode_consensus(frame[1:])
    if kind not in _TYPES:
        raise PeerFault("frame.unknown_kind", f"kind {kind} is not spoken here")
    type_, size_max = _TYPES[kind]
    message: Frame = codec.decode(frame[1:], type_, size_max)
    height = getattr(message, "height", 0)
    if height > HEIGHT_MAX:
        raise PeerFault("frame.absurd_height", "no chain is that long")
    return message


def _decode_consensus(payload: bytes) -> ConsensusMessage:
    message = decode_consensus(payload)
    if getattr(message, "height", 0) > HEIGHT_MAX:
        raise PeerFault("frame.absurd_height", "no chain is that long")
    return message


def split_transactions(transactions: list[bytes]) -> list[bytes]:
    """Return the frames that carry `transactions`, each about `TRANSACTIONS_FRAME_BYTES` long."""
    frames = []
    batch: list[bytes] = []
    size = 0
    for transaction in transactions:
        if batch and (
            size + len(transaction) > TRANSACTIONS_FRAME_BYTES or len(batch) >= TRANSACTIONS_MAX
        ):
            frames.append(encode_frame(Kind.TRANSACTIONS, batch))
            batch, size = [], 0
        batch.append(transaction)
        size += len(transaction)
    if batch:
        frames.append(encode_frame(Kind.TRANSACTIONS, batch))
    return frames


LONGEST_CONSENSUS: Final = max(CONSENSUS_SIZE_MAX.values()) + 1
assert LONGEST_CONSENSUS <= FRAME_SIZE_MAX
