"""Sealed documents on a chain in memory: their operations, and short ways to what a test wants."""

from typing import Any

import msgspec

from ledger.bills import DocumentReference
from ledger.publishing import (
    DocumentName,
    PublishDocument,
    PublishedDocument,
    SupersedeDocument,
    document_key,
)
from tests.support.ledgers import Chain, seed_of

YEARS = {"01": 15, "02": 30, "03": 30}
"""Retention by kind, as the parameter has it at first."""


def publish(text: str, kind: str = "01", size_class: int = 4096) -> PublishDocument:
    """Return the publishing of a document; `text` stands for what it says."""
    return PublishDocument(kind, size_class, reference_of(text, YEARS[kind]))


def supersede(old: DocumentName, text: str, kind: str = "01", **changes: Any) -> SupersedeDocument:
    """Return the amendment of a document."""
    reference = reference_of(text, YEARS[kind])
    operation = SupersedeDocument(old, "correction", kind, 4096, reference)
    return msgspec.structs.replace(operation, **changes)


def reference_of(text: str, years: int) -> DocumentReference:
    """Return what the chain knows of a sealed text."""
    return DocumentReference(seed_of(text, "c"), seed_of(text, "h"), years)


def published(chain: Chain, *texts: str, agency: str = "hospital") -> list[DocumentName]:
    """Publish documents in one transaction of the next block and return their names."""
    chain.accept(agency, *(publish(text) for text in texts))
    return [DocumentName(agency, chain.tip.height, 0, place) for place in range(len(texts))]


def amended(chain: Chain, old: DocumentName, text: str) -> DocumentName:
    """Amend a document in the next block and return the new one's name."""
    chain.accept(old.custodian, supersede(old, text))
    return DocumentName(old.custodian, chain.tip.height, 0, 0)


def document_at(chain: Chain, name: DocumentName) -> PublishedDocument:
    """Return a document's leaf."""
    return chain.fact(document_key(name), PublishedDocument)
