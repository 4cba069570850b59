"""Who may say what the state is: the validator set, a quorum's certificate, the header.

Rule: trust starts at the genesis file or at a checkpoint that several agencies publish, and at
nothing else. A checkpoint fixes one height: keys that were stolen long before it prove nothing
after it, and what is older than it needs a fresh receipt.
"""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec

from consensus import certificate as certificates
from consensus.certificate import CommitCertificate
from consensus.validators import Validator, ValidatorSet
from ledger.block import BLOCK_VERSION, SUITE, Header, decode_header, header_hash
from ledger.genesis import read_genesis
from primitives.codec import UInt
from primitives.errors import PeerFault
from primitives.hashing import HASH_SIZE, plain_hash
from primitives.signing import is_valid_public_key, verify
from proofs.errors import VerificationFailed, require
from proofs.jsonfile import Base64Url, dump_json, load_json
from proofs.receipt import NamedValidators

CHECKPOINT_FORMAT: Final = "piaolian-checkpoint-1"
CHECKPOINT_SIZE_MAX: Final = 64 * 1024


class Checkpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dated statement of one height, published by several agencies apart from the chain."""

    format: Literal["piaolian-checkpoint-1"]
    """The file's form."""
    chain: Base64Url
    """Hash of the genesis file."""
    height: UInt
    """The height it fixes."""
    header_hash: Base64Url
    """The block that stands there."""
    validators: NamedValidators
    """The set that votes on that height, in register order."""
    date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
    """The day it was published, in Asia/Shanghai."""


@dataclass(frozen=True, slots=True)
class Trust:
    """From where a proof's trust starts."""

    start: Literal["genesis", "checkpoint"]
    """Which file was believed."""
    chain: bytes
    """Hash of the genesis file."""
    height: int
    """0 of the genesis, else the checkpoint's."""
    header_hash: bytes | None
    """The checkpoint's block; None of the genesis."""
    date: str | None
    """The checkpoint's day; None of the genesis."""
    validators: ValidatorSet
    """The set it names."""
    names: dict[str, str]
    """Agencies' names by id, as the genesis tells them; empty of a checkpoint."""


def load_checkpoint(data: bytes) -> Checkpoint:
    """Read a checkpoint file.

    Raises:
        VerificationFailed: `genesis.malformed`: the start of trust is not one.
    """
    return load_json(data, Checkpoint, size_max=CHECKPOINT_SIZE_MAX, step="genesis")


def dump_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Return the file of a checkpoint."""
    return dump_json(checkpoint)


def trust_genesis(data: bytes, chain: bytes) -> Trust:
    """Start from a genesis file.

    Args:
        data: the file's bytes.
        chain: the chain that the receipt names.

    Raises:
        VerificationFailed: `genesis.differs`, `genesis.malformed`.
    """
    require(plain_hash(data) == chain, "genesis", "differs", "the receipt is of another chain")
    try:
        genesis = read_genesis(data)
        entries = genesis.validators
        validators = ValidatorSet(
            tuple(Validator(e.agency, e.suite, e.public_key) for e in entries)
        )
    except PeerFault as error:
        raise VerificationFailed("genesis", "malformed", f"{error}") from error
    names = {agency_id: agency.name for agency_id, agency in genesis.agencies}
    return Trust("genesis", chain, 0, None, None, validators, names)


def trust_checkpoint(checkpoint: Checkpoint, chain: bytes) -> Trust:
    """Start from a checkpoint.

    Raises:
        VerificationFailed: `genesis.differs`, `genesis.malformed`.
    """
    require(checkpoint.chain == chain, "genesis", "differs", "the receipt is of another chain")
    keys = [validator.public for validator in checkpoint.validators]
    require(
        all(is_valid_public_key(key) for key in keys) and len(checkpoint.header_hash) == HASH_SIZE,
        "genesis",
        "malformed",
        "the checkpoint holds a key or a hash that is none",
    )
    try:
        validators = set_of(checkpoint.validators)
    except PeerFault as error:
        raise VerificationFailed("genesis", "malformed", f"{error}") from error
    return Trust(
        "checkpoint",
        chain,
        checkpoint.height,
        bytes(checkpoint.header_hash),
        checkpoint.date,
        validators,
        {},
    )


def set_of(validators: NamedValidators) -> ValidatorSet:
    """Return the consensus's form of a set.

    Raises:
        PeerFault: `validators.*`: it is none.
    """
    return ValidatorSet(tuple(Validator(v.agency, v.suite, bytes(v.public)) for v in validators))


def check_certificate(data: bytes, validators: ValidatorSet, chain: bytes) -> CommitCertificate:
    """Check that a quorum signed one header hash in one round.

    Raises:
        VerificationFailed: `certificate.malformed`, `certificate.no_quorum`,
            `certificate.bad_signature`.
    """
    try:
        certificate = certificates.decode(data)
    except PeerFault as error:
        raise VerificationFailed("certificate", "malformed", f"{error}") from error
    try:
        certificates.verify(certificate, validators, chain=chain, verify_signature=verify)
    except PeerFault as error:
        reason = "no_quorum" if error.code == "certificate.no_quorum" else "bad_signature"
        raise VerificationFailed("certificate", reason, error.detail) from error
    return certificate


def check_header(
    data: bytes, certificate: CommitCertificate, validators: ValidatorSet, trust: Trust
) -> Header:
    """Check that a header is the one that was certified, and lies where trust reaches.

    Raises:
        VerificationFailed: `header.differs`, `header.malformed`, `header.other_chain`,
            `header.other_height`, `header.other_validators`, `header.before_checkpoint`.
    """
    require(header_hash(data) == certificate.hash, "header", "differs", "not the certified header")
    try:
        header = decode_header(data)
    except PeerFault as error:
        raise VerificationFailed("header", "malformed", f"{error}") from error
    known = (header.version, header.suite) == (BLOCK_VERSION, SUITE)
    require(known, "header", "malformed", "another version or crypto suite")
    require(header.chain == trust.chain, "header", "other_chain", "the header is of another chain")
    same = header.height == certificate.height
    require(same, "header", "other_height", "the certificate is of another height")
    same = header.validators_hash == validators.hash
    require(same, "header", "other_validators", "another set votes on this height")
    reached = header.height > trust.height or (
        header.height == trust.height and certificate.hash == trust.header_hash
    )
    require(reached, "header", "before_checkpoint", "ask for a receipt newer than the checkpoint")
    return header
