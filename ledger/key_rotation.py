"""Keys and certificates of an agency's programs change, the old beside the new for a while.

Rule: only a governance key changes them. The old one counts until the overlap is over; a validator
key votes from the height after the next, alone. A node's links go on across a change.
"""

from typing import Annotated

import msgspec

from ledger.agencies import (
    CERTIFICATES_MAX,
    KEYS_MAX,
    NODE,
    SEALING,
    VALIDATOR,
    AgencyCertificate,
    AgencyKey,
    Certificate,
    Purpose,
    agency_key,
    certificates_of,
    in_force,
)
from ledger.keys import PersonKey, person_key_key
from ledger.results import Done
from ledger.state import Changes, Context, Facts, Leaves
from ledger.validators import VALIDATORS_KEY, ValidatorSets, validator_sets
from primitives.codec import Key32, KeyId, Message
from primitives.errors import Refused
from primitives.signing import SUITE_ED25519, is_valid_public_key, key_id

_Overlap = Annotated[int, msgspec.Meta(ge=0, le=366 * 86_400_000)]


class RotateKey(Message, tag=30):
    """An agency puts a new key of its programs in the place of an old one."""

    purpose: Purpose
    """What both are for."""
    old: KeyId
    """The key that goes."""
    public: Key32
    """The key that comes; X25519 for sealing, else Ed25519."""
    overlap_ms: _Overlap
    """How long the old one still counts; of a validator key nothing."""


class RotateCertificate(Message, tag=42):
    """An agency's node will be known by a new certificate."""

    certificate: Certificate
    """DER of the new one."""
    overlap_ms: _Overlap
    """How long links with the old one are still taken."""


def check_rotate_key(facts: Facts, operation: RotateKey, context: Context) -> Changes:
    """Change a key.

    Raises:
        Refused: `key.unknown`, `key.bad_public`, `key.exists`, `key.overlap_too_long`,
            `key.too_many`, `key.use_certificate`.
    """
    agency, purpose = context.agency, operation.purpose
    if purpose == NODE:
        raise Refused("key.use_certificate", "a node's key changes with its certificate", "purpose")
    is_known = any(
        key.key_id == operation.old and key.purpose == purpose and in_force(key, context.time_ms)
        for key in agency.keys
    )
    if not is_known:
        raise Refused("key.unknown", "the agency has no such key of this purpose", "old")
    _check_new(facts, operation, context)
    _check_overlap(operation.overlap_ms, context)
    new = AgencyKey(
        key_id(operation.public), purpose, SUITE_ED25519, operation.public, context.time_ms
    )
    over = context.time_ms + operation.overlap_ms
    keys = [
        msgspec.structs.replace(key, until_ms=over) if key.key_id == operation.old else key
        for key in agency.keys
        if key.until_ms == 0 or key.until_ms > context.time_ms
    ]
    if len(keys) >= KEYS_MAX:
        raise Refused("key.too_many", "let old keys end first", "public")
    after = msgspec.structs.replace(agency, keys=(*keys, new))
    leaves: Leaves = ((agency_key(context.sender), after),)
    if purpose == VALIDATOR:
        leaves += _votes_with(facts, context.sender, operation.public)
    return Changes(leaves, Done())


def check_rotate_certificate(
    facts: Facts, operation: RotateCertificate, context: Context
) -> Changes:
    """Change the certificate of the agency's node.

    Raises:
        Refused: `certificate.exists`, `certificate.too_many`, `key.overlap_too_long`.
    """
    agency = context.agency
    _check_overlap(operation.overlap_ms, context)
    known = certificates_of(agency, context.time_ms)
    if operation.certificate in known:
        raise Refused("certificate.exists", "the node is known by it already", "certificate")
    if len(known) >= CERTIFICATES_MAX:
        raise Refused("certificate.too_many", "wait until the last change is over", "certificate")
    old = AgencyCertificate(known[0], context.time_ms + operation.overlap_ms)
    certificates = (old, AgencyCertificate(operation.certificate))
    after = msgspec.structs.replace(agency, certificates=certificates)
    return Changes(((agency_key(context.sender), after),), Done())


def _check_new(facts: Facts, operation: RotateKey, context: Context) -> None:
    public = operation.public
    if operation.purpose != SEALING and not is_valid_public_key(public):
        raise Refused("key.bad_public", "not a public key of this suite", "public")
    id_ = key_id(public)
    is_a_persons = facts.leaf(person_key_key(context.sender, id_), PersonKey) is not None
    if is_a_persons or any(key.key_id == id_ for key in context.agency.keys):
        raise Refused("key.exists", "it was in use before", "public")


def _check_overlap(overlap_ms: int, context: Context) -> None:
    if overlap_ms > context.parameters.key_overlap_max_ms:
        raise Refused("key.overlap_too_long", "the old one ends sooner", "overlap_ms")


def _votes_with(facts: Facts, agency: str, public: bytes) -> Leaves:
    """Return the validator sets in which an agency votes with another key from h + 2 on."""
    sets = validator_sets(facts)
    after_next = tuple(
        msgspec.structs.replace(entry, public_key=public) if entry.agency == agency else entry
        for entry in sets.after_next
    )
    return ((VALIDATORS_KEY, ValidatorSets(sets.next, after_next)),)
