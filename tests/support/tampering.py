"""Every way in which the tests falsify a receipt, and the step that must find it out.

Each entry changes a whole-text receipt (as JSON objects) or the genesis file; the same table is put
before the product's verifier, the independent script and the browser's.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from consensus import certificate as certificates
from ledger.bills import Amounts, bill_key
from ledger.block import encode_header
from primitives.codec import encode
from proofs.receipt import PortableReceipt, dump_receipt
from tests.support.document_receipts import forged_documents, good_documents
from tests.support.fact_receipts import forged_facts, known_facts
from tests.support.receipt_documents import Document, as_text, changed, document_of, flip
from tests.support.receipts import (
    CODE,
    NUMBER,
    TEXT,
    TIME_MS,
    certified,
    certify,
    genesis_file,
    lived_bill,
    red_bill,
    sample_bill,
    sample_chain,
    sample_receipt,
    some_lines,
    whole_text,
)
from tests.support.validator_paths import forged_paths, good_paths


@dataclass(frozen=True, slots=True)
class Forgery:
    """One falsified receipt."""

    name: str
    """What was done."""
    step: str
    """Which check must fail."""
    receipt: bytes
    """The file."""
    genesis: bytes
    """The genesis it is checked against."""
    is_malformed: bool = False
    """Whether a reader that looks at the whole file first refuses it as a file."""


def good_receipts() -> list[tuple[str, bytes]]:
    """Return receipts that every verifier must accept."""
    long_text = json.dumps(
        {
            **json.loads(TEXT),
            "listDetail": [{"listDetailNo": str(i), "name": "药" * 40} for i in range(353)],
        },
        ensure_ascii=False,
    )
    key = bill_key(CODE, NUMBER)
    long_chain = certified({**sample_chain().values, key: encode(sample_bill(long_text))})
    lone = certified({key: encode(sample_bill())})
    red = certified({**sample_chain().values, key: encode(red_bill())})
    lived = certified({**sample_chain().values, key: encode(lived_bill())})
    rounds = certify(sample_chain().header, ("health", "hospital", "insurer"), round_=3)
    other_round = document_of(sample_receipt())
    other_round["certificate"] = as_text(certificates.encode(rounds))
    receipts = [
        ("without details", sample_receipt()),
        ("with the whole text", sample_receipt(details=whole_text())),
        ("with 353 lines", sample_receipt(long_chain, details=whole_text(long_text))),
        ("with one line", sample_receipt(details=some_lines(11))),
        ("with some lines", sample_receipt(details=some_lines(0, 2, 8, 10))),
        ("a state of one leaf", sample_receipt(lone)),
        ("a red bill with its blue one's text", sample_receipt(red, details=whole_text())),
        ("a bill with all its axes", sample_receipt(lived, details=some_lines(2, 8))),
        ("absent: another leaf", sample_receipt(number=48)),
        ("absent: another branch", sample_receipt(number=1_000_000)),
        ("absent: an empty slot", sample_receipt(sample_chain(8), number=9)),
        ("absent: one other leaf", sample_receipt(lone, number=8)),
        ("absent: no leaf at all", sample_receipt(certified({}))),
    ]
    files = [(name, dump_receipt(receipt)) for name, receipt in [*receipts, *good_documents()]]
    facts = [(name, dump_receipt(chain.fact(key))) for name, chain, key in known_facts()]
    return [*files, *facts, *good_paths(), ("of round 3", json.dumps(other_round).encode())]


def forgeries() -> list[Forgery]:
    """Return every forgery."""
    other = document_of(
        sample_receipt(certified(sample_chain().values, validators_hash=bytes([9]) * 32))
    )
    paths = [*forged_paths(), ("a header of other validators", other)]
    made = [*_of_details(), *_of_leaf_and_trie(), *_of_chain(), *_of_absence(), *forged_facts()]
    made += forged_documents()
    made += [(name, "validators", document) for name, document in paths]
    return [
        Forgery(name, step, json.dumps(document).encode(), genesis_file())
        for name, step, document in made
    ] + [*_of_genesis(), *_of_files()]


def _of_details() -> list[tuple[str, str, Document]]:
    whole, lines = (
        document_of(sample_receipt(details=whole_text())),
        document_of(sample_receipt(details=some_lines(2, 8, 11))),
    )

    def text(old: str, new: str) -> Document:
        assert old in TEXT
        return changed(whole, "details", "text", by=lambda value: value.replace(old, new))

    def line(name: str, by: Callable[[Any], Any]) -> Document:
        return changed(lines, "details", "lines", 2, name, by=by)

    other_amount = TEXT.replace('"totalAmt":"82.02"', '"totalAmt":"83.02"')
    other_number = TEXT.replace("V-0007", "V-0008")
    key = bill_key(CODE, NUMBER)

    def dishonest(new_text: str) -> Document:
        """A hospital that commits to other details than its face says."""
        chain = certified({**sample_chain().values, key: encode(sample_bill(new_text))})
        return document_of(sample_receipt(chain, details=whole_text(new_text)))

    made = {
        "one line's amount changed": text('"amt":"50.00"}', '"amt":"51.00"}'),
        "one digit made full-width": text("25.00", "２5.00"),
        "the payer's name changed": text("李四", "李五"),
        "a line dropped": text(TEXT[TEXT.index(',\n {"list') : TEXT.rindex("]}")], ""),
        "an empty list dropped": text('"otherInfo":[ ],', ""),
        "an empty list added": text('"otherInfo"', '"moreInfo":[],"otherInfo"'),
        "a key twice": text('"busType":"02",', '"busType":"02","busType":"02",'),
        "a key twice inside a line": text('"number":1,', '"number":1,"number":1,'),
        "a list spelled as fields": text('"otherInfo":[ ],', '"otherInfo":[ ],"listDetail/0":1,'),
        "not JSON": text('"number":1,', '"number":01,'),
        "half a character": text("李四", "\\ud800"),
        "the seed changed": changed(whole, "details", "seed", by=flip),
        "the seed cut": changed(whole, "details", "seed", by=lambda value: as_text(bytes(31))),
        "text and lines at once": changed(
            whole, "details", by=lambda value: {**value, "lines": lines["details"]["lines"]}
        ),
        "no text at all": changed(whole, "details", by=lambda value: {"seed": value["seed"]}),
        "an opened line changed": line("value", lambda value: value.replace("50.00", "51.00")),
        "an opened line's path changed": line("path", lambda value: "listDetail/9"),
        "an opened line's salt changed": line("salt", lambda value: flip(value, 3)),
        "an opened line moved": line("index", lambda value: value - 1),
        "an opened line in a larger text": line("size", lambda value: value + 1),
        "an opened line's proof changed": line("proof", lambda v: [flip(v[0]), *v[1:]]),
        "an opened line's proof cut": line("proof", lambda v: v[:-1]),
        "an opened line's proof stretched": line("proof", lambda v: [*v, v[0]]),
        "opened lines out of order": changed(
            lines, "details", "lines", by=lambda value: value[::-1]
        ),
        "details of another amount": dishonest(other_amount),
        "details of another business number": dishonest(other_number),
    }
    return [(name, "document", document) for name, document in made.items()]


def _receipt_of(**changes: Any) -> PortableReceipt:
    key = bill_key(CODE, NUMBER)
    return sample_receipt(certified({**sample_chain().values, key: encode(sample_bill(**changes))}))


def _of_leaf_and_trie() -> list[tuple[str, str, Document]]:
    whole = document_of(sample_receipt(details=whole_text()))
    steps = len(whole["trie"])
    other = document_of(sample_receipt(number=8))
    younger = certified(
        {**sample_chain().values, bill_key(CODE, NUMBER): encode(sample_bill(height=4))}
    )
    later = certified(
        {
            **sample_chain().values,
            bill_key(CODE, NUMBER): encode(sample_bill(time_ms=TIME_MS + 1001)),
        }
    )
    nodes = [
        (f"trie node {i} changed", changed(whole, "trie", i, 2, 0, by=flip)) for i in range(steps)
    ]
    made = {
        "the amount in the leaf changed": changed(
            whole, "leaf", "value", by=lambda value: flip(value, 60)
        ),
        "a leaf of another bill": changed(
            whole, "leaf", "value", by=lambda _: other["leaf"]["value"]
        ),
        "another number claimed": changed(whole, "fact", "number", by=lambda _: 8),
        "another code claimed": changed(whole, "fact", "code", by=lambda _: "46010127"),
        "the receipt of another bill": {**other, "fact": whole["fact"]},
        "a bill younger than the state": document_of(sample_receipt(younger)),
        "a bill of a later time": document_of(sample_receipt(later)),
        "a bill said to be absent": changed(whole, "fact", "kind", by=lambda _: "no-bill"),
        "a bill of no known validity": document_of(_receipt_of(validity=3)),
        "a bill of a negative amount": document_of(_receipt_of(amounts=Amounts(-1, 0, 0, 0, -1))),
        "a red bill of a positive amount": document_of(_receipt_of(validity=2)),
        "something instead of the bill": {
            **whole,
            "instead": {"kind": "leaf", "key": "AAAA", "value_hash": as_text(bytes(32))},
        },
    }
    paths = {
        **dict(nodes),
        "the leaf's hash changed": changed(whole, "leaf", "hash", by=flip),
        "the leaf's key changed": changed(whole, "leaf", "key", by=lambda v: flip(v, 20)),
        "a trie step dropped": {**whole, "trie": whole["trie"][1:]},
        "all trie steps dropped": {**whole, "trie": []},
        "the trie upside down": {**whole, "trie": whole["trie"][::-1]},
        "a step's depth changed": changed(whole, "trie", -1, 0, by=lambda value: value - 1),
        "a step's bitmap changed": changed(whole, "trie", -1, 1, by=lambda value: value ^ 3),
        "a step's child dropped": changed(whole, "trie", -1, 2, by=lambda value: value[1:]),
        "a child cut short": changed(whole, "trie", -1, 2, 0, by=lambda value: as_text(b"short")),
    }
    return [(name, "leaf", document) for name, document in made.items()] + [
        (name, "trie", document) for name, document in paths.items()
    ]


def _of_chain() -> list[tuple[str, str, Document]]:
    whole = document_of(sample_receipt(details=whole_text()))
    header = sample_chain().header

    def sealed_by(*signers: str, **options: Any) -> Document:
        certificate = certificates.encode(certify(header, signers, **options))
        return {**whole, "certificate": as_text(certificate)}

    good = sample_chain().certificate
    twice = type(good)(good.height, good.round, good.hash, (good.seals[0],) * 3)
    unordered = type(good)(good.height, good.round, good.hash, good.seals[::-1])
    outside = type(good)(
        good.height, good.round, good.hash, (*good.seals[:2], (9, good.seals[2][1]))
    )
    other_round = type(good)(good.height, 1, good.hash, good.seals)

    def with_certificate(certificate: Any) -> Document:
        return {**whole, "certificate": as_text(certificates.encode(certificate))}

    def with_header(**changes: Any) -> Document:
        return document_of(sample_receipt(certified(sample_chain().values, **changes)))

    raw = base64.urlsafe_b64decode(whole["certificate"] + "==")
    by_certificate = {
        "one signature changed": changed(
            whole, "certificate", by=lambda value: flip(value, len(raw) - 5)
        ),
        "the certified hash changed": changed(
            whole, "certificate", by=lambda value: flip(value, 10)
        ),
        "two signers are no quorum": sealed_by("finance", "hospital"),
        "no signers": sealed_by(),
        "one signer three times": with_certificate(twice),
        "signers out of order": with_certificate(unordered),
        "a signer outside the set": with_certificate(outside),
        "signatures of another round": with_certificate(other_round),
        "a round nobody reaches": sealed_by("finance", "health", "hospital", round_=1_000_001),
        "bytes after the certificate": {**whole, "certificate": as_text(raw + b"\x00")},
        "a longer form of the certificate": {
            **whole, "certificate": as_text(raw[:1] + b"\xcc" + raw[1:])
        },
        "no certificate": {**whole, "certificate": ""},
    }  # fmt: skip
    by_header = {
        "the header's time changed": changed(
            whole, "header", by=lambda value: flip(value, 80)
        ),
        "a header of another block": {**whole, "header": as_text(encode_header(
            type(header)(*[*_fields(header)[:5], header.time_ms + 1, *_fields(header)[6:]])
        ))},
        "a header of another version": with_header(version=2),
        "a header of another suite": with_header(suite=2),
        "a certificate of another height": sealed_by("finance", "health", "hospital", height=4),
    }  # fmt: skip
    by_header["a header of another chain"] = _header_of_another_chain()
    return [
        *((name, "certificate", document) for name, document in by_certificate.items()),
        *((name, "header", document) for name, document in by_header.items()),
    ]


def _header_of_another_chain() -> Document:
    """A header that names another chain, though the quorum signed it for this one."""
    chain = certified(sample_chain().values, chain=bytes([9]) * 32)
    signers = ("finance", "hospital", "insurer")
    certificate = certify(chain.header, signers, chain=sample_chain().genesis.chain)
    document = document_of(sample_receipt(chain))
    return {**document, "certificate": as_text(certificates.encode(certificate))}


def _fields(header: Any) -> list[Any]:
    return [getattr(header, name) for name in header.__struct_fields__]


def _of_absence() -> list[tuple[str, str, Document]]:
    leaf = document_of(sample_receipt(number=48))
    branch = document_of(sample_receipt(number=1_000_000))
    slot = document_of(sample_receipt(sample_chain(8), number=9))
    present = document_of(sample_receipt())
    as_if = {**present, "fact": {**present["fact"], "kind": "no-bill"}, "leaf": None}
    key = bill_key(CODE, NUMBER)
    value_hash = hashlib.sha256(sample_chain().values[key]).digest()
    itself = {"kind": "leaf", "key": as_text(key), "value_hash": as_text(value_hash)}
    depth, bitmap, others = present["trie"][-1]
    own = (bitmap & ((1 << int(key.hex()[depth], 16)) - 1)).bit_count()
    children = [*others[:own], present["leaf"]["hash"], *others[own:]]
    above = {"kind": "branch", "path": key.hex()[:depth], "bitmap": bitmap, "children": children}
    made = {
        "a bill hidden": as_if,
        "a bill instead of itself": {**as_if, "instead": itself},
        "a branch above the bill": {**as_if, "trie": as_if["trie"][:-1], "instead": above},
        "the leaf instead changed": changed(leaf, "instead", "value_hash", by=flip),
        "the branch instead changed": changed(branch, "instead", "children", 0, by=flip),
        "the branch's path changed": changed(branch, "instead", "path", by=lambda v: v + "0"),
        "the branch's bitmap changed": changed(branch, "instead", "bitmap", by=lambda v: v ^ 9),
        "an empty slot of another number": changed(slot, "fact", "number", by=lambda _: 8),
        "an empty slot below its branch": {**slot, "trie": slot["trie"][:-1]},
    }
    forged = [(name, "trie", document) for name, document in made.items()]
    details = {**leaf, "details": {"text": TEXT, "seed": as_text(bytes(32))}}
    claimed = changed(leaf, "fact", "kind", by=lambda _: "bill")
    return [
        *forged,
        ("details of an absent bill", "leaf", details),
        ("an absence said to be a bill", "leaf", claimed),
    ]


def _of_files() -> list[Forgery]:
    whole = document_of(sample_receipt(details=whole_text()))
    made = [
        ("padded base64", "certificate", changed(whole, "certificate", by=lambda v: v + "=")),
        ("a second form of base64", "header", changed(whole, "header", by=lambda v: v[:-1] + "_")),
        ("another file format", "genesis", {**whole, "format": "piaolian-receipt-2"}),
        ("a key missing", "certificate", {k: v for k, v in whole.items() if k != "certificate"}),
        ("a hash that is a number", "genesis", {**whole, "chain": 7}),
    ]
    return [
        Forgery(name, step, json.dumps(document).encode(), genesis_file(), is_malformed=True)
        for name, step, document in made
    ]


def _of_genesis() -> list[Forgery]:
    whole = sample_receipt(details=whole_text())
    good = genesis_file()
    document = json.loads(good)
    document["agencies"][0]["keys"][1], document["agencies"][1]["keys"][1] = (
        document["agencies"][1]["keys"][1],
        document["agencies"][0]["keys"][1],
    )
    swapped = json.dumps(document, ensure_ascii=False).encode()
    other = genesis_file("另一条链")
    receipt = dump_receipt(whole)
    elsewhere = json.dumps(changed(document_of(whole), "chain", by=flip)).encode()
    return [
        Forgery("another chain named", "genesis", elsewhere, good),
        Forgery("a validator's key changed", "genesis", receipt, swapped),
        Forgery("one byte of the genesis changed", "genesis", receipt, good + b"\n"),
        Forgery("the genesis of another chain", "genesis", receipt, other),
    ]
