"""Receipts across changes of the validators, honest and forged.

The first set is the genesis's; after height 1 a bank votes too; after height 2 finance votes with
another key. The header proved is that of height 3.
"""

import base64
import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from consensus import certificate as certificates
from consensus.certificate import CommitCertificate
from ledger.block import Header, encode_header, header_hash
from ledger.validators import ValidatorEntry, validator_set_hash
from proofs.receipt import ValidatorChange, change_of, dump_receipt
from tests.support.receipts import (
    SampleChain,
    certified,
    sample_chain,
    sample_receipt,
    signing_key,
    whole_text,
)

Document = dict[str, Any]
FIRST = ("finance", "health", "hospital", "insurer")
SECOND = (*FIRST, "bank")
THIRD = ("finance+", *SECOND[1:])
"""A plus stands for the agency's second validator key."""


def entries(names: Sequence[str]) -> tuple[ValidatorEntry, ...]:
    """Return a validator set."""
    return tuple(ValidatorEntry(name.rstrip("+"), 1, _key(name).public_key) for name in names)


def seal(
    header: Header, names: Sequence[str], signers: Sequence[str] | None = None
) -> CommitCertificate:
    """Return a certificate over a header by a set, or by some of it."""
    bare = CommitCertificate(header.height, 0, header_hash(encode_header(header)), ())
    signed = certificates.signed_bytes(bare, header.chain)
    seals = tuple(
        (place, _key(name).sign(signed))
        for place, name in enumerate(names)
        if name in (names if signers is None else signers)
    )
    return CommitCertificate(bare.height, 0, bare.hash, seals)


def change(
    height: int,
    before: Sequence[str],
    after: Sequence[str],
    *,
    listed: Sequence[str] | None = None,
    signers: Sequence[str] | None = None,
    **header_changes: Any,
) -> ValidatorChange:
    """Return one link of a path: the header of a height, certified by the set before."""
    fields = {
        "height": height,
        "validators_hash": validator_set_hash(entries(before)),
        "next_validators_hash": validator_set_hash(entries(after)),
        **header_changes,
    }
    header = certified(sample_chain().values, **fields).header
    certificate = seal(header, before, signers)
    data = certificates.encode(certificate)
    return change_of(encode_header(header), data, entries(listed or after))


def honest_path() -> tuple[ValidatorChange, ...]:
    """Return the links to the third set."""
    return change(1, FIRST, SECOND), change(2, SECOND, THIRD)


def changed_chain(changes: Sequence[ValidatorChange] | None = None) -> SampleChain:
    """Return the sample chain at height 3, certified by the third set."""
    third = validator_set_hash(entries(THIRD))
    chain = certified(sample_chain().values, validators_hash=third, next_validators_hash=third)
    path = honest_path() if changes is None else tuple(changes)
    return replace(chain, certificate=seal(chain.header, THIRD), changes=path)


def good_paths() -> list[tuple[str, bytes]]:
    """Return receipts across changes that every verifier must accept."""
    chain = changed_chain()
    four_of_five = replace(chain, certificate=seal(chain.header, THIRD, THIRD[:4]))
    receipts = {
        "across two changes of the validators": sample_receipt(chain, details=whole_text()),
        "sealed by four of five": sample_receipt(four_of_five),
        "a parameter across two changes": chain.fact(b"p/"),
        "no proposal across two changes": chain.fact(b"g/000000000001-0000-0000"),
    }
    return [(name, dump_receipt(receipt)) for name, receipt in receipts.items()]


def forged_paths() -> list[tuple[str, Document]]:
    """Return receipts whose path of validators is not proved; all fail at `validators`."""
    first, second = honest_path()
    links: dict[str, Sequence[ValidatorChange]] = {
        "all changes of the validators left out": (),
        "the first change left out": (second,),
        "the last change left out": (first,),
        "the changes reordered": (second, first),
        "a change twice": (first, first, second),
        "a change sealed by too few": (change(1, FIRST, SECOND, signers=FIRST[:2]), second),
        "a change sealed by the set it makes": (first, change(2, THIRD, THIRD)),
        "a change to another set": (first, change(2, SECOND, THIRD, listed=SECOND)),
        "a change in another order": (first, change(2, SECOND, THIRD, listed=THIRD[::-1])),
        "a change to too few": (change(1, FIRST, FIRST[:3]), second),
        "a change to one agency twice": (change(1, FIRST, (*FIRST, "finance+")), second),
        "a change of another chain": (change(1, FIRST, SECOND, chain=bytes([9]) * 32), second),
        "a change at the receipt's own height": (first, change(3, SECOND, THIRD)),
        "a change above the receipt": (first, change(4, SECOND, THIRD)),
        "a change too many": (first, second, change(3, THIRD, SECOND)),
    }
    made = [(name, _document(path)) for name, path in links.items()]
    whole = _document(honest_path())
    made += [
        ("a change's header tampered", _flipped(whole, 0, "header", 80)),
        ("a change's certificate tampered", _flipped(whole, 1, "certificate", 60)),
        ("a change's key tampered", _changed(whole, 1, _other_key)),
    ]
    return made


def _document(path: Sequence[ValidatorChange]) -> Document:
    document: Document = json.loads(dump_receipt(sample_receipt(changed_chain(path))))
    return document


def _changed(document: Document, place: int, by: Callable[[Document], None]) -> Document:
    changed = copy.deepcopy(document)
    by(changed["validators"][place])
    return changed


def _flipped(document: Document, place: int, name: str, at: int) -> Document:
    def flip(link: Document) -> None:
        text = link[name]
        data = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        data[at] ^= 1
        link[name] = base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    return _changed(document, place, flip)


def _other_key(link: Document) -> None:
    other = base64.urlsafe_b64encode(_key("stranger").public_key).rstrip(b"=").decode()
    link["validators"][0]["public"] = other


def _key(name: str) -> Any:
    purpose = "validator-2" if name.endswith("+") else "validator"
    return signing_key(f"{name.rstrip('+')}/{purpose}")
