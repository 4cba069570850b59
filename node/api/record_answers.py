"""What the API tells of medical records: the chain's face of a document, and what became of one.

Rule: as `node.api.answers`. A document is named by where it was published, a record by the name of
its first resource; what it says stands in its text alone.
"""

from typing import Literal

from node.api.answers import Answer, Problem


class RecordFace(Answer):
    """A document as the chain knows it: nothing personal is in it."""

    custodian: str
    """Who published and keeps it."""
    document: str
    """Its name: block, transaction and operation that published it, `812-0-3`."""
    kind: str
    """One of the parameter `document_kinds`."""
    size_class: int
    """Bytes of its sealed text, padded."""
    time_ms: int
    """When it was published."""
    height: int
    """The block."""
    state: str
    """`published`, or `superseded` by an amendment."""
    supersedes: str | None
    """The document it amends."""
    superseded_by: str | None
    """The document that amends it."""
    commitment: str
    """Root over its salted leaves, hex."""
    ciphertext_hash: str
    """Hash of the sealed text, hex."""
    retention_years: int
    """How long it is kept."""
    key_id: str
    """The key that published it, hex."""


class RecordFaces(Answer):
    """A page of documents."""

    items: list[RecordFace]
    """In the order of their names, oldest first."""
    next: str | None
    """Cursor of the next page."""


class RecordHistory(Answer):
    """A document with all that it amends and that amends it."""

    items: list[RecordFace]
    """Oldest first; the last is in force."""


class PublishedRecord(Answer):
    """What became of one record of a bundle."""

    resource: str
    """Name of its first resource: `Encounter/<id>` of a visit, `Patient/<id>` of the rest."""
    kind: str
    """One of the parameter `document_kinds`."""
    entries: int
    """How many resources it has."""
    status: Literal["committed", "exists", "accepted", "unknown", "refused"]
    """`exists`: this very record was published before; `unknown`: the wait was too short."""
    document: str | None = None
    """Its document's name, once it is known."""
    supersedes: str | None = None
    """The document that it amends."""
    height: int | None = None
    """The block that published it."""
    transaction: str | None = None
    """Transaction id, hex."""
    problem: Problem | None = None
    """Why it is refused."""


class PublishedRecords(Answer):
    """What became of a bundle."""

    items: list[PublishedRecord]
    """A record each: the visits in the bundle's order, then the rest."""


class OpeningAnswer(Answer):
    """Somebody opened a bill's details or a record."""

    time_ms: int
    """When."""
    who: str
    """Name of the token, `operator` on the admin socket."""
    session: str
    """Hash of the portal session; empty without one."""
    what: str
    """`details`, `contact`, `sealed`, `proof`, `export` or `record`."""


class Openings(Answer):
    """The newest openings of one bill or record."""

    items: list[OpeningAnswer]
    """Newest first, at most 100."""
