"""The check of a portable receipt, step by step, with nothing but the genesis or a checkpoint.

Rule: the steps have fixed names and a fixed order; the first that fails is named and ends the
check. What is returned was proved; the receipt's own words are not among it.
"""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from ledger.bills import RED, Bill
from ledger.block import Header
from ledger.documents import Leaf
from ledger.publishing import (
    SUPERSEDED,
    DocumentName,
    PublishedDocument,
    document_key,
    name_of_document,
)
from primitives.codec import decode
from primitives.errors import PeerFault
from primitives.hashing import STATE_ROOT, tagged_hash
from primitives.trie import leaf_hash, value_hash
from proofs.chain import (
    Checkpoint,
    Trust,
    check_certificate,
    check_header,
    trust_checkpoint,
    trust_genesis,
)
from proofs.document import check_bill_details, check_details
from proofs.errors import VerificationFailed, require
from proofs.receipt import BillFact, Fact, PortableReceipt, ReceiptLeaf, fact_key, is_absence
from proofs.trie import root_of_absence, root_of_presence
from proofs.validators import follow_validators

STEPS: Final = ("genesis", "validators", "certificate", "header", "trie", "leaf", "document")
"""The checks in their order; `document` is made when the receipt shows details."""
LEAF_SIZE_MAX: Final = 64 * 1024
_DOCUMENTS: Final = b"j/"
_CUSTODIAN: Final = re.compile(rb"j/([a-z][a-z0-9-]{1,30})/")
_L = TypeVar("_L", Bill, PublishedDocument)


class ProvedDocument(NamedTuple):
    """A published document."""

    name: DocumentName
    """Its name, with its custodian."""
    leaf: PublishedDocument
    """Its certified leaf: how it stands."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a receipt proves."""

    fact: Fact
    """That a bill or another fact stands in the state, or that none does under the key."""
    bill: Bill | None
    """The certified bill; None of an absence or another fact."""
    document: ProvedDocument | None
    """The published document that a fact under `j/` is; None of everything else."""
    value: bytes | None
    """The certified leaf's bytes; None of an absence."""
    shown: tuple[Leaf, ...]
    """Fields and lines of the details that were shown and proved."""
    height: int
    """The block after which the state was so."""
    time_ms: int
    """Ledger time of that block: the proof speaks of this moment."""
    header_hash: bytes
    """The block's hash."""
    signers: tuple[str, ...]
    """The agencies that certified it."""
    steps: tuple[str, ...]
    """The checks that were made, all good."""
    trust: Trust
    """From where the proof's trust starts."""

    def age_ms(self, now_ms: int) -> int:
        """Return how old the proof is; negative when the reader's clock is behind the ledger's."""
        return now_ms - self.time_ms


def verify_receipt(receipt: PortableReceipt, start: bytes | Checkpoint) -> Verified:
    """Check a receipt.

    Args:
        receipt: as `proofs.receipt.load_receipt` read it.
        start: the genesis file's bytes, or a checkpoint that the reader trusts.

    Raises:
        VerificationFailed: the first check that fails; `step` names it.
    """
    trust = (
        trust_checkpoint(start, receipt.chain)
        if isinstance(start, Checkpoint)
        else trust_genesis(start, receipt.chain)
    )
    validators = follow_validators(receipt, trust)
    certificate = check_certificate(receipt.certificate, validators, trust.chain)
    header = check_header(receipt.header, certificate, validators, trust)
    _check_trie(receipt, header)
    proved = _check_leaf(receipt, header)
    return Verified(
        fact=receipt.fact,
        bill=proved if isinstance(proved, Bill) else None,
        document=proved if isinstance(proved, ProvedDocument) else None,
        value=None if receipt.leaf is None else bytes(receipt.leaf.value),
        shown=_shown(receipt, proved),
        height=header.height,
        time_ms=header.time_ms,
        header_hash=certificate.hash,
        signers=validators.agencies(tuple(signer for signer, _ in certificate.seals)),
        steps=STEPS if receipt.details is not None else STEPS[:-1],
        trust=trust,
    )


def _check_trie(receipt: PortableReceipt, header: Header) -> None:
    """Check that the path leads from the leaf, or from what is in its place, to the state root."""
    if receipt.leaf is not None:
        root = root_of_presence(receipt.leaf.key, receipt.leaf.hash, receipt.trie)
    else:
        root = root_of_absence(fact_key(receipt.fact), receipt.instead, receipt.trie)
    same = tagged_hash(STATE_ROOT, root) == header.state_root
    require(same, "trie", "differs", "the path does not lead to the certified state")


def _shown(receipt: PortableReceipt, proved: Bill | ProvedDocument | None) -> tuple[Leaf, ...]:
    """Return the checked leaves of the details."""
    match receipt.details, proved:
        case None, _:
            return ()
        case details, Bill():
            return check_bill_details(details, proved)
        case details, ProvedDocument():
            return check_details(details, proved.leaf.document)
        case _:
            raise VerificationFailed("leaf", "other_fact", "bills and documents alone have details")


def _check_leaf(receipt: PortableReceipt, header: Header) -> Bill | ProvedDocument | None:
    """Check that the leaf, or its absence, is the fact's; return the bill or document it is."""
    leaf, fact = receipt.leaf, receipt.fact
    if is_absence(fact):
        fits = leaf is None and receipt.details is None
        require(fits, "leaf", "other_fact", "a proof of absence shows no leaf and no details")
        return None
    if leaf is None or receipt.instead is not None:
        raise VerificationFailed("leaf", "other_fact", "a fact is proved by its own leaf")
    same = leaf_hash(leaf.key, value_hash(leaf.value)) == leaf.hash
    require(same, "leaf", "differs", "the leaf is not the certified one")
    require(leaf.key == fact_key(fact), "leaf", "other_fact", "the leaf is of another key")
    if bytes(leaf.key).startswith(_DOCUMENTS):
        return _document(leaf, header)
    if not isinstance(fact, BillFact):
        return None
    bill = _fact(leaf, Bill)
    past = bill.height <= header.height and bill.time_ms <= header.time_ms
    require(past, "leaf", "malformed", "the bill is younger than the state")
    require(_is_signed(bill), "leaf", "malformed", "a red bill alone has amounts below 0")
    return bill


def _is_signed(bill: Bill) -> bool:
    """Tell whether all amounts have the sign of the bill's validity."""
    sign = -1 if bill.validity == RED else 1
    return all(sign * getattr(bill.amounts, name) >= 0 for name in bill.amounts.__struct_fields__)


def _document(leaf: ReceiptLeaf, header: Header) -> ProvedDocument:
    """Return the published document of a leaf, which stands under the key it names itself by."""
    document, key = _fact(leaf, PublishedDocument), bytes(leaf.key)
    custodian = _CUSTODIAN.match(key)
    if custodian is None:
        raise VerificationFailed("leaf", "malformed", "no agency publishes under this key")
    name = name_of_document(custodian[1].decode(), document)
    require(document_key(name) == key, "leaf", "malformed", "the document names itself otherwise")
    past = document.height <= header.height and document.time_ms <= header.time_ms
    require(past, "leaf", "malformed", "the document is younger than the state")
    is_linked = (document.state == SUPERSEDED) == (document.superseded_by is not None)
    require(is_linked, "leaf", "malformed", "a superseded document names the one in its place")
    return ProvedDocument(name, document)


def _fact(leaf: ReceiptLeaf, type_: type[_L]) -> _L:
    try:
        return decode(bytes(leaf.value), type_, LEAF_SIZE_MAX)
    except PeerFault as error:
        raise VerificationFailed("leaf", "malformed", f"{error}") from error
