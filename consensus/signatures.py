"""Every signature inside a message, for the edge to verify before the engine sees it.

Rule: the engine believes that each signature of what it receives was verified: the outer one and
every nested one. The node verifies them here, at the edge, with a cache keyed by the whole triple.
"""

from dataclasses import dataclass

from consensus import certificate as certificates
from consensus.certificate import Certificate
from consensus.messages import (
    ConsensusMessage,
    Decided,
    EvidenceFound,
    Proposal,
    RoundChange,
    SignedMessage,
    sign_bytes,
)
from consensus.sign_bytes import round_change_bytes
from consensus.validators import ValidatorSet
from primitives.errors import PeerFault


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """One signature to verify."""

    public_key: bytes
    """Of the validator that claims it."""
    signed: bytes
    """The exact signed bytes."""
    signature: bytes
    """64 bytes."""


def signatures_of(
    message: ConsensusMessage, validators: ValidatorSet, chain: bytes
) -> list[SignatureCheck]:
    """List every signature that a message carries, the nested ones included.

    The parent certificate inside a proposal's body reference belongs to the set of the height
    below; check it with `certificate_signatures` and that set.

    Args:
        message: as decoded.
        validators: the set of the message's own height.
        chain: chain id, 32 bytes.

    Raises:
        PeerFault: `consensus.not_a_validator` when a signer's index lies outside the set.
    """
    match message:
        case Decided(certificate=certificate):
            return certificate_signatures(certificate, validators, chain)
        case EvidenceFound(first=first, second=second):
            return [_own(first, validators, chain), _own(second, validators, chain)]
        case Proposal():
            return [_own(message, validators, chain), *_nested(message, validators, chain)]
        case RoundChange(prepared=prepared) if prepared is not None:
            return [
                _own(message, validators, chain),
                *certificate_signatures(prepared, validators, chain),
            ]
        case _ if isinstance(message, SignedMessage):
            return [_own(message, validators, chain)]
        case _:
            return []


def certificate_signatures(
    certificate: Certificate, validators: ValidatorSet, chain: bytes
) -> list[SignatureCheck]:
    """List the signatures of a certificate; the set is that of the certificate's height."""
    signed = certificates.signed_bytes(certificate, chain)
    return [
        SignatureCheck(_key(signer, validators), signed, signature)
        for signer, signature in certificate.seals
    ]


def _own(message: SignedMessage, validators: ValidatorSet, chain: bytes) -> SignatureCheck:
    return SignatureCheck(
        _key(message.signer, validators), sign_bytes(message, chain), message.signature
    )


def _nested(proposal: Proposal, validators: ValidatorSet, chain: bytes) -> list[SignatureCheck]:
    checks = [
        SignatureCheck(
            _key(seal.signer, validators),
            round_change_bytes(
                chain,
                proposal.height,
                round_=proposal.round,
                prepared_round_plus_1=seal.prepared_round_plus_1,
                prepared_hash=seal.prepared_hash,
            ),
            seal.signature,
        )
        for seal in proposal.round_changes
    ]
    if proposal.prepared is not None:
        checks += certificate_signatures(proposal.prepared, validators, chain)
    return checks


def _key(signer: int, validators: ValidatorSet) -> bytes:
    if signer >= validators.n:
        raise PeerFault("consensus.not_a_validator", "the signer is not in the height's set")
    return validators[signer].public_key
