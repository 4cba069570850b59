"""What the node tells those who ask it: the API, the portal's stream, the operator.

Rule: `accepted` means in line at this node, `committed` means final, with a receipt.
"""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from primitives.errors import Refused


class Outcome(StrEnum):
    """Where a transaction stands, as far as this node knows."""

    ACCEPTED = "accepted"
    COMMITTED = "committed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CommittedReceipt:
    """Where a committed transaction stands in the chain, and what came of it."""

    height: int
    """The block."""
    index: int
    """Its place in the block, from 0."""
    receipt: bytes
    """The receipt's bytes; `ledger.receipt.decode_receipt` reads them."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The answer to `Node.submit` and `Node.outcome`."""

    id: bytes
    """Transaction id, 40 bytes; empty when the bytes are no transaction."""
    status: Outcome
    """Where it stands."""
    refusal: Refused | None = None
    """Why, when refused."""
    receipt: CommittedReceipt | None = None
    """When committed."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest final block."""

    height: int
    """0 is the genesis."""
    hash: bytes
    """Header hash; at height 0 the chain id."""
    state_root: bytes
    """As in the header."""
    time_ms: int
    """Ledger time."""


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """What `/v1/status` tells."""

    chain: bytes
    """Hash of the genesis file."""
    agency: str
    """Whose node this is."""
    head: Head
    """The newest final block."""
    validators: int
    """Size of the set of the next height."""
    quorum: int
    """Votes that decide."""
    is_member: bool
    """Whether the ledger has this agency, as far as this node knows."""
    is_validator: bool
    """Whether this agency votes at the next height."""
    ready: bool
    """Started, linked to a quorum, neither syncing nor broken nor full: work may be handed in."""
    syncing: bool
    """Whether peers have proved to be ahead and blocks are being fetched."""
    sign_from: int | None
    """Quarantine: the first height it signs at, -1 while that is not yet known; None without."""
    round: int
    """Round of the height being agreed on."""
    pending_transactions: int
    """Waiting here."""
    pending_bytes: int
    """Their size."""
    peers_connected: int
    """Links that are up."""


class PeerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one member's node; the API answers it as it is."""

    agency: str
    """Its id."""
    address: str
    """Where it was last seen, or where it is configured to be."""
    direction: str
    """`out`: we called; `in`: it called; empty when not connected."""
    connected: bool
    """Whether a link is up."""
    height: int
    """The height it last claimed; 0 when it never did."""
    score: int
    """100 at best; at 0 it is banned."""
    banned_until_ms: int
    """Wall clock; 0 when it is not banned."""
    ban_reason: str
    """Code of the last fault; empty when there was none."""
    bytes_in: int
    """Received on all links so far."""
    bytes_out: int
    """Sent."""
    messages_in: int
    """Frames received."""
    messages_out: int
    """Frames sent."""
