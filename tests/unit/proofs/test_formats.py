"""The published formats are plain MessagePack, SHA-256 and Ed25519, as docs/formats.md says."""

import hashlib
import hmac

import msgpack
import nacl.signing
import pytest

from tests.independent import verify_receipt as independent
from tests.support.format_vectors import TARGET, vectors_file
from tests.support.vectors import DATA, load_vectors

VECTORS = load_vectors("formats.json")
MESSAGES = [
    row
    for group in ("transactions", "blocks", "votes", "state")
    for row in VECTORS[group]
    if "bytes" in row
]
CHAIN = bytes.fromhex(VECTORS["genesis"]["chain"])


def _named(name):
    return next(row for row in MESSAGES if row["name"] == name)


def _sha(*parts):
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _tagged(domain, *parts):
    return _sha(b"piaolian", bytes([len(domain)]), domain, *parts)


def _value(shown):
    if isinstance(shown, dict):
        return bytes.fromhex(shown["hex"])
    return [_value(item) for item in shown] if isinstance(shown, list) else shown


def test_the_vectors_are_what_the_code_makes_today():
    assert TARGET.read_text("utf-8") == vectors_file()


@pytest.mark.parametrize("row", MESSAGES, ids=lambda row: row["name"])
def test_an_independent_reader_and_writer_agree_on_every_message(row):
    data = bytes.fromhex(row["bytes"])
    assert msgpack.unpackb(data, raw=False) == _value(row["value"])
    assert msgpack.packb(_value(row["value"]), use_bin_type=True) == data


@pytest.mark.parametrize(
    "row", [row for row in MESSAGES if "signature" in row], ids=lambda row: row["name"]
)
def test_every_signature_is_ed25519_over_the_stated_bytes(row):
    signed = bytes.fromhex(row["signed"])
    key = nacl.signing.VerifyKey(bytes.fromhex(row["public_key"]))
    assert key.verify(signed, bytes.fromhex(row["signature"])) == signed
    assert signed[:9] == b"piaolian\x01"
    assert signed[10:42] == CHAIN


def test_the_chain_id_is_the_plain_hash_of_the_genesis_file():
    assert _sha(VECTORS["genesis"]["file"].encode()) == VECTORS["genesis"]["chain"]


def test_a_key_id_and_the_prefixes_are_as_written():
    row = VECTORS["key_id"]
    assert _tagged(b"key-id", bytes.fromhex(row["public_key"]))[:16] == row["key_id"]
    kinds = {"PROPOSAL": 1, "PREPARE": 2, "COMMIT": 3, "ROUND_CHANGE": 4, "TRANSACTION": 16}
    for name, kind in kinds.items():
        expected = b"piaolian\x01" + bytes([kind]) + CHAIN
        assert VECTORS["signing_prefixes"][name] == expected.hex()


@pytest.mark.parametrize("name", ["AllotNumbers", "IssueBill"])
def test_a_transaction_is_named_by_expiry_and_envelope_and_hashed_whole(name):
    envelope, whole = _named(f"envelope of {name}"), _named(f"transaction of {name}")
    data = bytes.fromhex(envelope["bytes"])
    expiry = _value(envelope["value"])[4].to_bytes(8, "big").hex()
    assert envelope["transaction_id"] == expiry + _tagged(b"envelope", data)
    assert whole["hash"] == _sha(b"\x00", bytes.fromhex(whole["bytes"]))
    assert whole["signed"] == (b"piaolian\x01\x10" + CHAIN + data).hex()
    assert _value(whole["value"]) == [data, bytes.fromhex(whole["signature"]), []]


def test_header_certificate_and_validator_set_are_named_by_tagged_hashes():
    for name, domain in (
        ("header", b"header"),
        ("certificate", b"certificate"),
        ("validator set", b"validator-set"),
    ):
        row = _named(name)
        assert row["hash"] == _tagged(domain, bytes.fromhex(row["bytes"]))


def test_the_roots_of_a_block_cover_count_and_leaves():
    body = _named("body")
    (transaction,), _ = _value(body["value"])
    leaf = bytes.fromhex(_sha(b"\x00", transaction))
    assert body["transactions_root"] == _tagged(b"transactions-root", (1).to_bytes(8, "big"), leaf)
    row = next(row for row in VECTORS["blocks"] if row["name"] == "receipts root")
    one, two = (bytes.fromhex(_sha(b"\x00", bytes.fromhex(data))) for data in row["of"])
    root = bytes.fromhex(_sha(b"\x01", one, two))
    assert row["root"] == _tagged(b"receipts-root", (2).to_bytes(8, "big"), root)


def test_a_vote_signs_height_round_and_hash_behind_its_kind():
    hash_ = _value(_named("Commit")["value"])[4]
    place = (3).to_bytes(8, "big") + (0).to_bytes(4, "big")
    for name, kind in (("Proposal", 1), ("Prepare", 2), ("Commit", 3)):
        expected = b"piaolian\x01" + bytes([kind]) + CHAIN + place + hash_
        assert _named(name)["signed"] == expected.hex()
    free, locked = (row for row in VECTORS["votes"] if row["name"] == "RoundChange")
    start = b"piaolian\x01\x04" + CHAIN + (3).to_bytes(8, "big") + (2).to_bytes(4, "big")
    assert free["signed"] == (start + bytes(4) + bytes(32)).hex()
    assert locked["signed"] == (start + (1).to_bytes(4, "big") + hash_).hex()


@pytest.mark.parametrize(
    "row", [row for row in MESSAGES if "leaf_hash" in row], ids=lambda row: row["name"]
)
def test_a_leaf_is_hashed_with_its_whole_key(row):
    key, value = row["name"].encode(), bytes.fromhex(row["bytes"])
    value_hash = bytes.fromhex(_sha(value))
    assert row["leaf_hash"] == _sha(b"\x02", len(key).to_bytes(2, "big"), key, value_hash)


def _trie(leaves, depth=0):
    """Build the trie from its definition: (nibbles, leaf hash), sorted."""
    if len(leaves) == 1:
        return leaves[0][1]
    first, last = leaves[0][0], leaves[-1][0]
    while first[depth] == last[depth]:
        depth += 1
    slots = sorted({path[depth] for path, _ in leaves})
    children = [_trie([x for x in leaves if x[0][depth] == slot], depth + 1) for slot in slots]
    path = bytes(first[:depth])
    bitmap = sum(1 << slot for slot in slots).to_bytes(2, "big")
    return bytes.fromhex(_sha(b"\x03", depth.to_bytes(2, "big"), path, bitmap, *children))


@pytest.mark.parametrize("row", VECTORS["tries"][:3], ids=lambda row: f"{len(row['leaves'])}")
def test_the_state_root_is_that_of_the_documented_trie(row):
    leaves = sorted(
        (
            [int(digit, 16) for digit in key],
            bytes.fromhex(
                _sha(
                    b"\x02",
                    (len(key) // 2).to_bytes(2, "big"),
                    bytes.fromhex(key),
                    bytes.fromhex(_sha(bytes.fromhex(value))),
                )
            ),
        )
        for key, value in row["leaves"].items()
    )
    root = _trie(leaves) if leaves else bytes(32)
    assert row["root"] == root.hex()
    assert row["state_root"] == _tagged(b"state-root", root)


def test_a_branch_is_hashed_as_written():
    row = VECTORS["tries"][3]
    children = b"".join(map(bytes.fromhex, row["children"]))
    assert row["hash"] == _sha(b"\x03\x00\x02", b"\x06\x01", b"\x00\x06", children)
    assert row["path"] == "0601"


def test_a_documents_commitment_follows_from_text_and_seed():
    row = VECTORS["document"]
    seed = bytes.fromhex(row["seed"])
    hashes = []
    for leaf in row["leaves"]:
        salt = hmac.digest(seed, leaf["path"].encode(), "sha256")[:16]
        data = msgpack.packb([leaf["path"], leaf["value"], salt], use_bin_type=True)
        assert (leaf["salt"], leaf["data"]) == (salt.hex(), data.hex())
        hashes.append(bytes.fromhex(_sha(b"\x00", data)))
    root = independent.merkle_root(hashes)
    count = len(hashes).to_bytes(8, "big")
    assert row["commitment"] == _tagged(b"document-root", count, root)
    assert [(leaf["path"], leaf["value"]) for leaf in row["leaves"]] == list(
        independent.leaves_of(row["text"])
    )
    opening = row["opening"]
    proof = [bytes.fromhex(hash_) for hash_ in opening["proof"]]
    found = independent.root_from_line(
        hashes[opening["index"]], opening["index"], opening["size"], proof
    )
    assert found == root
    sealed = msgpack.unpackb(bytes.fromhex(row["sealed_plaintext"]), raw=False)
    assert sealed == [1, seed, row["text"].encode()]


@pytest.mark.parametrize("name", ["whole", "lines", "absent"])
def test_the_published_receipts_are_proved_by_the_independent_script(name):
    genesis = VECTORS["genesis"]["file"].encode()
    steps = independent.verify(VECTORS["receipts"][name].encode(), genesis)
    assert steps[:6] == ["genesis", "validators", "certificate", "header", "trie", "leaf"]


def test_the_page_of_formats_names_every_domain_and_vector_file():
    page = (DATA.parent.parent / "docs" / "formats.md").read_text("utf-8")
    for word in (
        "header", "certificate", "validator-set", "envelope", "transactions-root",
        "receipts-root", "state-root", "faces-root", "document-root", "ciphertext", "key-id",
        "tests/data/vectors/formats.json", "piaolian-receipt-1", "piaolian-genesis-1",
        "piaolian-checkpoint-1",
    ):  # fmt: skip
        assert word in page, word
    assert VECTORS["tries"][3]["hash"] in page
