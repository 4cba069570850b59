import msgspec
import pytest

from consensus.messages import Decided, EvidenceFound, Status
from consensus.signatures import signatures_of
from primitives.errors import PeerFault
from tests.support.consensus_blocks import make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import CHAIN, Keyring

KEYS = Keyring(4, is_real=True)
FORGE = Forge(KEYS)
X = make_block("X")
LOCK = FORGE.lock(0, X)
CHANGES = (*FORGE.round_changes(1, (0, 1)), FORGE.round_change(2, 1, LOCK))


def _all_valid(message) -> list[bool]:
    checks = signatures_of(message, KEYS.validators, CHAIN)
    return [KEYS.verify(c.public_key, c.signed, c.signature) for c in checks]


@pytest.mark.parametrize(
    ("message", "count"),
    [
        (FORGE.prepare(1, 0, X), 1),
        (FORGE.commit(1, 0, X), 1),
        (FORGE.round_change(1, 1), 1),
        (FORGE.round_change(1, 1, LOCK), 4),
        (FORGE.proposal(1, 0, X), 1),
        (FORGE.proposal(2, 1, X, changes=CHANGES, lock=LOCK), 7),
        (Decided(X.header, FORGE.certificate(0, X)), 3),
        (EvidenceFound(FORGE.prepare(1, 0, X), FORGE.prepare(1, 0, make_block("Y"))), 2),
        (Status(1, 0), 0),
    ],
)
def test_every_nested_signature_is_listed(message, count):
    assert _all_valid(message) == [True] * count


def test_each_nested_signature_that_is_broken_shows():
    broken = bytes(63) + b"\x01"
    seal = msgspec.structs.replace(
        FORGE.proposal(2, 1, X, changes=CHANGES, lock=LOCK).round_changes[0], signature=broken
    )
    proposal = FORGE.proposal(2, 1, X, changes=CHANGES, lock=LOCK)
    first = msgspec.structs.replace(proposal, round_changes=(seal, *proposal.round_changes[1:]))
    second = msgspec.structs.replace(
        proposal,
        prepared=msgspec.structs.replace(LOCK, seals=(*LOCK.seals[:2], (3, broken))),
    )
    for bad in (first, second, msgspec.structs.replace(proposal, signature=broken)):
        assert _all_valid(bad).count(False) == 1


def test_a_signer_outside_the_set_is_a_peer_fault():
    stray = msgspec.structs.replace(FORGE.prepare(1, 0, X), signer=4)
    with pytest.raises(PeerFault, match=r"consensus\.not_a_validator"):
        signatures_of(stray, KEYS.validators, CHAIN)
