"""Proof that a quorum prepared, and proof that a quorum committed.

Rule: at least a quorum of distinct validators of the height's set, all in one single round, all
over one header hash; signers strictly ascending. A certificate that mixes rounds proves nothing.
"""

import itertools
from collections.abc import Callable
from typing import Annotated, TypeAlias

import msgspec

from consensus.quorum import VALIDATORS_MAX
from consensus.sign_bytes import block_vote_bytes
from consensus.validators import ValidatorSet
from primitives import codec
from primitives.errors import PeerFault
from primitives.hashing import CERTIFICATE, tagged_hash
from primitives.signing import Signed

ROUND_MAX = 10**6
"""A higher round is refused unread: nobody gets there honestly (§2.11)."""
CERTIFICATE_SIZE_MAX = 16 * 1024

Round: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=ROUND_MAX)]
Index: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=VALIDATORS_MAX)]
Seal: TypeAlias = tuple[Index, codec.Signature64]
"""A signer's index in the set of the height, and its signature."""
Seals: TypeAlias = Annotated[tuple[Seal, ...], msgspec.Meta(max_length=VALIDATORS_MAX)]
VerifySignature: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""(public key, signed bytes, signature) -> valid."""


class PreparedCertificate(codec.Message):
    """A quorum of Prepares of one round over one hash: the lock."""

    height: codec.UInt
    """Height of the block."""
    round: Round
    """The one round of all its seals."""
    hash: codec.Hash32
    """Header hash."""
    seals: Seals
    """Prepare signatures, signers strictly ascending."""


class CommitCertificate(codec.Message):
    """A quorum of Commits of one round over one hash: the decision."""

    height: codec.UInt
    """Height of the block."""
    round: Round
    """The one round of all its seals."""
    hash: codec.Hash32
    """Header hash."""
    seals: Seals
    """Commit signatures, signers strictly ascending."""


Certificate: TypeAlias = PreparedCertificate | CommitCertificate


def encode(certificate: Certificate) -> bytes:
    """Return the certificate's bytes: [height, round, hash, [[signer, signature], ...]]."""
    return codec.encode(certificate)


def decode(data: bytes) -> CommitCertificate:
    """Read a CommitCertificate, as a block's body carries it.

    Raises:
        PeerFault: when the bytes are no certificate.
    """
    return codec.decode(data, CommitCertificate, CERTIFICATE_SIZE_MAX)


def certificate_hash(data: bytes) -> bytes:
    """Return the tagged hash of a certificate's bytes, as the next header carries it."""
    return tagged_hash(CERTIFICATE, data)


def is_sound(certificate: Certificate, validators: ValidatorSet) -> bool:
    """Tell whether a quorum of distinct members sealed it; signatures are not looked at here.

    Source: consensus rules §2.6, ValidCert.
    """
    seals = certificate.seals
    if len(seals) < validators.quorum:
        return False
    if any(later[0] <= earlier[0] for earlier, later in itertools.pairwise(seals)):
        return False
    return seals[-1][0] < validators.n


def signed_bytes(certificate: Certificate, chain: bytes) -> bytes:
    """Return the one byte string that every seal of the certificate signs."""
    kind = Signed.COMMIT if isinstance(certificate, CommitCertificate) else Signed.PREPARE
    return block_vote_bytes(kind, chain, certificate.height, certificate.round, certificate.hash)


def verify(
    certificate: Certificate,
    validators: ValidatorSet,
    *,
    chain: bytes,
    verify_signature: VerifySignature,
) -> None:
    """Check a certificate in full: count, members, order and every signature.

    Args:
        certificate: what to check.
        validators: the set of the certificate's height.
        chain: chain id, 32 bytes.
        verify_signature: such as `primitives.signing.verify`.

    Raises:
        PeerFault: `certificate.no_quorum` or `certificate.bad_signature`.
    """
    if not is_sound(certificate, validators):
        raise PeerFault("certificate.no_quorum", "no quorum of distinct validators sealed it")
    signed = signed_bytes(certificate, chain)
    for signer, signature in certificate.seals:
        if not verify_signature(validators[signer].public_key, signed, signature):
            raise PeerFault("certificate.bad_signature", f"seal of validator {signer}")
