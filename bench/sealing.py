"""How fast one core seals bills' details and records: leaves, commitment, encryption, keys."""

import os
import time
from pathlib import Path
from typing import Final

from bench.bundles import KIB, Person, make_bundle
from exchange.fhir_bundle import RecordDocument, split_bundle
from ledger.documents import (
    SEED_SIZE,
    LeafView,
    ciphertext_hash,
    ciphertext_hasher,
    commitment,
    leaves_of,
    seal_document,
    seal_document_parts,
)
from primitives.sealing import KEY_SIZE, seal_key, sealing_public_key
from primitives.signing import public_key_of

RECORDS_BYTES: Final = 16 * 1024 * KIB
"""Of text that are sealed for one figure."""
BUNDLE_BYTES: Final = 4 * 1024 * KIB
PERSON: Final = Person("b44fcd98", "1949-06-11", "female")


def sealed_bills_per_s(his_file: Path) -> float:
    """Seal every line of a hospital's day once and return the rate.

    Args:
        his_file: original lines.
    """
    lines = his_file.read_bytes().splitlines()
    reader = sealing_public_key(os.urandom(KEY_SIZE))
    start = time.perf_counter()
    for text in lines:
        seed, key, holder_seed = os.urandom(SEED_SIZE), os.urandom(KEY_SIZE), os.urandom(KEY_SIZE)
        ciphertext_hash(seal_document(text, seed=seed, key=key))
        commitment(leaves_of(text), seed)
        public_key_of(holder_seed)
        seal_key(key, reader)
        seal_key(holder_seed, reader)
    return len(lines) / (time.perf_counter() - start)


def sealed_records_per_s(size: int) -> float:
    """Split bundles of visits of a size, seal each visit once and return the rate.

    Args:
        size: bytes of a visit's text.
    """
    each = max(1, BUNDLE_BYTES // size)
    bundles = [
        make_bundle(PERSON, "s", first=first, visits=each, size=size)
        for first in range(0, RECORDS_BYTES // size, each)
    ]
    reader = sealing_public_key(os.urandom(KEY_SIZE))
    start = time.perf_counter()
    for bundle in bundles:
        for document in split_bundle(bundle).documents[:-1]:
            _seal_record(document, reader)
    return len(bundles) * each / (time.perf_counter() - start)


def _seal_record(document: RecordDocument, reader: bytes) -> None:
    """Do what the vault does, but for the disk."""
    seed, key = os.urandom(SEED_SIZE), os.urandom(KEY_SIZE)
    hasher = ciphertext_hasher()
    for chunk in seal_document_parts(document.parts, document.size, seed=seed, key=key):
        hasher.update(chunk)
    hasher.digest()
    commitment([LeafView(path, value) for path, value in document.leaves()], seed)
    seal_key(key, reader)
