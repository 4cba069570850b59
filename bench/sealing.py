"""How fast one core seals bills' details: leaves, commitment, encryption, keys."""

import os
import time
from pathlib import Path

from ledger.documents import SEED_SIZE, ciphertext_hash, commitment, leaves_of, seal_document
from primitives.sealing import KEY_SIZE, seal_key, sealing_public_key
from primitives.signing import public_key_of


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
