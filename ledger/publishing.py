"""Publishing sealed documents (病历文档) and their amendments.

The chain knows of a document what it must prove and nothing that could be read: commitment and
hash of the sealed text, its size class, kind, custodian and how long it is kept. A document is
named by where its publishing stands: height, transaction, operation.

Rule: a document is never edited; an amendment is a document of its own, linked both ways, and of
each line of amendments the newest alone is in force. Kinds and their retention are a parameter.
Source: 医疗机构病历管理规定: outpatient records are kept 15 years, inpatient records 30; nobody
alters or hides one.
"""

import re
from typing import Annotated, Final

import msgspec

from ledger.axes import Axis, No
from ledger.bills import DocumentReference
from ledger.parameters import Kind
from ledger.results import Done
from ledger.state import Changes, Context, Facts
from ledger.units import Reason
from primitives.codec import AgencyId, KeyId, Message, UInt, UInt32
from primitives.errors import Refused
from primitives.sealing import is_size_class

PUBLISHED: Final = 0
SUPERSEDED: Final = 1

DOCUMENT: Final = Axis(
    "document",
    "病历文档",
    ("PUBLISHED 有效", "SUPERSEDED 已更正"),
    {
        "SupersedeDocument": (
            (SUPERSEDED,),
            No("document.superseded", "amend the document that took its place"),
        ),
    },
)
"""Whether a document is the newest of its line."""

_NAME: Final = re.compile(r"(0|[1-9][0-9]{0,11})-(0|[1-9][0-9]{0,4})-(0|[1-9][0-9]{0,3})")


class DocumentName(Message):
    """Names a document by where its publishing stands in the chain.

    Parts longer than a key's digits name nothing: no block has so many transactions, or operations.
    """

    custodian: AgencyId
    """Who published it."""
    height: UInt
    """The block."""
    transaction_index: UInt32
    """The transaction in it."""
    operation_index: UInt32
    """The operation in that."""


class PublishDocument(Message, tag=21):
    """A hospital tells the chain of a document that it keeps sealed."""

    kind: Kind
    """One of the parameter `document_kinds`."""
    size_class: UInt32
    """Bytes of its sealed text, padded."""
    document: DocumentReference
    """The sealed text."""


class SupersedeDocument(Message, tag=22):
    """A hospital amends a document of its own: another takes its place."""

    old: DocumentName
    """What is amended; it must be the newest of its line."""
    reason: Reason
    kind: Kind
    """As `PublishDocument`."""
    size_class: UInt32
    """As `PublishDocument`."""
    document: DocumentReference
    """The sealed text of the document in its place."""


class PublishedDocument(Message, tag=24):
    """The leaf `j/<custodian>/<height>-<transaction>-<operation>/`."""

    kind: Kind
    """One of the parameter `document_kinds` when it was published."""
    size_class: UInt32
    """Bytes of its sealed text, padded."""
    document: DocumentReference
    """The sealed text."""
    time_ms: UInt
    """When it was published: the block's time."""
    height: UInt
    """The block that published it."""
    transaction_index: UInt32
    """The transaction in that block."""
    operation_index: UInt32
    """The operation in that."""
    key_id: KeyId
    """The key that published it."""
    state: Annotated[int, msgspec.Meta(ge=0, le=1)]
    """A state of `DOCUMENT`."""
    supersedes: DocumentName | None
    """The document it amends."""
    superseded_by: DocumentName | None
    """The document that took its place."""


def document_key(name: DocumentName) -> bytes:
    """Return the state key of a document; keys of one custodian ascend with time."""
    return b"j/%b/%012d-%05d-%04d/" % (
        name.custodian.encode(),
        name.height,
        name.transaction_index,
        name.operation_index,
    )


def write_document_name(name: DocumentName) -> str:
    """Return how people name a document of a custodian: `812-0-3`."""
    return f"{name.height}-{name.transaction_index}-{name.operation_index}"


def read_document_name(custodian: str, text: str) -> DocumentName:
    """Return the name that `write_document_name` wrote, the custodian known.

    Raises:
        Refused: `document.malformed_name`.
    """
    found = _NAME.fullmatch(text)
    if found is None:
        raise Refused(
            "document.malformed_name", "block, transaction and operation: 812-0-3", "document"
        )
    return DocumentName(custodian, *(int(part) for part in found.groups()))


def name_of_document(custodian: str, document: PublishedDocument) -> DocumentName:
    """Return the name of a document."""
    return DocumentName(
        custodian, document.height, document.transaction_index, document.operation_index
    )


def is_superseded(facts: Facts, name: DocumentName) -> bool:
    """Tell whether another document took a document's place."""
    document = facts.leaf(document_key(name), PublishedDocument)
    return document is not None and document.state == SUPERSEDED


def check_publish_document(facts: Facts, operation: PublishDocument, context: Context) -> Changes:
    """Publish a document.

    Raises:
        Refused: `document.unknown_kind`, `document.wrong_retention`, `document.wrong_size_class`.
    """
    del facts
    published = _published(operation, context, None)
    return Changes(((document_key(_name(context)), published),), Done())


def check_supersede_document(
    facts: Facts, operation: SupersedeDocument, context: Context
) -> Changes:
    """Publish a document in the place of another.

    Raises:
        Refused: `document.unknown`, `document.not_yours`, as `check_publish_document`, or as
            `DOCUMENT` says.
    """
    if operation.old.custodian != context.sender:
        raise Refused("document.not_yours", "only who published it may amend it", "old")
    key = document_key(operation.old)
    old = facts.leaf(key, PublishedDocument)
    if old is None:
        raise Refused("document.unknown", "no such document was published", "old")
    state = DOCUMENT.move(old.state, "SupersedeDocument", field="old")
    name = _name(context)
    published = _published(operation, context, operation.old)
    ended = msgspec.structs.replace(old, state=state, superseded_by=name)
    return Changes(((key, ended), (document_key(name), published)), Done())


def _name(context: Context) -> DocumentName:
    return DocumentName(
        context.sender, context.height, context.transaction_index, context.operation_index
    )


def _published(
    operation: PublishDocument | SupersedeDocument, context: Context, old: DocumentName | None
) -> PublishedDocument:
    years = dict(context.parameters.document_kinds).get(operation.kind)
    if years is None:
        raise Refused("document.unknown_kind", "the province keeps no such kind", "kind")
    if operation.document.retention_years != years:
        raise Refused(
            "document.wrong_retention", f"this kind is kept {years} years", "retention_years"
        )
    if not is_size_class(operation.size_class):
        raise Refused("document.wrong_size_class", "not a padded size", "size_class")
    return PublishedDocument(
        operation.kind,
        operation.size_class,
        operation.document,
        context.time_ms,
        context.height,
        context.transaction_index,
        context.operation_index,
        context.key.key_id,
        PUBLISHED,
        old,
        None,
    )
