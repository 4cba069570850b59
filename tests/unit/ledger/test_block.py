"""Headers and bodies, byte by byte."""

import msgpack
import pytest

from ledger.block import (
    BODY_FRAME_SIZE,
    Body,
    Header,
    decode_body,
    decode_header,
    encode_body,
    encode_header,
    header_hash,
    packed_size,
    parent_certificate_hash,
    receipts_root,
    transactions_root,
)
from primitives import merkle
from primitives.errors import PeerFault
from primitives.hashing import ZERO_HASH, tagged_hash
from tests.support.refusals import refused


def hash_of(number: int) -> bytes:
    return bytes([number]) * 32


HEADER = Header(
    version=1,
    suite=1,
    chain=hash_of(1),
    height=7,
    parent_hash=hash_of(2),
    time_ms=1_790_000_000_000,
    proposer="finance",
    transactions_root=hash_of(3),
    receipts_root=hash_of(4),
    state_root=hash_of(5),
    validators_hash=hash_of(6),
    next_validators_hash=hash_of(7),
    parent_certificate_hash=hash_of(8),
)


def test_a_header_is_plain_messagepack_in_the_published_order() -> None:
    assert msgpack.unpackb(encode_header(HEADER)) == [
        1,
        1,
        hash_of(1),
        7,
        hash_of(2),
        1_790_000_000_000,
        "finance",
        *(hash_of(number) for number in range(3, 9)),
    ]


def test_a_header_is_decoded_as_it_was_encoded_and_hashed_over_its_bytes() -> None:
    data = encode_header(HEADER)
    assert decode_header(data) == HEADER
    assert header_hash(data) == tagged_hash(b"header", data)


def test_a_header_with_bytes_behind_it_is_refused() -> None:
    with refused("codec.malformed", error=PeerFault):
        decode_header(encode_header(HEADER) + b"\x00")


def test_a_body_is_decoded_as_it_was_encoded() -> None:
    body = Body((b"one", b"two"), b"certificate")
    assert decode_body(encode_body(body)) == body
    assert msgpack.unpackb(encode_body(body)) == [[b"one", b"two"], b"certificate"]


def test_a_body_of_more_than_2_mib_is_refused_unread() -> None:
    with refused("codec.too_long", error=PeerFault):
        decode_body(bytes(2 * 1024 * 1024 + 1))


@pytest.mark.parametrize("sizes", [[], [1], [255, 256], [65_535, 65_536], [1] * 20])
def test_the_size_of_a_body_is_known_before_it_is_encoded(sizes: list[int]) -> None:
    body = Body(tuple(bytes(size) for size in sizes), bytes(300))
    counted = BODY_FRAME_SIZE + sum(map(packed_size, sizes)) + packed_size(300)
    assert 0 <= counted - len(encode_body(body)) <= 2


def test_roots_cover_count_and_order() -> None:
    hashes = [merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")]
    expected = tagged_hash(b"transactions-root", (2).to_bytes(8, "big"), merkle.root(hashes))
    assert transactions_root(hashes) == expected
    assert transactions_root(hashes[::-1]) != expected
    expected = tagged_hash(b"receipts-root", (2).to_bytes(8, "big"), merkle.root(hashes))
    assert receipts_root([b"a", b"b"]) == expected


def test_the_first_block_has_no_parent_certificate() -> None:
    assert parent_certificate_hash(b"") == ZERO_HASH
    assert parent_certificate_hash(b"signed") == tagged_hash(b"certificate", b"signed")
