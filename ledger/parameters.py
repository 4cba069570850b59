"""The rules that all nodes share as numbers: timing, limits and policy.

Rule: a parameter is ledger state, never a node setting, so that it cannot differ between nodes.
"""

from typing import Annotated, Final

import msgspec

from primitives.codec import Message

_Span = Annotated[int, msgspec.Meta(ge=1, le=86_400_000)]
_BusType = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}\Z")]
Kind = Annotated[str, msgspec.Meta(pattern=r"^(?:0[1-9]|[1-9][0-9])\Z")]
"""票据种类: digits 5 and 6 of a bill's code, "01" to "99"."""


class Parameters(Message, tag=2):
    """The leaf of the ledger's parameters; the defaults are those of a new chain."""

    block_interval_ms: _Span = 50
    """Blocks are never closer than this."""
    heartbeat_ms: _Span = 60_000
    """An empty block is made after so long, so that a proof is never older."""
    round_timeout_ms: _Span = 1_000
    """How long the first round of a height may take: T0."""
    round_timeout_max_ms: _Span = 30_000
    """The longest round: Tmax."""
    precision_ms: _Span = 500
    """How far honest clocks may differ: PREC."""
    message_delay_ms: _Span = 5_000
    """How long a message may take between honest nodes: DELAY."""
    max_expiry_ms: _Span = 3_600_000
    """How far ahead of ledger time a transaction may expire."""
    max_block_bytes: Annotated[int, msgspec.Meta(ge=2048, le=2 * 1024 * 1024)] = 2 * 1024 * 1024
    """The longest body."""
    max_block_operations: Annotated[int, msgspec.Meta(ge=1, le=5_000)] = 5_000
    """Operations in one block."""
    max_transaction_operations: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1_000
    """Operations in one transaction."""
    vault_copies: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    """Custodians that must hold a sealed document; 1 is the issuer alone, the only value yet."""
    bus_types: Annotated[
        tuple[tuple[_BusType, Kind], ...], msgspec.Meta(min_length=1, max_length=99)
    ] = (("01", "02"), ("02", "01"), ("03", "03"), ("06", "04"))
    """The bill kind of each HIS business type (busType), ascending."""
    rounding_fen: Annotated[int, msgspec.Meta(ge=0, le=100)] = 5
    """The largest rounding line (货币误差) between a class and its list lines, in fen."""
    personal_part_rule: bool = True
    """Whether account + own payment must equal 自付 + 自费 (a provincial rule)."""


PARAMETERS_KEY: Final = b"p/"


def kind_of_bus_type(parameters: Parameters, bus_type: str) -> str | None:
    """Return the bill kind of a HIS business type; None when the province has none."""
    return dict(parameters.bus_types).get(bus_type)
