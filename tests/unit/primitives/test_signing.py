"""Signatures are judged as libsodium judges them, everywhere."""

import pytest

from primitives.signing import (
    Signed,
    SigningKey,
    is_strong_encoding,
    is_valid_public_key,
    key_id,
    public_key_of,
    signing_prefix,
    verify,
)
from tests.support.vectors import load_vectors

CASES = [
    (name, case)
    for name in ("wycheproof_ed25519.json", "ed25519_speccheck.json")
    for case in load_vectors(name)["cases"]
]


@pytest.mark.parametrize(
    ("name", "case"), CASES, ids=[f"{name.partition('.')[0]}-{case['id']}" for name, case in CASES]
)
def test_every_published_vector_gets_its_verdict(name, case):
    verdict = verify(
        bytes.fromhex(case["public_key"]),
        bytes.fromhex(case["message"]),
        bytes.fromhex(case["signature"]),
    )
    assert verdict is case["valid"]


def test_of_the_twelve_edge_cases_only_number_3_is_accepted():
    accepted = [c["id"] for c in load_vectors("ed25519_speccheck.json")["cases"] if c["valid"]]
    assert accepted == [3]


def test_the_first_vector_of_rfc_8032_is_signed_to_the_byte():
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey(seed)
    assert key.public_key == public_key_of(seed)
    assert key.public_key.hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    assert key.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
        "f9b46bd25bf5f0595bbe24655141438e7a100b"
    )


def test_a_signature_holds_for_its_message_its_key_and_no_other():
    key, other = SigningKey(bytes(32)), SigningKey(bytes([1]) * 32)
    signature = key.sign(b"bill")
    assert verify(key.public_key, b"bill", signature)
    assert not verify(key.public_key, b"bills", signature)
    assert not verify(other.public_key, b"bill", signature)
    assert not verify(key.public_key, b"bill", signature[:-1])
    assert not verify(key.public_key[:-1], b"bill", signature)


def test_a_signed_string_opens_with_its_kind_and_chain_in_42_bytes():
    chain = bytes(range(32))
    opening = signing_prefix(Signed.COMMIT, chain)
    assert opening == b"piaolian\x01\x03" + chain
    assert len(opening) == 42
    assert len({signing_prefix(kind, chain) for kind in Signed}) == len(Signed)


def test_only_a_canonical_key_of_the_prime_order_group_may_be_registered():
    assert is_valid_public_key(SigningKey(bytes(32)).public_key)
    assert not is_valid_public_key(bytes(32))
    assert not is_valid_public_key(bytes([1]) + bytes(31))
    assert not is_valid_public_key(b"\xff" * 32)
    assert not is_valid_public_key(b"short")


SMALL_ORDER_KEYS = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)


@pytest.mark.parametrize("sign_bit", [0, 0x80])
@pytest.mark.parametrize("key", SMALL_ORDER_KEYS)
def test_a_key_of_small_order_is_known_by_its_bytes(key, sign_bit):
    weak = bytearray.fromhex(key)
    weak[31] |= sign_bit
    assert not is_strong_encoding(bytes(weak))
    assert not verify(bytes(weak), b"bill", bytes(64))


@pytest.mark.parametrize("above", range(19))
def test_a_key_at_or_above_the_field_prime_is_not_canonical(above):
    assert not is_strong_encoding((2**255 - 19 + above).to_bytes(32, "little"))


def test_every_key_that_may_be_registered_has_a_strong_encoding():
    for number in range(50):
        assert is_strong_encoding(SigningKey(bytes([number]) * 32).public_key)
    assert not is_strong_encoding(b"short")


def test_a_key_is_named_by_eight_bytes_that_differ_from_its_own():
    public_key = SigningKey(bytes(32)).public_key
    assert len(key_id(public_key)) == 8
    assert key_id(public_key) != public_key[:8]


def test_a_signing_key_never_shows_its_secret():
    key = SigningKey(bytes([7]) * 32)
    assert (bytes([7]) * 32).hex() not in repr(key)
    assert key.public_key.hex()[:16] in repr(key)
