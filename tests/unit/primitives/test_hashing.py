"""Hashes of one kind never stand for another."""

import hashlib
import hmac

from primitives import hashing
from primitives.hashing import keyed_hash, plain_hash, prefix, tagged_hash

DOMAINS = [
    value for name, value in vars(hashing).items() if name.isupper() and isinstance(value, bytes)
]


def test_a_domain_opens_with_the_projects_name_and_its_own_length():
    assert prefix(b"header") == b"piaolian\x06header"


def test_a_tagged_hash_is_sha_256_over_prefix_and_parts():
    expected = hashlib.sha256(b"piaolian\x06headerab").digest()
    assert tagged_hash(b"header", b"a", b"b") == expected


def test_no_domain_is_the_beginning_of_another():
    domains = [domain for domain in DOMAINS if domain != hashing.ZERO_HASH]
    assert len(domains) == len(set(domains)) >= 11
    prefixes = [prefix(domain) for domain in domains]
    assert not [(a, b) for a in prefixes for b in prefixes if a != b and b.startswith(a)]


def test_the_plain_hash_is_what_sha256sum_prints():
    assert plain_hash(b"abc").hex() == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_a_keyed_hash_is_hmac_sha_256():
    assert keyed_hash(b"k" * 32, b"m") == hmac.new(b"k" * 32, b"m", "sha256").digest()
