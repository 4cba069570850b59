"""Make tests/data/vectors/formats.json: one example of each format, byte for byte.

.venv/bin/python -m tests.support.format_vectors
"""

import json
from typing import Any

import msgpack

from consensus import certificate as certificates
from consensus.messages import (
    BodyReference,
    Commit,
    Prepare,
    Proposal,
    RoundChange,
    sign_bytes,
)
from consensus.validators import Validator, ValidatorSet
from ledger.bills import bill_key, face_of
from ledger.block import (
    Body,
    encode_body,
    encode_header,
    header_hash,
    receipts_root,
    transactions_root,
)
from ledger.documents import SealedText, commitment, leaf_data, leaves_of, open_leaf, salt_of
from ledger.faces import faces_key, faces_leaf
from ledger.genesis import genesis_leaves
from ledger.issuing import BillIssued, IssueBill
from ledger.ranges import AllotNumbers, NumbersAllotted
from ledger.receipt import Receipt, encode_receipt
from ledger.transaction import Envelope, Transaction, build, signed_message
from ledger.trie import root_hash, state_root_of
from primitives.codec import encode
from primitives.signing import Signed, key_id, signing_prefix
from primitives.trie import branch_hash, leaf_hash, nibbles_of, value_hash
from proofs.receipt import dump_receipt
from tests.support.receipts import (
    CODE,
    NUMBER,
    SEED,
    TEXT,
    TIME_MS,
    certified,
    genesis_file,
    sample_bill,
    sample_chain,
    sample_receipt,
    signing_key,
    some_lines,
    whole_text,
)
from tests.support.vectors import DATA

TARGET = DATA / "vectors" / "formats.json"


def readable(value: Any) -> Any:
    """Return a MessagePack value as JSON; a byte string as {"hex": ...}."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    return [readable(item) for item in value] if isinstance(value, list) else value


def _message(name: str, data: bytes, **facts: Any) -> dict[str, Any]:
    value = msgpack.unpackb(data, raw=False)
    shown = {key: fact.hex() if isinstance(fact, bytes) else fact for key, fact in facts.items()}
    return {"name": name, "bytes": data.hex(), "value": readable(value), **shown}


def _transaction(agency: str, operation: AllotNumbers | IssueBill) -> Transaction:
    key = signing_key(f"{agency}/desk")
    chain = sample_chain().genesis.chain
    nonce = bytes(range(16))
    envelope = Envelope(
        chain, agency, key_id(key.public_key), TIME_MS + 60_000, (operation,), (), nonce
    )
    return build(envelope, key.sign)


def _transactions() -> list[dict[str, Any]]:
    bill = sample_bill()
    allot = AllotNumbers("hospital", bill.place, bill.kind, CODE, 1, 1000)
    issue = IssueBill(
        bill.place,
        bill.kind,
        bill.business_number,
        bill.check_code,
        bill.amounts,
        bill.document,
        bill.holder_key,
    )
    rows = []
    for agency, operation in (("finance", allot), ("hospital", issue)):
        it = _transaction(agency, operation)
        name = type(operation).__name__
        rows += [
            _message(f"envelope of {name}", it.envelope_bytes, transaction_id=it.id),
            _message(
                f"transaction of {name}",
                it.data,
                hash=it.hash,
                public_key=signing_key(f"{agency}/desk").public_key,
                signed=signed_message(it.envelope.chain, it.envelope_bytes),
                signature=it.signature,
            ),
        ]
    return rows


def _blocks() -> list[dict[str, Any]]:
    chain = sample_chain()
    transaction = _transaction("finance", AllotNumbers("hospital", "1", "01", CODE, 1, 9))
    receipts = [
        Receipt(transaction.id, 3, 0, (NumbersAllotted(CODE, 1, 9),)),
        Receipt(transaction.id, 3, 1, (BillIssued(CODE, 1), BillIssued(CODE, 2))),
    ]
    certificate = certificates.encode(chain.certificate)
    body = encode_body(Body((transaction.data,), certificate))
    header = encode_header(chain.header)
    return [
        _message("header", header, hash=header_hash(header)),
        _message("body", body, transactions_root=transactions_root([transaction.hash])),
        *(_message(f"receipt {i}", encode_receipt(r)) for i, r in enumerate(receipts)),
        {
            "name": "receipts root",
            "of": [encode_receipt(receipt).hex() for receipt in receipts],
            "root": receipts_root([encode_receipt(receipt) for receipt in receipts]).hex(),
        },
    ]


def _votes() -> list[dict[str, Any]]:
    chain, validators = sample_chain(), _validators()
    hash_, key = chain.certificate.hash, signing_key("health/validator")
    header = encode_header(chain.header)
    reference = BodyReference((bytes([7]) * 32,), b"")
    unsigned = (
        Proposal(1, 3, 0, header, reference, (), None, bytes(64)),
        Prepare(1, 3, 0, hash_, bytes(64)),
        Commit(1, 3, 0, hash_, bytes(64)),
        RoundChange(1, 3, 2, 0, bytes(32), None, bytes(64)),
        RoundChange(1, 3, 2, 1, hash_, None, bytes(64)),
    )
    rows = []
    for vote in unsigned:
        signed = sign_bytes(vote, chain.genesis.chain)
        signature = key.sign(signed)
        fields = [getattr(vote, name) for name in vote.__struct_fields__[:-1]]
        data = encode(type(vote)(*fields, signature))
        facts = {"signed": signed, "public_key": key.public_key, "signature": signature}
        rows.append(_message(type(vote).__name__, data, **facts))
    certificate = certificates.encode(chain.certificate)
    set_bytes = encode(validators.validators)
    return [
        *rows,
        _message("certificate", certificate, hash=certificates.certificate_hash(certificate)),
        _message("validator set", set_bytes, hash=validators.hash),
    ]


def _validators() -> ValidatorSet:
    entries = sample_chain().genesis.validators
    return ValidatorSet(tuple(Validator(e.agency, e.suite, e.public_key) for e in entries))


def _state() -> list[dict[str, Any]]:
    bill = sample_bill()
    leaves = {
        **genesis_leaves(sample_chain().genesis),
        bill_key(CODE, NUMBER): bill,
        faces_key(3): faces_leaf([face_of(bill, CODE, NUMBER)]),
    }
    return [
        _message(key.decode(), encode(leaf), leaf_hash=leaf_hash(key, value_hash(encode(leaf))))
        for key, leaf in leaves.items()
    ] + [_message("face", encode(face_of(bill, CODE, NUMBER)))]


def _tries() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for values in ({}, {b"a": b"1"}, {b"aa": b"1", b"ab": b"2", b"c": b"3"}):
        chain = certified(values)
        row = {
            "leaves": {key.hex(): value.hex() for key, value in values.items()},
            "root": root_hash(chain.root).hex(),
            "state_root": state_root_of(chain.root).hex(),
        }
        rows.append(row)
    path = nibbles_of(b"a")
    children = [bytes([1]) * 32, bytes([2]) * 32]
    branch = {
        "path": path.hex(),
        "bitmap": 6,
        "children": [child.hex() for child in children],
        "hash": branch_hash(path, 6, children).hex(),
    }
    return [*rows, branch]


def _documents() -> dict[str, Any]:
    leaves = leaves_of(TEXT.encode())
    opening = open_leaf(leaves, SEED, 11)
    return {
        "text": TEXT,
        "seed": SEED.hex(),
        "leaves": [
            {
                "path": path,
                "value": value,
                "salt": salt_of(SEED, path).hex(),
                "data": leaf_data(path, value, salt_of(SEED, path)).hex(),
            }
            for path, value in leaves
        ],
        "commitment": commitment(leaves, SEED).hex(),
        "opening": {
            "path": opening.path,
            "index": opening.index,
            "size": opening.size,
            "proof": [hash_.hex() for hash_ in opening.proof],
        },
        "sealed_plaintext": encode(SealedText(SEED, TEXT.encode())).hex(),
    }


def make_vectors() -> dict[str, Any]:
    """Return all vectors."""
    chain = sample_chain().genesis.chain
    return {
        "genesis": {"file": genesis_file().decode(), "chain": chain.hex()},
        "signing_prefixes": {kind.name: signing_prefix(kind, chain).hex() for kind in Signed},
        "key_id": {
            "public_key": signing_key("finance/desk").public_key.hex(),
            "key_id": key_id(signing_key("finance/desk").public_key).hex(),
        },
        "transactions": _transactions(),
        "blocks": _blocks(),
        "votes": _votes(),
        "state": _state(),
        "tries": _tries(),
        "document": _documents(),
        "receipts": {
            "whole": dump_receipt(sample_receipt(details=whole_text())).decode(),
            "lines": dump_receipt(sample_receipt(details=some_lines(2, 11))).decode(),
            "absent": dump_receipt(sample_receipt(number=48)).decode(),
        },
    }


def vectors_file() -> str:
    """Return the file's text."""
    return json.dumps(make_vectors(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(vectors_file(), "utf-8")
