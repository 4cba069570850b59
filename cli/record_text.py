"""A record as the node gives it out: its text, its seed, and the proof of what it is.

Rule: what is read is the original text; a resource comes out byte for byte as it went in.
"""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from cli.arguments import base64url
from cli.client import NodeClient
from cli.exits import CommandError, Exit
from exchange.fhir_bundle import entries_of, resource_of
from ledger.publishing import document_key, read_document_name
from proofs.document import details_of_text
from proofs.receipt import PortableReceipt, load_receipt

SEED_HEADER = "Document-Seed"


@dataclass(frozen=True, slots=True)
class Record:
    """A document's text with what proves it."""

    text: bytes
    """As it was sealed."""
    seed: str
    """The salts' origin, base64url."""
    proof: PortableReceipt
    """Of the document's leaf."""

    def receipt(self) -> PortableReceipt:
        """Return the receipt that shows the whole text."""
        details = details_of_text(self.text.decode(), _seed_bytes(self.seed))
        return msgspec.structs.replace(self.proof, details=details)


async def fetch_record(client: NodeClient, custodian: str, document: str) -> Record:
    """Return a record of the asked node's own.

    Raises:
        HouseError: as `NodeClient.get`.
    """
    text, seed = await client.get_with_header(
        f"/v1/records/{quote(custodian, safe='')}/{quote(document, safe='')}/text", SEED_HEADER
    )
    key = document_key(read_document_name(custodian, document))
    proof = load_receipt(await client.get_bytes(f"/v1/facts/{base64url(key)}"))
    return Record(text, seed, proof)


def resource_in(text: bytes, name: str) -> bytes:
    """Return the text of a resource of a record.

    Args:
        text: the record's.
        name: `Encounter/<id>`.

    Raises:
        CommandError: the record has no such resource.
    """
    type_, _, id_ = name.partition("/")
    for entry in entries_of(text):
        resource = resource_of(entry)
        said = msgspec.json.decode(resource, type=_Named)
        if (said.resourceType, said.id) == (type_, id_):
            return bytes(resource)
    raise CommandError(
        Exit.REFUSED, "record.no_such_resource", "the record has no such resource", field="resource"
    )


class _Named(msgspec.Struct):
    """What names a resource."""

    resourceType: str  # noqa: N815
    """Its type."""
    id: str
    """Its id."""


def _seed_bytes(seed: str) -> bytes:
    return urlsafe_b64decode(seed + "=" * (-len(seed) % 4))
