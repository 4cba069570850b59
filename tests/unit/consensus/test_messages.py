import msgpack
import msgspec
import pytest

from consensus import messages
from consensus.messages import (
    BlockBody,
    Decided,
    EvidenceFound,
    GetBody,
    GetCertificates,
    GetProposal,
    GetVoteOfMine,
    Status,
    VoteOfYours,
    hash_of,
    header_hash,
    payload_of,
    sign_bytes,
)
from primitives import codec
from primitives.errors import PeerFault
from primitives.hashing import HEADER, tagged_hash
from primitives.signing import Signed, signing_prefix
from tests.support.consensus_blocks import make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import CHAIN, Keyring

FORGE = Forge(Keyring(4))
X = make_block("X")
LOCK = FORGE.lock(0, X)
CHANGES = (*FORGE.round_changes(1, (0, 1)), FORGE.round_change(2, 1, LOCK))
ALL = (
    FORGE.proposal(1, 0, X),
    FORGE.prepare(1, 0, X),
    FORGE.commit(1, 0, X),
    FORGE.round_change(1, 1, LOCK),
    Decided(X.header, FORGE.certificate(0, X)),
    Status(7, 2),
    GetProposal(7, 2),
    GetBody(7, X.hash),
    GetCertificates(7, 64),
    BlockBody(X.header, b"body"),
    GetVoteOfMine(bytes(16)),
    VoteOfYours(bytes(16), codec.encode(FORGE.commit(1, 0, X)), bytes(64)),
    EvidenceFound(FORGE.prepare(1, 0, X), FORGE.prepare(1, 0, make_block("Y"))),
)


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_every_message_survives_the_wire_under_its_number(message):
    data = codec.encode(message)
    assert messages.decode(data) == message
    assert msgpack.unpackb(data)[0] == ALL.index(message) + 1
    assert set(messages.SIZE_MAX) == set(range(1, 14))


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_a_byte_too_many_or_too_few_is_refused(message):
    data = codec.encode(message)
    for broken in (data[:-1], data + b"\x00"):
        with pytest.raises(PeerFault):
            messages.decode(broken)


def test_a_justified_proposal_survives_the_wire():
    proposal = FORGE.proposal(2, 1, X, changes=CHANGES, lock=LOCK)
    assert messages.decode(codec.encode(proposal)) == proposal


@pytest.mark.parametrize("tag", [0, 14, 127])
def test_an_unknown_number_is_refused_unread(tag):
    with pytest.raises(PeerFault, match="not a consensus message"):
        messages.decode(msgpack.packb([tag, 1]))


def test_a_message_longer_than_its_kind_may_be_is_refused_unread():
    data = codec.encode([2, 1, 1, 0, bytes(32), bytes(600)])
    with pytest.raises(PeerFault, match="too_long"):
        messages.decode(data)


def test_an_unsigned_message_does_not_decode():
    bare = msgspec.structs.replace(FORGE.prepare(1, 0, X), signature=messages.UNSIGNED)
    with pytest.raises(PeerFault, match="malformed"):
        messages.decode(codec.encode(bare))


def test_a_proposal_is_about_its_headers_hash():
    proposal = FORGE.proposal(1, 0, X)
    assert hash_of(proposal) == header_hash(X.header) == tagged_hash(HEADER, X.header)
    assert hash_of(FORGE.prepare(1, 0, X)) == X.hash
    assert hash_of(FORGE.round_change(1, 1, LOCK)) == X.hash


def test_the_signed_tail_follows_the_prefix_height_and_round():
    kinds = zip((Signed.PROPOSAL, Signed.PREPARE, Signed.COMMIT), ALL[:3], strict=True)
    for kind, message in kinds:
        signed = sign_bytes(message, CHAIN)
        assert signed == (
            signing_prefix(kind, CHAIN) + bytes(7) + b"\x01" + bytes(4) + payload_of(message)
        )
    signed = sign_bytes(ALL[3], CHAIN)
    assert signed[-40:] == b"\x00\x00\x00\x01" + b"\x00\x00\x00\x01" + X.hash[:32]


def test_the_certificate_of_a_round_change_is_not_signed():
    change = FORGE.round_change(1, 1, LOCK)
    bare = msgspec.structs.replace(change, prepared=None)
    assert sign_bytes(bare, CHAIN) == sign_bytes(change, CHAIN)
    assert payload_of(change) == b"\x00\x00\x00\x01" + X.hash
