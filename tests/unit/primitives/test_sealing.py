"""What is sealed opens for its readers, whole and unchanged, or not at all."""

import nacl.bindings as sodium
import nacl.public
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primitives.errors import PeerFault
from primitives.sealing import (
    CHUNK_SIZE,
    SEALED_SIZE_MAX,
    SIZE_CLASS_MIN,
    is_size_class,
    open_key,
    seal,
    seal_key,
    sealing_public_key,
    size_class,
    unseal,
    unwrap,
    wrap,
)

KEY = bytes(range(32))


def _is_damaged(operation, *arguments):
    with pytest.raises(PeerFault) as caught:
        operation(*arguments)
    return caught.value.code == "sealing.damaged"


@pytest.mark.parametrize(
    "size",
    [0, 1, 1023, 1024, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE - 1, 200_000],
)
def test_a_text_of_any_length_comes_back(size):
    plaintext = bytes(i % 251 for i in range(size))
    assert unseal(seal(plaintext, KEY), KEY) == plaintext


@given(st.binary(max_size=3000))
@settings(max_examples=30)
def test_a_text_that_ends_like_padding_comes_back(plaintext):
    for ending in (b"", b"\x80", b"\x80\x00", b"\x00"):
        assert unseal(seal(plaintext + ending, KEY), KEY) == plaintext + ending


def test_the_length_of_a_sealed_text_tells_only_its_size_class():
    assert len(seal(b"a", KEY)) == len(seal(b"a" * 1000, KEY))
    assert [size_class(n) for n in (0, 1023, 1024, 5000, 65535, 65536, 131072)] == [
        1024, 1024, 2048, 8192, 65536, 131072, 196608,
    ]  # fmt: skip
    assert all(size_class(n) > n for n in range(0, 300_000, 777))


@given(st.integers(min_value=0, max_value=SEALED_SIZE_MAX - 1))
def test_the_size_class_of_any_text_is_one(size):
    assert is_size_class(size_class(size))


@given(
    st.one_of(
        st.integers(min_value=-1, max_value=SEALED_SIZE_MAX + CHUNK_SIZE),
        st.integers(min_value=0, max_value=513).map(lambda chunks: chunks * CHUNK_SIZE),
        st.integers(min_value=0, max_value=26).map(lambda bits: 1 << bits),
    )
)
def test_a_size_class_is_that_of_the_longest_text_that_fits_it(size):
    fits = SIZE_CLASS_MIN <= size <= SEALED_SIZE_MAX and size_class(size - 1) == size
    assert is_size_class(size) == fits


def test_two_seals_of_one_text_differ():
    assert seal(b"same", KEY) != seal(b"same", KEY)


def test_a_changed_byte_another_key_or_a_missing_chunk_is_noticed():
    sealed = seal(b"x" * 70_000, KEY)
    for at in (0, 30, CHUNK_SIZE + 60, len(sealed) - 1):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        assert _is_damaged(unseal, changed, KEY)
    assert _is_damaged(unseal, sealed, bytes(32))
    assert _is_damaged(unseal, sealed[: 24 + CHUNK_SIZE + 17], KEY)
    assert _is_damaged(unseal, sealed + sealed[-1000:], KEY)
    assert _is_damaged(unseal, sealed[:24], KEY)
    assert _is_damaged(unseal, b"", KEY)


def test_chunks_after_the_last_are_refused():
    sealed = seal(b"x" * (CHUNK_SIZE - 1), KEY)
    assert len(sealed) == 24 + CHUNK_SIZE + 17
    assert _is_damaged(unseal, sealed + b"more", KEY)


@pytest.mark.parametrize("padded", [b"", b"no marker", b"text\x80\x01", bytes(64)])
def test_padding_that_is_not_ours_is_refused(padded):
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    header = sodium.crypto_secretstream_xchacha20poly1305_init_push(state, KEY)
    final = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
    body = sodium.crypto_secretstream_xchacha20poly1305_push(state, padded, tag=final)
    assert _is_damaged(unseal, header + body, KEY)


def test_a_text_too_long_is_refused():
    with pytest.raises(PeerFault, match=r"sealing\.too_long"):
        seal(bytes(SEALED_SIZE_MAX), KEY)


def test_a_sealed_key_opens_for_its_reader_alone():
    private = nacl.public.PrivateKey.generate()
    public = sealing_public_key(bytes(private))
    assert public == bytes(private.public_key)
    sealed = seal_key(KEY, public)
    assert len(sealed) == 80
    assert open_key(sealed, bytes(private)) == KEY
    assert _is_damaged(open_key, sealed, bytes(nacl.public.PrivateKey.generate()))
    assert _is_damaged(open_key, sealed[:-1] + bytes([sealed[-1] ^ 1]), bytes(private))
    assert _is_damaged(open_key, b"short", bytes(private))


def test_a_wrapped_key_opens_only_with_key_and_context():
    nonce = bytes(24)
    wrapped = wrap(b"sealed key", KEY, nonce, b"2026-11")
    assert wrapped[:24] == nonce
    assert unwrap(wrapped, KEY, b"2026-11") == b"sealed key"
    assert _is_damaged(unwrap, wrapped, KEY, b"2026-12")
    assert _is_damaged(unwrap, wrapped, bytes(32), b"2026-11")
    assert _is_damaged(unwrap, wrapped[:-1], KEY, b"2026-11")
    assert _is_damaged(unwrap, b"short", KEY, b"2026-11")
