from consensus.buffer import MESSAGES_MAX, SIZE_MAX_BYTES, FutureMessages, size_of
from consensus.inputs import Received
from primitives import codec
from tests.support.consensus_blocks import make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import Keyring

KEYS = Keyring(4)
X = make_block("X")


def _add(buffer: FutureMessages, message, current: int = 1) -> None:
    buffer.add(Received(message, "dora", 0, 0), message, current)


def test_four_heights_ahead_are_kept_and_no_more():
    buffer = FutureMessages()
    for height in range(8):
        _add(buffer, Forge(KEYS, height).prepare(1, 0, X))
    assert buffer.count(1) == 4
    assert [received.message.height for received in buffer.take(2)] == [2]
    assert [received.message.height for received in buffer.take(4)] == [4]
    assert buffer.count(1) == 1


def test_the_first_of_a_kind_height_and_round_is_kept():
    buffer = FutureMessages()
    forge = Forge(KEYS, 2)
    _add(buffer, forge.prepare(1, 0, X))
    _add(buffer, forge.prepare(1, 0, make_block("Y")))
    _add(buffer, forge.commit(1, 0, X))
    assert [type(r.message).__name__ for r in buffer.take(2)] == ["Prepare", "Commit"]


def test_a_signer_fills_only_its_own_sixteen_slots():
    buffer = FutureMessages()
    forge = Forge(KEYS, 2)
    for round_ in range(40):
        _add(buffer, forge.prepare(3, round_, X))
    _add(buffer, forge.prepare(1, 0, X))
    assert buffer.count(3) == MESSAGES_MAX
    assert buffer.count(1) == 1
    assert [r.message.signer for r in buffer.take(2)] == [1] + [3] * MESSAGES_MAX


def test_a_signer_fills_at_most_64_kib():
    buffer = FutureMessages()
    forge = Forge(KEYS, 2)
    big = make_block("big", transactions=tuple(bytes([i]) * 32 for i in range(250)) * 3)
    for round_ in range(10):
        _add(buffer, forge.proposal(1, round_, big))
    assert buffer.count(1) == 2
    assert buffer.size_bytes(1) <= SIZE_MAX_BYTES
    buffer.take(2)
    assert buffer.size_bytes(1) == 0


def test_the_size_is_about_that_of_the_encoding():
    forge = Forge(KEYS)
    lock = forge.lock(0, X)
    changes = (*forge.round_changes(1, (0, 1)), forge.round_change(2, 1, lock))
    for message in (
        forge.prepare(1, 0, X),
        forge.round_change(1, 1, lock),
        forge.round_change(1, 1),
        forge.proposal(1, 0, X),
        forge.proposal(2, 1, X, changes=changes, lock=lock),
    ):
        size = len(codec.encode(message))
        assert size <= size_of(message) <= 2 * size + 128


def test_clearing_forgets_all():
    buffer = FutureMessages()
    _add(buffer, Forge(KEYS, 2).prepare(1, 0, X))
    buffer.clear()
    assert (buffer.count(1), buffer.size_bytes(1), buffer.take(2)) == (0, 0, ())
