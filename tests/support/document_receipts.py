"""Receipts of published documents, honest and forged: the text, its seed, its leaf, its lines."""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from ledger.bills import DocumentReference
from ledger.documents import commitment, leaves_of
from ledger.publishing import DocumentName, PublishedDocument, document_key
from primitives.codec import Message, encode
from primitives.signing import key_id
from proofs.jsonfile import Base64Url
from proofs.receipt import Details, LeafFact, PortableReceipt, build_receipt
from tests.support.receipt_documents import Document, as_text, changed, document_of, flip
from tests.support.receipts import (
    SEED,
    TEXT,
    TIME_MS,
    SampleChain,
    certified,
    sample_bill,
    sample_chain,
    signing_key,
    some_lines,
    whole_text,
)

VISIT = (
    '{"form":"fhir-visit-1","entry":[{"resource":{"resourceType":"Encounter","id":"e-1"}},'
    '{"resource" : {"resourceType":"Observation","id":"o-1","valueQuantity":{"value":166.10}}},'
    '{"resource":{"resourceType":"Condition","id":"c-1","code":{"text":"急性 \\"上\\" 感染"}}}]}'
)
"""A visit's record: four leaves, of which three are resources."""
OTHER = VISIT.replace("166.10", "176.10")
OLD, NEWEST, NEXT = (DocumentName("hospital", 1, 0, place) for place in (3, 4, 5))
"""A document, what superseded it, and another that nobody amended."""
LATER = DocumentName("hospital", 4, 0, 0)
"""One that no block of the sample chain can have published."""
WRONG_KEYS = (
    *(b"j/hospital/000000000001-00000-0005", b"j//000000000001-00000-0005/", b"j/"),
    *(b"j/Hospital/000000000001-00000-0005/", b"j/hospital/1-0-5/", b"j/\xff/x/"),
    b"j/hospital/000000000001-00000-0005/x",
)
"""Keys under which no document stands."""


class _Lookalike(PublishedDocument, tag=99):
    """A leaf of another kind with the fields of a document."""


def sample_document(
    name: DocumentName = NEXT, text: str = VISIT, **changes: Any
) -> PublishedDocument:
    """Return the leaf of a published document."""
    sealed = DocumentReference(
        commitment(leaves_of(text.encode()), SEED), hashlib.sha256(b"sealed").digest(), 15
    )
    fields: dict[str, Any] = {
        "kind": "01",
        "size_class": 4096,
        "document": sealed,
        "time_ms": TIME_MS + 50,
        "height": name.height,
        "transaction_index": name.transaction_index,
        "operation_index": name.operation_index,
        "key_id": key_id(signing_key("hospital/desk").public_key),
        "state": 0,
        "supersedes": None,
        "superseded_by": None,
    }
    return PublishedDocument(**{**fields, **changes})


def documents_chain(**changes: Any) -> SampleChain:
    """Return the sample chain with three documents, `NEXT` with other fields."""
    old = sample_document(OLD, OTHER, state=1, superseded_by=NEWEST)
    leaves = {
        OLD: old,
        NEWEST: sample_document(NEWEST, supersedes=OLD, kind="02"),
        NEXT: sample_document(**changes),
    }
    written = {document_key(name): encode(leaf) for name, leaf in leaves.items()}
    return certified({**sample_chain().values, **written})


def document_receipt(
    details: Details | None = None, name: DocumentName = NEXT, chain: SampleChain | None = None
) -> PortableReceipt:
    """Return the receipt of a document."""
    chain, key = chain or documents_chain(), document_key(name)
    return build_receipt(
        LeafFact(Base64Url(key)),
        chain.prove(key),
        value=chain.values[key],
        certified=chain.certified,
        details=details,
    )


def good_documents() -> list[tuple[str, PortableReceipt]]:
    """Receipts of documents that every verifier must accept."""
    long = '{"form":"fhir-rest-1","order":[' + ",".join(['"Patient/p"'] * 30_000) + "]}"
    repeats_a_face = '{"busNo":7,"totalAmt":"nothing"}'
    return [
        ("a document", document_receipt()),
        ("a document with its text", document_receipt(whole_text(VISIT))),
        ("a document with some lines", document_receipt(some_lines(0, 2, text=VISIT))),
        ("a superseded document with its text", document_receipt(whole_text(OTHER), OLD)),
        ("an amendment with one line", document_receipt(some_lines(3, text=VISIT), NEWEST)),
        (
            "a document longer than any bill",
            document_receipt(whole_text(long), chain=documents_chain(text=long)),
        ),
        (
            "a document with the words of a bill",
            document_receipt(
                whole_text(repeats_a_face), chain=documents_chain(text=repeats_a_face)
            ),
        ),
    ]


def forged_documents() -> list[tuple[str, str, Document]]:
    """Receipts of documents, falsified, and the step that must find it out."""
    made = [(name, "document", document) for name, document in _other_details().items()]
    return made + [(name, "leaf", document) for name, document in _other_leaves().items()]


def _other_details() -> dict[str, Document]:
    whole = document_of(document_receipt(whole_text(VISIT)))
    lines = document_of(document_receipt(some_lines(0, 2, 3, text=VISIT)))

    def text(by: Callable[[str], str]) -> Document:
        return changed(whole, "details", "text", by=by)

    def line(name: str, by: Callable[[Any], Any]) -> Document:
        return changed(lines, "details", "lines", 1, name, by=by)

    return {
        "a record's figure changed": text(lambda v: v.replace("166.10", "166.11")),
        "a record's figure spelled otherwise": text(lambda v: v.replace("166.10", "166.1")),
        "a blank of a record dropped": text(lambda v: v.replace('"resource" :', '"resource":')),
        "a record's entries exchanged": text(lambda v: v.replace("e-1", "x").replace("o-1", "e-1")),
        "a record's form changed": text(lambda v: v.replace("visit", "rest-")),
        "the text of the document it supersedes": text(lambda _: OTHER),
        "a bill's text for a document's": document_of(document_receipt(whole_text(TEXT))),
        "a document's seed changed": changed(whole, "details", "seed", by=flip),
        "a document's seed of zeros": changed(
            whole, "details", "seed", by=lambda _: as_text(bytes(32))
        ),
        "a document's line changed": line("value", lambda v: v.replace("166.10", "166.11")),
        "a document's line moved": line("index", lambda v: v - 1),
        "a document's line renamed": line("path", lambda _: "entry/0"),
        "a document's line of another salt": line("salt", lambda v: flip(v, 3)),
        "a document's line in a longer text": line("size", lambda v: v + 1),
        "a document's line of another proof": line("proof", lambda v: [flip(v[0]), *v[1:]]),
        "a document's lines out of order": changed(lines, "details", "lines", by=lambda v: v[::-1]),
        "no text and no lines of a document": {**whole, "details": {"seed": as_text(SEED)}},
    }


def _other_leaves() -> dict[str, Document]:
    whole = document_of(document_receipt(whole_text(VISIT)))
    old = document_of(document_receipt(name=OLD))

    def leaf(**changes: Any) -> Document:
        return document_of(document_receipt(chain=documents_chain(**changes)))

    return {
        "the leaf of another document": changed(
            whole, "leaf", "value", by=lambda _: old["leaf"]["value"]
        ),
        "another document claimed": {**whole, "fact": old["fact"]},
        "a document said to be in force": changed(old, "leaf", "value", by=_in_force),
        "a document of a later height": _under(document_key(LATER), sample_document(LATER)),
        "a document of a later time": leaf(time_ms=TIME_MS + 1001),
        "a document that names itself otherwise": leaf(operation_index=6),
        "a superseded document without the one in its place": leaf(state=1),
        "a document in force that was superseded": leaf(superseded_by=OLD),
        "a document of no known state": leaf(state=2, superseded_by=OLD),
        "a bill under a document's key": _under(document_key(NEXT), sample_bill()),
        "a leaf of another kind that looks like a document": _under(
            document_key(NEXT), _Lookalike(*msgspec.structs.astuple(sample_document()))
        ),
        **{f"a document under {key!r}": _under(key, sample_document()) for key in WRONG_KEYS},
    }


def _in_force(_value: str) -> str:
    return as_text(encode(sample_document(OLD, OTHER)))


def _under(key: bytes, leaf: Message) -> Document:
    return document_of(certified({**sample_chain().values, key: encode(leaf)}).fact(key))
