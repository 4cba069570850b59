"""The members of the chain: who they are, what they may do, which keys speak for them.

Rule: a role allows operations, a key's purpose limits what its signature is worth; who is suspended
or removed submits nothing. A key or certificate counts from one ledger time to another, so that an
old and a new one overlap while they change.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from ledger.axes import Axis, No
from primitives.codec import AgencyId, Key32, KeyId, Message, UInt, UInt32
from primitives.errors import Refused

FINANCE: Final = "finance"
HOSPITAL: Final = "hospital"
INSURER: Final = "insurer"
PROVIDER_ROLE: Final = "provider"
ROLES: Final = (FINANCE, HOSPITAL, INSURER, "health", "audit", PROVIDER_ROLE)
"""财政部门, 医疗机构, 医保与商保, 卫健委, 审计, 支付服务方."""

GOVERNANCE: Final = "governance"
NODE: Final = "node"
VALIDATOR: Final = "validator"
DESK: Final = "desk"
CHECKER: Final = "checker"
PROVIDER: Final = "provider"
SEALING: Final = "sealing"
PURPOSES: Final = (GOVERNANCE, NODE, VALIDATOR, DESK, CHECKER, PROVIDER, SEALING)
"""What a key of an agency may be used for."""

CERTIFICATE_SIZE_MAX: Final = 2048
"""A self-signed Ed25519 certificate takes about 400 bytes."""
CERTIFICATES_MAX: Final = 2
"""The one in force and the one that follows it."""
KEYS_MAX: Final = 64

ACTIVE: Final = 0
SUSPENDED: Final = 1
REMOVED: Final = 2

_GONE: Final = No("agency.removed", "a removed agency does not come back; add a new one")
STANDING: Final = Axis(
    "standing",
    "成员状态",
    ("ACTIVE 在册", "SUSPENDED 暂停", "REMOVED 退出"),
    {
        "SuspendAgency": (
            (SUSPENDED,),
            No("agency.suspended", "it is suspended already"),
            _GONE,
        ),
        "RestoreAgency": (
            No("agency.not_suspended", "it is active"),
            (ACTIVE,),
            _GONE,
        ),
        "RemoveAgency": ((REMOVED,), (REMOVED,), _GONE),
    },
)
"""How an agency stands; moved by governance alone."""

Role = Annotated[str, msgspec.Meta(pattern=rf"^(?:{'|'.join(ROLES)})\Z")]
Purpose = Annotated[str, msgspec.Meta(pattern=rf"^(?:{'|'.join(PURPOSES)})\Z")]
AgencyName = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Uscc = Annotated[str, msgspec.Meta(min_length=18, max_length=18)]
Suite = Annotated[int, msgspec.Meta(ge=1, le=1)]
Certificate = Annotated[bytes, msgspec.Meta(min_length=1, max_length=CERTIFICATE_SIZE_MAX)]


class AgencyKey(Message):
    """One public key of an agency."""

    key_id: KeyId
    """By which transactions name it."""
    purpose: Purpose
    """The only thing it may be used for."""
    suite: Suite
    """The crypto suite it belongs to."""
    public: Key32
    """The key; X25519 for sealing, else Ed25519."""
    from_ms: UInt = 0
    """Ledger time from which it counts."""
    until_ms: UInt = 0
    """Ledger time at which it ceases to count; 0 while no end is set."""


class AgencyCertificate(Message):
    """One certificate by which the links of an agency's node are known."""

    der: Certificate
    """Its bytes."""
    until_ms: UInt = 0
    """Ledger time at which it ceases to count; 0 while no end is set."""


class Agency(Message, tag=1):
    """The leaf of one member (成员单位)."""

    name: AgencyName
    """Its name for people."""
    uscc: Uscc
    """Unified social credit code (统一社会信用代码), 18 characters."""
    roles: Annotated[tuple[Role, ...], msgspec.Meta(max_length=len(ROLES))]
    """What it may do, in the order of `ROLES`."""
    index: UInt32
    """Its place in the register."""
    certificates: Annotated[
        tuple[AgencyCertificate, ...], msgspec.Meta(min_length=1, max_length=CERTIFICATES_MAX)
    ]
    """Those its node's links are known by, the newest last."""
    standing: Annotated[int, msgspec.Meta(ge=ACTIVE, le=REMOVED)]
    """ACTIVE, SUSPENDED or REMOVED."""
    is_frozen: bool
    """Whether finance lets it issue nothing for now (停用开票)."""
    keys: Annotated[tuple[AgencyKey, ...], msgspec.Meta(max_length=KEYS_MAX)]
    """Its keys, those of the past included until they are replaced."""


class Register(Message, tag=10):
    """The leaf `m/`: the ids of all members in register order, those removed included."""

    agencies: Annotated[tuple[AgencyId, ...], msgspec.Meta(max_length=10_000)]
    """An agency's index is its place."""


REGISTER_KEY: Final = b"m/"


def agency_key(agency: AgencyId) -> bytes:
    """Return the state key of an agency's leaf."""
    return b"a/%b/" % agency.encode()


def in_force(item: AgencyKey | AgencyCertificate, time_ms: int) -> bool:
    """Tell whether a key or certificate counts at a ledger time."""
    starts = item.from_ms if isinstance(item, AgencyKey) else 0
    return starts <= time_ms and (item.until_ms == 0 or time_ms < item.until_ms)


def require_member(agency: Agency | None) -> Agency:
    """Return an agency that takes part.

    Raises:
        Refused: `agency.unknown`, `agency.suspended`, `agency.removed`.
    """
    if agency is None:
        raise Refused("agency.unknown", "no agency has this id", "agency")
    if agency.standing == SUSPENDED:
        raise Refused("agency.suspended", "its transactions are refused for now", "agency")
    if agency.standing == REMOVED:
        raise Refused("agency.removed", "it is no member any more", "agency")
    return agency


def keys_of_purpose(agency: Agency, purpose: str, time_ms: int = 0) -> Sequence[AgencyKey]:
    """Return the agency's keys of one purpose that count at a time, in register order."""
    return [key for key in agency.keys if key.purpose == purpose and in_force(key, time_ms)]


def certificates_of(agency: Agency, time_ms: int) -> Sequence[bytes]:
    """Return the certificates (DER) by which an agency's links are known at a time."""
    if agency.standing == REMOVED:
        return ()
    return [item.der for item in agency.certificates if in_force(item, time_ms)]
