"""Sealing: a text encrypted once, its key sealed to each reader.

Rule: a fresh key a document; XChaCha20-Poly1305 secretstream in chunks of 64 KiB, padded to a size
class so that the length tells little; the key goes to each reader in an X25519 sealed box; at
rest a sealed key is wrapped once more under a per-period key, which can be destroyed.
Source: libsodium secretstream, crypto_box_seal, crypto_aead_xchacha20poly1305_ietf, sodium_pad.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

import nacl.bindings
import nacl.exceptions
import nacl.public

from primitives.errors import PeerFault
from primitives.hashing import Buffer

KEY_SIZE = 32
NONCE_SIZE = 24
CHUNK_SIZE = 64 * 1024
SIZE_CLASS_MIN = 1024
SEALED_SIZE_MAX = 32 * 1024 * 1024
_HEADER_SIZE = nacl.bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_CHUNK_OVERHEAD = nacl.bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_TAG_MESSAGE = nacl.bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_TAG_FINAL = nacl.bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL


def size_class(size: int) -> int:
    """Return the padded size: the next power of two from 1 KiB, above 64 KiB the next 64 KiB."""
    if size < CHUNK_SIZE:
        return max(SIZE_CLASS_MIN, 1 << size.bit_length())
    return (size // CHUNK_SIZE + 1) * CHUNK_SIZE


def is_size_class(size: int) -> bool:
    """Tell whether a sealed text can have this padded size."""
    if size <= CHUNK_SIZE:
        return size >= SIZE_CLASS_MIN and size & (size - 1) == 0
    return size <= SEALED_SIZE_MAX and size % CHUNK_SIZE == 0


def seal(plaintext: bytes, key: bytes) -> bytes:
    """Encrypt `plaintext` under a fresh 32-byte `key`: stream header, then the chunks."""
    return b"".join(seal_parts((plaintext,), len(plaintext), key))


def seal_parts(parts: Iterable[Buffer], size: int, key: bytes) -> Iterator[bytes]:
    """Yield the ciphertext that `seal` makes of the joined parts, one chunk at a time.

    Args:
        parts: the plaintext in pieces of any length; never held whole.
        size: of all of them, in bytes.
        key: 32 fresh bytes.

    Raises:
        PeerFault: `sealing.too_long`.
    """
    if size >= SEALED_SIZE_MAX:
        raise PeerFault("sealing.too_long", "at most 32 MiB can be sealed at once")
    state = nacl.bindings.crypto_secretstream_xchacha20poly1305_state()
    yield nacl.bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    left = size_class(size)
    padding = b"\x80" + bytes(left - size - 1)
    for chunk in _in_chunks(chain(parts, (padding,))):
        left -= len(chunk)
        tag = _TAG_MESSAGE if left else _TAG_FINAL
        yield nacl.bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, tag=tag)
    assert left == 0, "the parts are as long as was said"


def unseal(ciphertext: bytes, key: bytes) -> bytes:
    """Decrypt what `seal` made.

    Raises:
        PeerFault: `sealing.damaged` when a byte differs, a chunk is missing or the key is wrong.
    """
    return b"".join(unseal_parts(sealed_chunks(ciphertext), key))


def sealed_chunks(ciphertext: bytes) -> Iterator[bytes]:
    """Yield a ciphertext as `unseal_parts` takes it: the stream header, then chunk by chunk."""
    view = memoryview(ciphertext)
    for start, size in sealed_spans(len(ciphertext)):
        yield bytes(view[start : start + size])


def sealed_spans(size: int) -> Iterator[tuple[int, int]]:
    """Yield where the stream header and each chunk of a ciphertext of `size` bytes lie."""
    yield 0, min(size, _HEADER_SIZE)
    for start in range(_HEADER_SIZE, size, CHUNK_SIZE + _CHUNK_OVERHEAD):
        yield start, min(size - start, CHUNK_SIZE + _CHUNK_OVERHEAD)


def unseal_parts(chunks: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """Yield the plaintext of a ciphertext piece by piece; it is whole when the last was yielded.

    Args:
        chunks: as `sealed_chunks` cuts them.
        key: the document's.

    Raises:
        PeerFault: `sealing.damaged` when a byte differs, a chunk is missing or the key is wrong.
    """
    try:
        yield from _unsealed(chunks, key)
    except (RuntimeError, ValueError, nacl.exceptions.CryptoError) as error:
        raise PeerFault("sealing.damaged", "the sealed text does not open with this key") from error


def _unsealed(chunks: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    state = nacl.bindings.crypto_secretstream_xchacha20poly1305_state()
    tag = _TAG_MESSAGE
    has_header = False
    for chunk in chunks:
        if not has_header:
            nacl.bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, chunk, key)
            has_header = True
            continue
        if tag == _TAG_FINAL:
            raise ValueError("bytes after the last chunk")
        part, tag = nacl.bindings.crypto_secretstream_xchacha20poly1305_pull(state, chunk)
        yield part if tag == _TAG_MESSAGE else _unpadded(part)
    if tag != _TAG_FINAL:
        raise ValueError("the last chunk is missing")


def _unpadded(last: bytes) -> bytes:
    """Return the last chunk without its padding, of which it always holds the beginning."""
    plaintext, marker, padding = last.rpartition(b"\x80")
    if not marker or padding.strip(b"\x00"):
        raise ValueError("the padding is not whole")
    return plaintext


def _in_chunks(parts: Iterable[Buffer]) -> Iterator[bytes]:
    """Yield the joined parts in chunks of `CHUNK_SIZE`, the last one shorter."""
    kept = bytearray()
    for part in parts:
        view = memoryview(part)
        while view:
            room = CHUNK_SIZE - len(kept)
            kept += view[:room]
            view = view[room:]
            if len(kept) == CHUNK_SIZE:
                yield bytes(kept)
                kept.clear()
    if kept:
        yield bytes(kept)


def sealing_public_key(private_key: bytes) -> bytes:
    """Return the X25519 public key of a 32-byte private key."""
    return bytes(nacl.bindings.crypto_scalarmult_base(private_key))


def seal_key(key: bytes, reader_public_key: bytes) -> bytes:
    """Seal a document's key to a reader's X25519 key: 80 bytes only the reader can open."""
    return bytes(nacl.public.SealedBox(nacl.public.PublicKey(reader_public_key)).encrypt(key))


def open_key(sealed: bytes, private_key: bytes) -> bytes:
    """Open a sealed key.

    Raises:
        PeerFault: `sealing.damaged` when it was not sealed to this reader, or was changed.
    """
    try:
        return bytes(nacl.public.SealedBox(nacl.public.PrivateKey(private_key)).decrypt(sealed))
    except (nacl.exceptions.CryptoError, ValueError) as error:
        raise PeerFault("sealing.damaged", "the key was not sealed to this reader") from error


def wrap(data: bytes, wrapping_key: bytes, nonce: bytes, context: bytes) -> bytes:
    """Encrypt `data` under a long-lived key: nonce (24 bytes) ‖ ciphertext, bound to `context`."""
    return nonce + bytes(
        nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(data, context, nonce, wrapping_key)
    )


def unwrap(wrapped: bytes, wrapping_key: bytes, context: bytes) -> bytes:
    """Decrypt what `wrap` made.

    Raises:
        PeerFault: `sealing.damaged` when a byte, the key or the context differs.
    """
    try:
        return bytes(
            nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                wrapped[NONCE_SIZE:], context, wrapped[:NONCE_SIZE], wrapping_key
            )
        )
    except (nacl.exceptions.CryptoError, ValueError, TypeError) as error:
        raise PeerFault("sealing.damaged", "the wrapped bytes do not open") from error
