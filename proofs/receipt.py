"""The portable receipt (票据凭证文件): one JSON file that proves one fact to anybody.

Rule: the file needs nothing beside the genesis. It is only a claim until `proofs.verify` has
checked it; its own words about itself count for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, dataclass_transform

import msgspec

from ledger import trie as state_trie
from ledger.bills import bill_key
from ledger.documents import DOCUMENT_SIZE_MAX
from ledger.ranges import Code, Number
from ledger.validators import ValidatorEntry
from primitives.codec import AgencyId
from primitives.signing import SUITE_ED25519
from primitives.trie import WIDTH, leaf_hash, value_hash
from proofs.jsonfile import Base64Url, dump_json, load_json

FORMAT: Final = "piaolian-receipt-1"
PROOF_SIZE_MAX: Final = 2 * 1024 * 1024
"""Bytes of a receipt beside the text that it shows."""
RECEIPT_SIZE_MAX: Final = 2 * DOCUMENT_SIZE_MAX + PROOF_SIZE_MAX
"""Bytes of the file; in JSON a text is at most twice as long, were it all quotes."""
STEPS_MAX: Final = 240
LINES_MAX: Final = 10_000
CHANGES_MAX: Final = 1_000
"""Changes of the validator set in one receipt; a checkpoint makes older ones needless."""

Bitmap = Annotated[int, msgspec.Meta(ge=1, le=2**WIDTH - 1)]
Hashes = Annotated[tuple[Base64Url, ...], msgspec.Meta(max_length=WIDTH)]


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the file: an object with exactly these keys."""


class BillFact(_Part, tag_field="kind", tag="bill"):
    """This bill was issued."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""


class NoBillFact(_Part, tag_field="kind", tag="no-bill"):
    """No bill was ever issued under this number."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""


class LeafFact(_Part, tag_field="kind", tag="leaf"):
    """This fact stands in the state."""

    key: Base64Url
    """Its state key."""


class NoLeafFact(_Part, tag_field="kind", tag="no-leaf"):
    """Nothing stands in the state under this key."""

    key: Base64Url
    """The state key."""


Fact = BillFact | NoBillFact | LeafFact | NoLeafFact


def fact_key(fact: Fact) -> bytes:
    """Return the state key that a fact is about."""
    if isinstance(fact, BillFact | NoBillFact):
        return bill_key(fact.code, fact.number)
    return bytes(fact.key)


def is_absence(fact: Fact) -> bool:
    """Tell whether a fact says that something is not there."""
    return isinstance(fact, NoBillFact | NoLeafFact)


class ReceiptLeaf(_Part):
    """The fact as it stands in the state."""

    key: Base64Url
    """Its state key."""
    value: Base64Url
    """Its bytes."""
    hash: Base64Url
    """Hash of key and value; it lets the trie be judged apart from the leaf."""


class OtherLeaf(_Part, tag_field="kind", tag="leaf"):
    """Another leaf stands where the key would."""

    key: Base64Url
    """Its key."""
    value_hash: Base64Url
    """SHA-256 of its value."""


class OtherBranch(_Part, tag_field="kind", tag="branch"):
    """A branch stands where the key would, and its path leads elsewhere."""

    path: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{0,240}\Z")]
    """Its absolute path, one hexadecimal digit a nibble."""
    bitmap: Bitmap
    """Bit i is set when a child stands at nibble i."""
    children: Hashes
    """Their hashes, ascending."""


Step = tuple[Annotated[int, msgspec.Meta(ge=0, le=STEPS_MAX)], Bitmap, Hashes]
"""A branch on the key's way: depth in nibbles, bitmap, hashes of the other children ascending."""


class OpenedLine(_Part):
    """One leaf of the sealed details, shown without the others."""

    path: Annotated[str, msgspec.Meta(max_length=256)]
    """`payer`, or `listDetail/0`."""
    value: Annotated[str, msgspec.Meta(max_length=DOCUMENT_SIZE_MAX)]
    """Its JSON text."""
    salt: Base64Url
    """16 bytes."""
    index: Annotated[int, msgspec.Meta(ge=0, le=2**32)]
    """Its place among the leaves."""
    size: Annotated[int, msgspec.Meta(ge=1, le=2**32)]
    """How many leaves there are."""
    proof: Annotated[tuple[Base64Url, ...], msgspec.Meta(max_length=64)]
    """RFC 6962 siblings, from the leaf up."""


class Details(_Part, omit_defaults=True):
    """What the holder shows of the sealed details: the whole text and its seed, or some lines."""

    text: Annotated[str, msgspec.Meta(max_length=DOCUMENT_SIZE_MAX)] | None = None
    """The original text."""
    seed: Base64Url | None = None
    """Origin of the salts: 32 bytes."""
    lines: Annotated[tuple[OpenedLine, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    """Opened lines in the order of the text, and nothing of the rest."""


class NamedValidator(_Part):
    """One agency's vote."""

    agency: AgencyId
    """Who votes."""
    suite: Annotated[int, msgspec.Meta(ge=SUITE_ED25519, le=SUITE_ED25519)]
    """The crypto suite of the key."""
    public: Base64Url
    """The key: 32 bytes."""


NamedValidators = Annotated[tuple[NamedValidator, ...], msgspec.Meta(max_length=128)]
"""A validator set, in register order."""


class ValidatorChange(_Part):
    """One link of the path from the first validators to those of the header."""

    header: Base64Url
    """The block header that names the next set."""
    certificate: Base64Url
    """Signatures over it, by the set before."""
    validators: NamedValidators
    """The next set."""


class TrustNote(_Part):
    """From where the receipt can be checked."""

    start: Literal["genesis"] = msgspec.field(name="from", default="genesis")
    """The genesis: the only start that the file's validator changes lead from."""


class PortableReceipt(_Part):
    """The whole file, bytes decoded, nothing checked."""

    format: Literal["piaolian-receipt-1"]
    """The file's form."""
    chain: Base64Url
    """Hash of the genesis file."""
    fact: Fact
    """What it claims."""
    leaf: ReceiptLeaf | None
    """The fact's leaf; null for an absence."""
    trie: Annotated[tuple[Step, ...], msgspec.Meta(max_length=STEPS_MAX)]
    """From the root down to the leaf."""
    header: Base64Url
    """The block header whose state it is."""
    certificate: Base64Url
    """The quorum's signatures over that header."""
    validators: Annotated[tuple[ValidatorChange, ...], msgspec.Meta(max_length=CHANGES_MAX)]
    """Every change of the validator set from the genesis to the header, ascending."""
    details: Details | None
    """What the holder shows of the sealed details."""
    trust: TrustNote
    """From where it can be checked."""
    instead: OtherLeaf | OtherBranch | None = None
    """What stands in the key's place; null for presence, an empty slot or an empty trie."""


def load_receipt(data: bytes) -> PortableReceipt:
    """Read a receipt file.

    Args:
        data: the file's bytes.

    Raises:
        VerificationFailed: `receipt.too_long` or `receipt.malformed`.
    """
    return load_json(data, PortableReceipt, size_max=RECEIPT_SIZE_MAX, step="receipt")


def dump_receipt(receipt: PortableReceipt) -> bytes:
    """Return the file of a receipt."""
    return dump_json(receipt)


@dataclass(frozen=True, slots=True)
class Certified:
    """A header, and why it is believed."""

    chain: bytes
    """Chain id, 32 bytes."""
    header: bytes
    """Bytes of the header."""
    certificate: bytes
    """Bytes of its commit certificate."""
    changes: tuple[ValidatorChange, ...] = ()
    """Every change of the validator set below the header, ascending."""


def build_receipt(
    fact: Fact,
    proof: state_trie.Proof,
    *,
    value: bytes | None,
    certified: Certified,
    details: Details | None = None,
) -> PortableReceipt:
    """Put a receipt together from what a node holds.

    Args:
        fact: what it shall prove.
        proof: the trie's proof for the fact's key, below the header's state root.
        value: the leaf's bytes; None when the proof is one of absence.
        certified: the header below whose state root it stands.
        details: what the holder shows of the details.
    """
    key = fact_key(fact)
    leaf = None
    if value is not None:
        leaf_hash_ = leaf_hash(key, value_hash(value))
        leaf = ReceiptLeaf(Base64Url(key), Base64Url(value), Base64Url(leaf_hash_))
    return PortableReceipt(
        format=FORMAT,
        chain=Base64Url(certified.chain),
        fact=fact,
        leaf=leaf,
        trie=tuple((step.depth, step.bitmap, _hashes(step.others)) for step in proof.steps),
        header=Base64Url(certified.header),
        certificate=Base64Url(certified.certificate),
        validators=certified.changes,
        details=details,
        trust=TrustNote(),
        instead=_instead(proof.instead),
    )


def _hashes(hashes: tuple[bytes, ...]) -> tuple[Base64Url, ...]:
    return tuple(Base64Url(hash_) for hash_ in hashes)


def _instead(
    other: state_trie.OtherLeaf | state_trie.OtherBranch | None,
) -> OtherLeaf | OtherBranch | None:
    match other:
        case state_trie.OtherLeaf(key=key, value_hash=hash_):
            return OtherLeaf(Base64Url(key), Base64Url(hash_))
        case state_trie.OtherBranch(path=path, bitmap=bitmap, children=children):
            digits = "".join(f"{nibble:x}" for nibble in path)
            return OtherBranch(digits, bitmap, _hashes(children))
        case None:
            return None


def change_of(
    header: bytes, certificate: bytes, validators: Sequence[ValidatorEntry]
) -> ValidatorChange:
    """Return one change of the validator set.

    Args:
        header: bytes of the header that names the next set.
        certificate: bytes of its commit certificate.
        validators: the next set.
    """
    return ValidatorChange(Base64Url(header), Base64Url(certificate), named_validators(validators))


def named_validators(validators: Sequence[ValidatorEntry]) -> tuple[NamedValidator, ...]:
    """Return a validator set as files name it."""
    return tuple(NamedValidator(v.agency, v.suite, Base64Url(v.public_key)) for v in validators)
