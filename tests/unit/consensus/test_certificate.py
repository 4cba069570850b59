import msgspec
import pytest

from consensus import certificate as certificates
from consensus.certificate import is_sound, signed_bytes, verify
from consensus.sign_bytes import block_vote_bytes
from primitives import codec
from primitives.errors import PeerFault
from primitives.hashing import CERTIFICATE, tagged_hash
from primitives.signing import Signed
from tests.support.consensus_blocks import make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import CHAIN, Keyring

KEYS = Keyring(4, is_real=True)
FORGE = Forge(KEYS)
X = make_block("X")


def test_a_certificate_is_an_array_of_height_round_hash_and_seals():
    good = FORGE.certificate(2, X, (0, 2, 3))
    data = certificates.encode(good)
    rows = [[signer, signature] for signer, signature in good.seals]
    assert codec.encode([1, 2, X.hash, rows]) == data
    assert certificates.decode(data) == good
    assert certificates.certificate_hash(data) == tagged_hash(CERTIFICATE, data)


def test_a_good_certificate_verifies():
    verify(FORGE.certificate(0, X), KEYS.validators, chain=CHAIN, verify_signature=KEYS.verify)
    verify(FORGE.lock(0, X), KEYS.validators, chain=CHAIN, verify_signature=KEYS.verify)


@pytest.mark.parametrize("signers", [(), (1, 2), (1, 1, 2), (2, 1, 3)])
def test_fewer_than_a_quorum_of_distinct_ascending_signers_is_refused(signers):
    bad = FORGE.certificate(0, X, signers)
    assert not is_sound(bad, KEYS.validators)
    with pytest.raises(PeerFault, match=r"certificate\.no_quorum"):
        verify(bad, KEYS.validators, chain=CHAIN, verify_signature=KEYS.verify)


def test_a_signer_outside_the_set_is_refused():
    good = FORGE.certificate(0, X, (1, 2, 3))
    bad = msgspec.structs.replace(good, seals=(*good.seals[:2], (4, good.seals[2][1])))
    assert not is_sound(bad, KEYS.validators)


@pytest.mark.parametrize("change", [{"round": 1}, {"height": 2}, {"hash": bytes(32)}])
def test_seals_of_another_round_height_or_hash_prove_nothing(change):
    bad = msgspec.structs.replace(FORGE.certificate(0, X), **change)
    with pytest.raises(PeerFault, match=r"certificate\.bad_signature"):
        verify(bad, KEYS.validators, chain=CHAIN, verify_signature=KEYS.verify)


def test_prepares_are_no_commits():
    lock = FORGE.lock(0, X)
    assert signed_bytes(lock, CHAIN) == block_vote_bytes(Signed.PREPARE, CHAIN, 1, 0, X.hash)
    bad = certificates.CommitCertificate(1, 0, X.hash, lock.seals)
    with pytest.raises(PeerFault, match=r"certificate\.bad_signature"):
        verify(bad, KEYS.validators, chain=CHAIN, verify_signature=KEYS.verify)


def test_a_body_may_not_carry_garbage_as_certificate():
    with pytest.raises(PeerFault):
        certificates.decode(b"\x94\x01")
