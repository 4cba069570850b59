"""Check a portable receipt from its published format (docs/formats.md) alone.

This script imports nothing of the project: only the standard library, msgpack and PyNaCl. It is
meant to be read in one sitting and to be written again in any language.

    python verify_receipt.py GENESIS RECEIPT      exit 0: proved; 5: a step failed, which is named
"""

# ruff: noqa: PERF402, PT018, T201
import decimal
import hashlib
import hmac
import json
import re
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import msgpack
import nacl.exceptions
import nacl.signing

VALIDITY = ("issued", "reversed", "red")
AMOUNTS = ("totalAmt", "fundPay", "otherfundPay", "accountPay", "ownPay")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+')


class Failed(Exception):
    """A step that did not hold."""


def b64(text, size=None):
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert urlsafe_b64encode(data).rstrip(b"=").decode() == text and size in (None, len(data))
    return data


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tagged(domain, *parts):
    return sha(b"piaolian", bytes([len(domain)]), domain, *parts)


def unpack(data):
    """Read MessagePack and insist on its one shortest form."""
    value = msgpack.unpackb(data, raw=False, strict_map_key=True)
    assert msgpack.packb(value, use_bin_type=True) == data
    return value


def once(pairs):
    assert len(dict(pairs)) == len(pairs), "a key stands twice"
    return dict(pairs)


def nibbles(data):
    return bytes(int(digit, 16) for digit in data.hex())


def leaf_hash(key, value_hash):
    return sha(b"\x02", len(key).to_bytes(2, "big"), key, value_hash)


def branch_hash(path, bitmap, children):
    assert bitmap.bit_count() == len(children)
    head = len(path).to_bytes(2, "big") + path + bitmap.to_bytes(2, "big")
    return sha(b"\x03", head, *children)


def trie_root(key, found, steps):
    path, below = nibbles(key), 2 * len(key)
    for depth, bitmap, others in reversed(steps):
        assert 0 <= depth < below and bitmap > 0
        slot, children = path[depth], [b64(text, 32) for text in others]
        assert (bitmap >> slot & 1) == (found is not None)
        if found is not None:
            children.insert((bitmap & ((1 << slot) - 1)).bit_count(), found)
        found, below = branch_hash(path[:depth], bitmap, children), depth
    return found or bytes(32)


def instead_hash(key, instead):
    """Hash what stands in the place of an absent key; None of an empty slot."""
    if instead is None:
        return None
    if instead["kind"] == "leaf":
        assert b64(instead["key"]) != key
        return leaf_hash(b64(instead["key"]), b64(instead["value_hash"], 32))
    assert instead["kind"] == "branch"
    assert key.hex() == instead["path"] or not key.hex().startswith(instead["path"])
    children = [b64(text, 32) for text in instead["children"]]
    return branch_hash(bytes(int(d, 16) for d in instead["path"]), instead["bitmap"], children)


def merkle_root(hashes):
    """RFC 6962, section 2.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha(b"")
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return sha(b"\x01", merkle_root(hashes[:half]), merkle_root(hashes[half:]))


def root_from_line(leaf, index, size, proof):
    """Recompute the root by splitting as RFC 6962 does, from the top down."""
    if size == 1:
        assert not proof
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return sha(b"\x01", root_from_line(leaf, index, half, proof[:-1]), proof[-1])
    return sha(b"\x01", proof[-1], root_from_line(leaf, index - half, size - half, proof[:-1]))


def split(tokens, text):
    """Return (opening token, [(name, part)...], raw text) of the value that comes next."""
    first = last = tokens.pop()
    parts = []
    if first[0] in "{[":
        while tokens[-1][0] not in "}]":
            if tokens[-1][0] == ",":
                tokens.pop()
            name = json.loads(tokens.pop()[0]) if first[0] == "{" else len(parts)
            if first[0] == "{":
                tokens.pop()
            parts.append((name, split(tokens, text)))
        last = tokens.pop()
    return first[0], parts, text[first.start() : last.end()]


def leaves_of(text):
    """Return (path, raw JSON text) of every field, and of every element of a list."""
    json.loads(text, object_pairs_hook=once)
    opening, fields, _ = split(list(TOKEN.finditer(text))[::-1], text)
    assert opening == "{" and not any("/" in name for name, _ in fields)
    for name, (opening, parts, raw) in fields:
        elements = parts if opening == "[" else []
        yield from [(f"{name}/{i}", part[2]) for i, part in elements] or [(name, raw)]


def document_roots(details):
    """Return the commitments that the shown details lead to, and the leaves that are shown."""

    def line(path, value, salt):
        return sha(b"\x00", msgpack.packb([path, value, salt], use_bin_type=True))

    if not details.get("lines"):
        seed, leaves = b64(details["seed"], 32), list(leaves_of(details["text"]))
        hashes = [line(p, v, hmac.digest(seed, p.encode(), "sha256")[:16]) for p, v in leaves]
        size = len(hashes).to_bytes(8, "big")
        return {tagged(b"document-root", size, merkle_root(hashes))}, leaves
    indices = [item["index"] for item in details["lines"]]
    assert indices == sorted(set(indices)) and not {"text", "seed"} & set(details)
    roots = set()
    for item in details["lines"]:
        leaf = line(item["path"], item["value"], b64(item["salt"], 16))
        proof = [b64(text, 32) for text in item["proof"]]
        assert 0 <= item["index"] < item["size"]
        root = root_from_line(leaf, item["index"], item["size"], proof)
        roots.add(tagged(b"document-root", item["size"].to_bytes(8, "big"), root))
    return roots, [(item["path"], item["value"]) for item in details["lines"]]


def sign_of(bill):
    """Return -1 for a red bill, which mirrors its blue one in every amount."""
    return -1 if VALIDITY[bill[15]] == "red" else 1


def is_on_face(path, value, bill):
    """Tell whether the details repeat the business number and the amounts of the face."""
    if path == "busNo":
        return json.loads(value) == bill[4]
    if path in AMOUNTS:
        assert re.fullmatch(r"(0|[1-9][0-9]*)(\.[0-9]+)?", value.strip('"'), re.ASCII)
        amount = sign_of(bill) * bill[7][AMOUNTS.index(path)]
        return decimal.Decimal(value.strip('"')) * 100 == amount
    return True


def set_hash(validators):
    return tagged(b"validator-set", msgpack.packb(validators))


def certified_block(certificate, validators, chain):
    """Return the height and hash that a quorum of a set signed in one round."""
    height, round_, hash_, seals = unpack(b64(certificate))
    signers = [signer for signer, _ in seals]
    assert round_ <= 10**6 and signers == sorted(set(signers))
    assert len(signers) * 3 >= len(validators) * 2
    vote = b"piaolian\x01\x03" + chain + height.to_bytes(8, "big") + round_.to_bytes(4, "big")
    for signer, signature in seals:
        nacl.signing.VerifyKey(validators[signer][2]).verify(vote + hash_, signature)
    return height, hash_


def certified_header(text, certified, validators, chain):
    """Return a header that is the certified one and names the set that signed it."""
    height, hash_ = certified
    header = unpack(b64(text))
    assert tagged(b"header", b64(text)) == hash_ and header[:4] == [1, 1, chain, height]
    assert len(header) == 13 and header[10] == set_hash(validators)
    return header


def claimed_header(text):
    """Return what a header says before it is checked; None when it is not readable."""
    try:
        header = unpack(b64(text))
        return header if len(header) == 13 and isinstance(header[3], int) else None
    except (AssertionError, ValueError, TypeError, msgpack.exceptions.UnpackException):
        return None


def first_validators(genesis):
    """Return the first validator set of a genesis."""
    agencies = {agency["id"]: agency for agency in genesis["agencies"]}
    validators = [
        [name, key["suite"], b64(key["public"], 32)]
        for name in genesis["validators"]
        for key in agencies[name]["keys"]
        if key["purpose"] == "validator"
    ]
    assert len(validators) == len(genesis["validators"]) >= 4
    return validators


def bill_in(value, header):
    """Read a bill's leaf of the header's height and time or before."""
    bill = unpack(value)
    assert bill[0] == 7 and len(bill) == 24 and bill[10] <= header[3] and bill[6] <= header[5]
    assert VALIDITY[bill[15]] and all(sign_of(bill) * amount >= 0 for amount in bill[7])
    return bill


def document_in(key, value, header):
    """Read a published document's leaf of the header's height and time or before."""
    place = re.fullmatch(rb"j/([a-z][a-z0-9-]{1,30})/(\d{12})-(\d{5})-(\d{4})/", key)
    document = unpack(value)
    assert document[0] == 24 and len(document) == 12 and len(document[3]) == 3
    assert place and document[5:8] == [int(part) for part in place.groups()[1:]]
    assert document[5] <= header[3] and document[4] <= header[5]
    assert document[9] == (document[11] is not None)
    return document


def steps_of(receipt, genesis_bytes):
    """Make the checks one after another; yield each name before its check."""
    yield "genesis"
    chain = b64(receipt["chain"], 32)
    assert receipt["format"] == "piaolian-receipt-1" and sha(genesis_bytes) == chain
    genesis = json.loads(genesis_bytes, object_pairs_hook=once)
    yield "validators"
    validators = first_validators(genesis)
    last = 0
    for change in receipt["validators"]:
        certified = certified_block(change["certificate"], validators, chain)
        header = certified_header(change["header"], certified, validators, chain)
        validators = [[v["agency"], v["suite"], b64(v["public"], 32)] for v in change["validators"]]
        assert last < header[3] and header[11] == set_hash(validators)
        assert all(
            len({v[place] for v in validators}) >= max(4, len(validators)) for place in (0, 2)
        )
        last = header[3]
    claimed = claimed_header(receipt["header"])
    assert claimed is None or (claimed[10] == set_hash(validators) and last < claimed[3])
    yield "certificate"
    certified = certified_block(receipt["certificate"], validators, chain)
    yield "header"
    header = certified_header(receipt["header"], certified, validators, chain)
    yield "trie"
    fact, leaf = receipt["fact"], receipt["leaf"]
    is_bill = fact["kind"] in ("bill", "no-bill")
    key = b"b/%s/%010d" % (fact["code"].encode(), fact["number"]) if is_bill else b64(fact["key"])
    if leaf:
        root = trie_root(b64(leaf["key"]), b64(leaf["hash"], 32), receipt["trie"])
    else:
        root = trie_root(key, instead_hash(key, receipt["instead"]), receipt["trie"])
    assert tagged(b"state-root", root) == header[9]
    yield "leaf"
    assert fact["kind"] == ("" if leaf else "no-") + ("bill" if is_bill else "leaf")
    if not leaf:
        assert receipt["details"] is None
        return
    assert not receipt["instead"] and b64(leaf["key"]) == key
    assert leaf_hash(key, sha(b64(leaf["value"]))) == b64(leaf["hash"])
    bill = document = None
    if key.startswith(b"j/"):
        document = document_in(key, b64(leaf["value"]), header)
    elif is_bill:
        bill = bill_in(b64(leaf["value"]), header)
    else:
        assert receipt["details"] is None
    if receipt["details"]:
        yield "document"
        roots, leaves = document_roots(receipt["details"])
        assert roots == {bill[8][0] if bill else document[3][0]}
        assert not bill or all(is_on_face(*leaf, bill) for leaf in leaves)


def verify(receipt_bytes, genesis_bytes):
    """Return the names of the steps that hold; raise Failed with the name of the one that fails."""
    step, done = "receipt", []
    try:
        receipt = json.loads(receipt_bytes, object_pairs_hook=once)
        for step in steps_of(receipt, genesis_bytes):
            done.append(step)
    except (AssertionError, LookupError, TypeError, ValueError) as error:
        raise Failed(step) from error
    except (nacl.exceptions.BadSignatureError, msgpack.exceptions.UnpackException) as error:
        raise Failed(step) from error
    return done


if __name__ == "__main__":
    try:
        steps = verify(Path(sys.argv[2]).read_bytes(), Path(sys.argv[1]).read_bytes())
    except Failed as failure:
        sys.exit(print(f"failed: {failure}") or 5)
    print("proved:", ", ".join(steps))
