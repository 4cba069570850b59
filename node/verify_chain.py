"""The chain part of `store verify`: block by block, each against its parent and its own parts.

Rule: a header is believed because a quorum of the set it continues certified it; everything else
because it leads to a root in a header.
"""

from collections.abc import Callable
from typing import TypeVar

from consensus import certificate as certificates
from consensus.validators import Validator, ValidatorSet
from ledger.bills import Bill, bill_key, face_of
from ledger.block import (
    Body,
    Header,
    decode_body,
    decode_header,
    header_hash,
    parent_certificate_hash,
    receipts_root,
    transactions_root,
)
from ledger.execution import number_in, receipt_in
from ledger.faces import Faces, faces_key, faces_leaf
from ledger.genesis import Genesis
from ledger.issuing import BillIssued
from ledger.orders import OpenOrder, Order, order_key
from ledger.publishing import PublishDocument, SupersedeDocument
from ledger.receipt import decode_receipt
from ledger.reversal import BillReversed
from ledger.state import BillNumber
from ledger.transaction import decode_transaction
from node.set_history import Entries, decode_set
from node.vault.packs import SealedPlace
from node.vault.places import place_of_order, sealed_place
from primitives import merkle
from primitives.codec import Message, decode
from primitives.errors import HouseError, NodeFault
from primitives.signing import verify as verify_signature
from storage import keys
from storage.database import Reader
from storage.head import Head
from storage.store import StateView

LEAF_SIZE_MAX = 1024 * 1024
Document = tuple[SealedPlace, bytes]
"""Where a bill or an order was sealed, and the commitment on the chain."""
L = TypeVar("L", bound=Message)


class StoredFacts:
    """The leaves as they lie in the store: `ledger.state.Facts`."""

    def __init__(self, view: StateView) -> None:
        self._view = view

    def leaf(self, key: bytes, type_: type[L]) -> L | None:
        """See `Facts.leaf`."""
        value = self._view.leaf(key)
        return None if value is None else decode(value, type_, LEAF_SIZE_MAX)

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """See `Facts.bill_of`."""
        row = self._view.bill_of(issuer, business_number)
        return None if row is None else number_in(row)


class BlockCheck:
    """Checks blocks in ascending order.

    Args:
        genesis: where trust starts.
        view: the rows of `state`.
        blocks: the rows of `blocks`.
        add: notes a damage: place and reason.
    """

    def __init__(
        self, genesis: Genesis, view: StateView, blocks: Reader, add: Callable[[str, str], None]
    ) -> None:
        self._chain = genesis.chain
        self._view = view
        self._facts = StoredFacts(view)
        self._blocks = blocks
        self._add = add
        self._validators = _set_of(genesis.validators)
        self._parent_hash = genesis.chain
        self._time_ms = genesis.time_ms
        self.state_root = b""
        """Of the last block checked."""
        self.counts = {"blocks": 0, "transactions": 0, "signatures": 0}

    def block(self, height: int) -> None:
        """Check one block."""
        try:
            self._block(height)
        except HouseError as error:
            self._add("blocks", f"height {height}: {error.code}: {error.detail}")

    def finish(self, head: Head) -> None:
        """Compare the end of the chain with the head, and the receipts' number with the bodies'."""
        if head.height and (self._parent_hash, self.state_root) != (head.hash, head.state_root):
            self._add("head", "the head marker names another block than the chain ends with")
        rows = sum(1 for _ in self._view.rows.scan(b"x", b"y"))
        if rows != self.counts["transactions"]:
            self._add("state", f"{rows} receipts for {self.counts['transactions']} transactions")

    def proposals(self) -> None:
        """Check every header that rests beside a body, of blocks that became final or not."""
        for key, value in self._blocks.scan(b"b", b"c"):
            if len(key) != len(keys.proposed_header_key(0, bytes(32))):
                continue
            height, block_hash = int.from_bytes(key[1:9]), key[9:41]
            place = f"height {height}"
            if header_hash(value) != block_hash:
                self._add("blocks", f"{place}: the header beside a body is not the one it is for")
                continue
            body = self._body(height, block_hash)
            hashes = [merkle.leaf_hash(item) for item in body.transactions] if body else None
            header = decode_header(value)
            if hashes is None or transactions_root(hashes) != header.transactions_root:
                self._add("blocks", f"{place}: a body is missing or not that of its header")

    def documents_of(self, height: int, index: int) -> list[Document]:
        """Return what was sealed for a transaction; empty when there is no such place."""
        header_bytes = self._view.header(height)
        body = self._body(height, header_hash(header_bytes)) if header_bytes else None
        if body is None or index >= len(body.transactions):
            return []
        transaction = decode_transaction(body.transactions[index], self._chain)
        row = self._view.receipt(transaction.id)
        results = () if row is None else decode_receipt(receipt_in(row).receipt).results
        sender = transaction.envelope.agency
        found: list[Document] = []
        for at, (operation, result) in enumerate(
            zip(transaction.envelope.operations, results, strict=False)
        ):
            if isinstance(result, BillIssued):
                bill = self._bill(result.code, result.number)
                place = sealed_place(self._facts, bill)
                if place[:2] == (height, index):
                    found.append((place, bill.document.commitment))
            elif isinstance(operation, PublishDocument | SupersedeDocument):
                place = SealedPlace(height, index, at)
                found.append((place, operation.document.commitment))
            elif isinstance(operation, OpenOrder):
                order = self._facts.leaf(order_key(sender, operation.order), Order)
                if order is not None:
                    found.append((place_of_order(order), order.document.commitment))
        return found

    def _block(self, height: int) -> None:
        header_bytes = self._view.header(height)
        certificate_bytes = self._view.certificate(height)
        if header_bytes is None or certificate_bytes is None:
            raise NodeFault("block.missing", "header or certificate is missing")
        header = decode_header(header_bytes)
        block_hash = header_hash(header_bytes)
        self._check_links(header, height)
        self._check_certificate(certificate_bytes, height, block_hash)
        body = self._body(height, block_hash)
        if body is None:
            raise NodeFault("block.missing", "the body is missing")
        self._check_body(header, body)
        self._follow_validators(header)
        self._parent_hash = block_hash
        self._time_ms = header.time_ms
        self.state_root = header.state_root
        self.counts["blocks"] += 1

    def _check_links(self, header: Header, height: int) -> None:
        links = {
            "chain": header.chain == self._chain,
            "height": header.height == height,
            "parent_hash": header.parent_hash == self._parent_hash,
            "time_ms": header.time_ms > self._time_ms,
            "validators_hash": header.validators_hash == self._validators.hash,
        }
        for name, holds in links.items():
            if not holds:
                self._add("state", f"height {height}: {name} does not continue the block before")

    def _follow_validators(self, header: Header) -> None:
        """Take the next height's set from its row.

        It stands where the set changes and only there, and is the one that the header names.
        """
        row = self._view.rows.get(keys.set_change_key(header.height))
        changes = header.next_validators_hash != header.validators_hash
        if changes is not (row is not None):
            self._add("state", f"height {header.height}: the row of a change of validators")
        if row is None:
            return
        following = _set_of(decode_set(row))
        if following.hash != header.next_validators_hash:
            self._add("state", f"height {header.height}: the validators after it are others")
            return
        self._validators = following

    def _check_certificate(self, data: bytes, height: int, block_hash: bytes) -> None:
        certificate = certificates.decode(data)
        if (certificate.height, certificate.hash) != (height, block_hash):
            self._add("state", f"height {height}: the certificate is for another block")
        certificates.verify(
            certificate, self._validators, chain=self._chain, verify_signature=verify_signature
        )
        self.counts["signatures"] += len(certificate.seals)

    def _body(self, height: int, block_hash: bytes) -> Body | None:
        data = self._blocks.get(keys.body_key(height, block_hash))
        return None if data is None else decode_body(data)

    def _check_body(self, header: Header, body: Body) -> None:
        place = f"height {header.height}"
        parent_hash = parent_certificate_hash(body.parent_certificate)
        if parent_hash != header.parent_certificate_hash:
            self._add("blocks", f"{place}: the body holds another parent certificate")
        transactions = [decode_transaction(data, self._chain) for data in body.transactions]
        if transactions_root([item.hash for item in transactions]) != header.transactions_root:
            self._add("blocks", f"{place}: the transactions are not those of the header")
        receipts: list[bytes] = []
        for index, transaction in enumerate(transactions):
            row = self._view.receipt(transaction.id)
            found = receipt_in(row) if row is not None else None
            if found is None or found[:2] != (header.height, index):
                self._add("state", f"{place}: transaction {index} has no receipt of its own")
                return
            receipts.append(found.receipt)
        if receipts_root(receipts) != header.receipts_root:
            self._add("state", f"{place}: the receipts are not those of the header")
        self.counts["transactions"] += len(transactions)
        self._check_faces(header.height, receipts)

    def _check_faces(self, height: int, receipts: list[bytes]) -> None:
        faces = []
        for receipt in receipts:
            for result in decode_receipt(receipt).results:
                if isinstance(result, BillIssued | BillReversed):
                    bill = self._bill(result.code, result.number)
                    faces.append(face_of(bill, result.code, result.number))
        stored = self._facts.leaf(faces_key(height), Faces)
        if not faces and stored is None:
            return
        if stored is None or not faces or stored != faces_leaf(faces):
            self._add("state", f"height {height}: the leaf of faces is not that of its bills")

    def _bill(self, code: str, number: int) -> Bill:
        bill = self._facts.leaf(bill_key(code, number), Bill)
        if bill is None:
            raise NodeFault("bill.missing", f"bill {code}/{number} has no leaf")
        return bill


def _set_of(entries: Entries) -> ValidatorSet:
    """Return the consensus's form of a set."""
    return ValidatorSet(tuple(Validator(e.agency, e.suite, e.public_key) for e in entries))
