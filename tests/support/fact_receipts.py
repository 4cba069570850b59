"""Receipts of facts of any kind, honest and forged."""

from ledger.bills import bill_key
from tests.support.receipt_documents import Document, as_text, changed, document_of, flip
from tests.support.receipts import CODE, NUMBER, TEXT, SampleChain, certified, sample_chain


def known_facts() -> list[tuple[str, SampleChain, bytes]]:
    """Return the names of some facts of any kind, the chain that has them, and their keys."""
    return [
        ("a parameter", sample_chain(), b"p/"),
        ("a bill by its key", sample_chain(), bill_key(CODE, NUMBER)),
        ("no such agency", sample_chain(), b"a/nobody/"),
        ("the beginning of other keys", sample_chain(), b"a"),
        ("nothing at all", certified({}), b"p/"),
    ]


def forged_facts() -> list[tuple[str, str, Document]]:
    """Receipts of any key, falsified."""
    here, nowhere = (
        document_of(sample_chain().fact(b"p/")),
        document_of(sample_chain().fact(b"a/nobody/")),
    )
    key = as_text(b"v/")
    return [
        ("another key claimed", "leaf", changed(here, "fact", "key", by=lambda _: key)),
        ("another fact's bytes", "leaf", changed(here, "leaf", "value", by=flip)),
        ("details of a parameter", "leaf", {**here, "details": {"text": TEXT, "seed": key}}),
        ("a fact said absent", "leaf", changed(here, "fact", "kind", by=lambda _: "no-leaf")),
        ("an absent fact claimed", "leaf", changed(nowhere, "fact", "kind", by=lambda _: "leaf")),
        ("another key absent", "trie", changed(nowhere, "fact", "key", by=lambda _: key)),
        (
            "a fact hidden",
            "trie",
            {**here, "fact": {"kind": "no-leaf", "key": here["fact"]["key"]}, "leaf": None},
        ),
    ]
