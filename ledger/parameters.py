"""The rules that all nodes share as numbers: timing, limits and policy.

Rule: a parameter is ledger state, never a node setting, so that it cannot differ between nodes;
it changes only by a vote.
"""

from typing import Annotated, Final

import msgspec

from primitives.codec import AgencyId, Message, UInt, UInt32
from primitives.errors import Refused

_Span = Annotated[int, msgspec.Meta(ge=1, le=86_400_000)]
_LongSpan = Annotated[int, msgspec.Meta(ge=1, le=366 * 86_400_000)]
_BusType = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}\Z")]
_Tag = Annotated[int, msgspec.Meta(ge=1, le=127)]
Kind = Annotated[str, msgspec.Meta(pattern=r"^(?:0[1-9]|[1-9][0-9])\Z")]
"""票据种类: digits 5 and 6 of a bill's code, "01" to "99"."""
PayerClass = Annotated[int, msgspec.Meta(ge=1, le=6)]
"""Whose burden a claim relieves: see `ledger.claims`."""


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
    prepaid_sum_rule: bool = True
    """Whether prepaid + recharged - refunded must equal the own payment (a provincial rule)."""
    pay_channels_rule: bool = True
    """Whether the payment channels must make the total (a provincial rule)."""
    division: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}\Z")] = "460000"
    """Administrative division of the supervising finance department (SupervisorAreaCode)."""
    agency_operations_per_block: Annotated[int, msgspec.Meta(ge=1, le=5_000)] = 5_000
    """Operations of one agency in one block: its quota."""
    person_bills_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 60
    """Bills a person's key may make in a minute of ledger time, whatever its agency allows."""
    person_bills_per_day: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 2_000
    """The same for a day in Asia/Shanghai."""
    checked_operations: Annotated[tuple[_Tag, ...], msgspec.Meta(max_length=127)] = ()
    """Tags of the operations that a second person must approve (复核), ascending."""
    order_life_max_ms: _LongSpan = 180 * 86_400_000
    """How long a charge order may be open for payment."""
    instalments_max: Annotated[int, msgspec.Meta(ge=1, le=100)] = 12
    """Payments that one order may be paid in."""
    bill_due_ms: _LongSpan = 86_400_000
    """How long after its payment an order has its bill; later its money may be asked back."""
    refund_due_ms: _LongSpan = 86_400_000
    """How long a provider has to pay back what is owed."""
    claim_lease_max_ms: _LongSpan = 30 * 86_400_000
    """How long a claim may hold a bill."""
    statutory_payers: Annotated[
        tuple[tuple[AgencyId, PayerClass], ...], msgspec.Meta(max_length=1_000)
    ] = ()
    """Who may claim by statutory power, and for which class, without the holder's grant."""
    readiness_ms: _LongSpan = 86_400_000
    """How long a candidate's sign of readiness counts."""
    key_overlap_max_ms: _LongSpan = 30 * 86_400_000
    """How long an old key may count beside the new one."""
    document_kinds: Annotated[
        tuple[tuple[Kind, Annotated[int, msgspec.Meta(ge=1, le=100)]], ...],
        msgspec.Meta(max_length=99),
    ] = (("01", 15), ("02", 30), ("03", 30))
    """Kinds of sealed documents beside bills, with the years each is kept: outpatient records
    (门（急）诊病历), inpatient records (住院病历), health files (健康档案)."""
    upgrade_version: UInt32 = 0
    """Version of the rules that holds from `upgrade_height` on; a program that knows less stops."""
    upgrade_height: UInt = 0
    """See `upgrade_version`; 0 while no change is fixed."""


PARAMETERS_KEY: Final = b"p/"
RULES_VERSION: Final = 1
"""Version of the rules that this program knows."""
NEVER_CHECKED: Final = frozenset((6, 7, 31, 43))
"""EndorseBills, AnchorOriginals and SignalReadiness, which nodes sign by themselves; IssueKey, by
which an agency that has no checker gets one."""


def kind_of_bus_type(parameters: Parameters, bus_type: str) -> str | None:
    """Return the bill kind of a HIS business type; None when the province has none."""
    return dict(parameters.bus_types).get(bus_type)


def check_parameters(parameters: Parameters) -> None:
    """Refuse with `parameter.wrong_value` values that do not go together."""
    if parameters.round_timeout_max_ms < parameters.round_timeout_ms:
        raise Refused(
            "parameter.wrong_value",
            "the longest round is not shorter than the first",
            "round_timeout_max_ms",
        )
    for field in ("bus_types", "checked_operations", "statutory_payers", "document_kinds"):
        values = getattr(parameters, field)
        if list(values) != sorted(set(values)):
            raise Refused("parameter.wrong_value", "each once, ascending", field)
    for field in ("bus_types", "document_kinds"):
        values = getattr(parameters, field)
        if len(dict(values)) != len(values):
            raise Refused("parameter.wrong_value", "each has one meaning", field)
    if not NEVER_CHECKED.isdisjoint(parameters.checked_operations):
        raise Refused(
            "parameter.wrong_value", "this cannot wait for a checker", "checked_operations"
        )
