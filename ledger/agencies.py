"""The members of the chain: who they are, what they may do, which keys speak for them.

Rule: a role allows operations, a key's purpose limits what its signature is worth; a suspended
agency submits nothing.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from primitives.codec import AgencyId, Key32, KeyId, Message, UInt32
from primitives.errors import Refused

FINANCE: Final = "finance"
HOSPITAL: Final = "hospital"
ROLES: Final = (FINANCE, HOSPITAL, "insurer", "health", "audit", "provider")
"""财政部门, 医疗机构, 医保与商保, 卫健委, 审计, 支付服务方."""

DESK: Final = "desk"
VALIDATOR: Final = "validator"
NODE: Final = "node"
SEALING: Final = "sealing"
PURPOSES: Final = ("governance", NODE, VALIDATOR, DESK, "checker", "provider", SEALING)
"""What a key of an agency may be used for."""

CERTIFICATE_SIZE_MAX: Final = 2048
"""A self-signed Ed25519 certificate takes about 400 bytes."""
KEYS_MAX: Final = 64

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
    certificate: Certificate
    """DER of the certificate its node's links are known by."""
    suspended: bool
    """Whether its transactions are refused."""
    keys: Annotated[tuple[AgencyKey, ...], msgspec.Meta(max_length=KEYS_MAX)]
    """All its keys that are in force."""


def agency_key(agency: AgencyId) -> bytes:
    """Return the state key of an agency's leaf."""
    return b"a/%b/" % agency.encode()


def key_of(agency: Agency, key_id: bytes, purpose: str) -> bytes:
    """Return the public key of `purpose` that `key_id` names.

    Raises:
        Refused: `agency.unknown_key`, or `agency.wrong_key_purpose`.
    """
    for key in agency.keys:
        if key.key_id == key_id:
            if key.purpose != purpose:
                raise Refused(
                    "agency.wrong_key_purpose", f"a {purpose} key must sign this", "key_id"
                )
            return key.public
    raise Refused("agency.unknown_key", "the agency has no such key", "key_id")


def require_role(agency: Agency, role: str) -> None:
    """Refuse with `agency.wrong_role` unless `agency` has `role`."""
    if role not in agency.roles:
        raise Refused("agency.wrong_role", f"only an agency with the role {role} may do this")


def keys_of_purpose(agency: Agency, purpose: str) -> Sequence[AgencyKey]:
    """Return the agency's keys of one purpose, in register order."""
    return [key for key in agency.keys if key.purpose == purpose]
