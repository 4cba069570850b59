"""A block as its readers see it, from its header, its certificate and a glance at its body.

Rule: a final block never changes, so what was made of it once is kept (bounded).
"""

from collections import OrderedDict
from typing import Any

import msgspec

from consensus import certificate as certificates
from consensus.certificate import CommitCertificate
from ledger.block import Body, Header, decode_body, decode_header, header_hash
from ledger.transaction import SignedTransaction, transaction_id
from ledger.validators import VALIDATORS_KEY, ValidatorSets
from node.api.answers import Block
from node.api.encoding import base64url
from node.node import Node

BLOCKS_MAX = 256
"""Blocks kept; with 5,000 transaction ids a block takes half a megabyte, mostly far less."""


class _Outline(msgspec.Struct, array_like=True, tag=1):
    """An envelope without reading its operations."""

    chain: bytes
    agency: str
    key_id: bytes
    expiry_ms: int
    operations: list[msgspec.Raw]
    acknowledgments: msgspec.Raw
    nonce: bytes


_SIGNED: msgspec.msgpack.Decoder[SignedTransaction] = msgspec.msgpack.Decoder(SignedTransaction)
_OUTLINE: msgspec.msgpack.Decoder[_Outline] = msgspec.msgpack.Decoder(_Outline)


class BlockReader:
    """Reads final blocks from a node's store."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._kept: OrderedDict[int, Block] = OrderedDict()
        self._certificates: OrderedDict[int, str] = OrderedDict()

    def block(self, height: int) -> Block | None:
        """Return the block at `height`; None when there is none."""
        if height not in self._kept:
            block = self._read(height)
            if block is None:
                return None
            self._kept[height] = block
            while len(self._kept) > BLOCKS_MAX:
                self._kept.popitem(last=False)
        self._kept.move_to_end(height)
        return self._kept[height]

    def transaction_id(self, height: int, index: int) -> str:
        """Return the id of a transaction by its place, hex."""
        block = self.block(height)
        return block.transaction_ids[index] if block else ""

    def validators(self) -> ValidatorSets:
        """Return the sets of the next two heights."""
        sets = self._node.state.leaf(VALIDATORS_KEY, ValidatorSets)
        assert sets is not None, "the genesis writes the validators"
        return sets

    def certificate(self, height: int) -> CommitCertificate | None:
        """Return the commit certificate of a height."""
        data = self._node.store.certificate(height)
        return None if data is None else certificates.decode(data)

    def signers(self, certificate: CommitCertificate) -> list[str]:
        """Return the agencies that sealed a final block, by the set of its height."""
        entries = self._node.sets.at(certificate.height)
        return [entries[index].agency for index, _ in certificate.seals]

    def certificate_text(self, height: int) -> str | None:
        """Return a height's commit certificate, base64url; kept, because many ask for the same."""
        if height not in self._certificates:
            data = self._node.store.certificate(height)
            if data is None:
                return None
            self._certificates[height] = base64url(data)
            while len(self._certificates) > BLOCKS_MAX:
                self._certificates.popitem(last=False)
        return self._certificates[height]

    def _read(self, height: int) -> Block | None:
        store = self._node.store
        header_bytes, certificate_bytes = store.header(height), store.certificate(height)
        if header_bytes is None or certificate_bytes is None:
            return None
        if height > self._node.head.height:
            return None
        block_hash = header_hash(header_bytes)
        body_bytes = store.body(height, block_hash)
        if body_bytes is None:
            return None
        certificate = certificates.decode(certificate_bytes)
        body = decode_body(body_bytes)
        ids, operations = _glance(body)
        return Block(
            **_header_fields(decode_header(header_bytes)),
            hash=block_hash.hex(),
            transactions=len(ids),
            operations=operations,
            size_bytes=len(body_bytes),
            round=certificate.round,
            signers=self.signers(certificate),
            header=base64url(header_bytes),
            certificate=base64url(certificate_bytes),
            transaction_ids=ids,
        )


def _header_fields(header: Header) -> dict[str, Any]:
    return {
        "height": header.height,
        "time_ms": header.time_ms,
        "proposer": header.proposer,
        "parent_hash": header.parent_hash.hex(),
        "state_root": header.state_root.hex(),
        "transactions_root": header.transactions_root.hex(),
        "receipts_root": header.receipts_root.hex(),
    }


def _glance(body: Body) -> tuple[list[str], int]:
    """Return the ids of a body's transactions and how many operations they hold."""
    ids, operations = [], 0
    for data in body.transactions:
        envelope_bytes = _SIGNED.decode(data).envelope
        outline = _OUTLINE.decode(envelope_bytes)
        ids.append(transaction_id(outline.expiry_ms, envelope_bytes).hex())
        operations += len(outline.operations)
    return ids, operations
