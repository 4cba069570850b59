"""The published vectors of the ledger's formats: `python -m tests.support.ledger_vectors`.

Every byte follows from the made-up province of `tests.support.ledgers`; signatures are Ed25519 and
so the same each time. The parent's certificate is a stand-in: its format is consensus's.
"""

import json
from typing import Any

from ledger.apply import Built
from ledger.bills import bill_key
from ledger.block import encode_body
from ledger.documents import commitment, leaf_data, leaves_of, salt_of
from ledger.transaction import Transaction, signed_message
from primitives.codec import encode
from tests.support.ledgers import CODE, Chain, allot, genesis_bytes, issue, new_chain
from tests.support.vectors import DATA

PATH = DATA / "vectors" / "ledger.json"
SEED = bytes(range(32))
DOCUMENT = '{"busNo":"b-1","payer":"马娜","listDetail":[{"amt":"82.02"},{"amt":"0.00"}]}'


def ledger_vectors() -> dict[str, Any]:
    """Return all vectors, bytes as hex."""
    chain = new_chain()
    allotment = chain.sign("finance", allot(1, 100))
    first = block_vector(chain.commit(allotment))
    bills = chain.sign("hospital", issue("b-1"), issue("b-2", (0, 0, 0, 0, 0)))
    second = block_vector(chain.commit(bills))
    return {
        "genesis": {"file": genesis_bytes().decode(), "chain": chain.genesis.chain.hex()},
        "transactions": [transaction_vector(allotment), transaction_vector(bills)],
        "blocks": [first, second],
        "trie": [trie_vector(chain, bill_key(CODE, number)) for number in (1, 3)],
        "document": document_vector(),
    }


def transaction_vector(transaction: Transaction) -> dict[str, Any]:
    """Return one transaction, what was signed and what names it."""
    return {
        "envelope": transaction.envelope_bytes.hex(),
        "signed": signed_message(transaction.envelope.chain, transaction.envelope_bytes).hex(),
        "signature": transaction.signature.hex(),
        "bytes": transaction.data.hex(),
        "id": transaction.id.hex(),
        "hash": transaction.hash.hex(),
    }


def block_vector(built: Built) -> dict[str, Any]:
    """Return one block and what it does."""
    return {
        "header": built.header_bytes.hex(),
        "hash": built.hash.hex(),
        "body": encode_body(built.body).hex(),
        "receipts": [receipt.hex() for receipt in built.executed.receipts],
        "faces": [encode(face).hex() for face in built.executed.faces],
        "leaves": {
            key.decode(): value.hex() for key, value in sorted(built.executed.leaves.items())
        },
        "state_root": built.executed.state_root.hex(),
    }


def trie_vector(chain: Chain, key: bytes) -> dict[str, Any]:
    """Return the proof of a key's presence or absence after the last block."""
    proof = chain.view.prove(key)
    assert proof.instead is None
    return {
        "key": key.decode(),
        "is_present": proof.is_present,
        "steps": [
            [step.depth, step.bitmap, [other.hex() for other in step.others]]
            for step in proof.steps
        ],
    }


def document_vector() -> dict[str, Any]:
    """Return a document, its leaves and its commitment."""
    leaves = leaves_of(DOCUMENT.encode())
    return {
        "text": DOCUMENT,
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
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(ledger_vectors(), ensure_ascii=False, indent=1) + "\n", "utf-8")
