"""The published vectors: made by this code, and read back without it."""

from hashlib import sha256
from typing import Any

import msgpack
import pytest

from tests.support.ledger_vectors import ledger_vectors
from tests.support.vectors import load_vectors

VECTORS = load_vectors("ledger.json")


def tagged(domain: bytes, data: bytes) -> str:
    return sha256(b"piaolian" + bytes([len(domain)]) + domain + data).hexdigest()


def plain(text: str) -> Any:
    return msgpack.unpackb(bytes.fromhex(text))


def test_the_published_vectors_are_what_this_code_makes() -> None:
    assert ledger_vectors() == VECTORS


def test_the_chain_id_is_the_hash_of_the_genesis_file() -> None:
    genesis = VECTORS["genesis"]
    assert sha256(genesis["file"].encode()).hexdigest() == genesis["chain"]


@pytest.mark.parametrize("vector", VECTORS["transactions"])
def test_a_transaction_is_envelope_and_signature(vector: dict[str, str]) -> None:
    envelope, signature, approvals = plain(vector["bytes"])
    assert (envelope.hex(), signature.hex()) == (vector["envelope"], vector["signature"])
    assert approvals == []
    expiry = msgpack.unpackb(envelope)[4].to_bytes(8, "big").hex()
    assert vector["id"] == expiry + tagged(b"envelope", envelope)
    assert vector["hash"] == sha256(b"\x00" + bytes.fromhex(vector["bytes"])).hexdigest()


def test_blocks_are_chained_by_the_hashes_of_their_headers() -> None:
    first, second = VECTORS["blocks"]
    assert first["hash"] == tagged(b"header", bytes.fromhex(first["header"]))
    assert plain(first["header"])[4].hex() == VECTORS["genesis"]["chain"]
    assert plain(second["header"])[4].hex() == first["hash"]
    assert plain(second["header"])[9].hex() == second["state_root"]


def test_a_proof_folds_to_the_state_root_with_plain_sha_256() -> None:
    second = VECTORS["blocks"][1]
    for proof in VECTORS["trie"]:
        key = proof["key"].encode()
        nibbles = bytes(int(digit, 16) for digit in key.hex())
        node = None
        if proof["is_present"]:
            value = sha256(bytes.fromhex(second["leaves"][proof["key"]])).digest()
            node = sha256(b"\x02" + len(key).to_bytes(2, "big") + key + value).digest()
        for depth, bitmap, others in reversed(proof["steps"]):
            children = [bytes.fromhex(other) for other in others]
            if node is not None:
                children.insert((bitmap & ((1 << nibbles[depth]) - 1)).bit_count(), node)
            path = depth.to_bytes(2, "big") + nibbles[:depth]
            node = sha256(b"\x03" + path + bitmap.to_bytes(2, "big") + b"".join(children)).digest()
        assert node is not None
        assert tagged(b"state-root", node) == second["state_root"]
