import pytest

from consensus.messages import EvidenceFound
from consensus.records import (
    CleanShutdownRecord,
    DecidedRecord,
    EvidenceRecord,
    SignedRecord,
    SignFromRecord,
    decode,
)
from primitives import codec
from primitives.errors import PeerFault
from tests.support.consensus_blocks import make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import Keyring

FORGE = Forge(Keyring(4))
X = make_block("X")


@pytest.mark.parametrize(
    "record",
    [
        SignedRecord(codec.encode(FORGE.commit(0, 0, X)), FORGE.lock(0, X)),
        SignedRecord(codec.encode(FORGE.prepare(0, 0, X)), None),
        DecidedRecord(1, X.hash),
        SignFromRecord(9),
        EvidenceRecord(EvidenceFound(FORGE.prepare(1, 0, X), FORGE.prepare(1, 0, X))),
        CleanShutdownRecord(1),
    ],
)
def test_every_record_is_read_as_it_was_written(record):
    assert decode(codec.encode(record)) == record


def test_what_is_no_record_is_refused():
    with pytest.raises(PeerFault):
        decode(b"\x92\x09\x01")
