"""Check every bill of a running chain against the file it was issued from, without the product.

For each bill the script fetches ciphertext, sealing key and proof from the issuer's API, checks the
proof up to the certified leaf, the ciphertext against the leaf, decrypts it, checks the commitment,
and compares plaintext and face with the input field by field. It imports the standard library,
msgpack, PyNaCl and its neighbour verify_receipt.py.

    python check_bills.py .demo/summary.json HIS.jsonl [AGENCY]     exit 0, or 5 and what differs
"""

# ruff: noqa: PT018, T201
import contextlib
import http.client
import json
import ssl
import sys
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import urlsplit

import msgpack
import nacl.bindings as sodium
import nacl.exceptions

sys.path.insert(0, str(Path(__file__).parent))
from verify_receipt import (
    AMOUNTS,
    Failed,
    b64,
    document_roots,
    is_on_face,
    leaves_of,
    once,
    tagged,
    unpack,
    verify,
)

CHUNK = 64 * 1024
FAULTS = (
    AssertionError,
    LookupError,
    TypeError,
    ValueError,
    RuntimeError,
    Failed,
    nacl.exceptions.CryptoError,
)


class Api:
    """One agency's API over one kept connection."""

    def __init__(self, url, token_file, ca_file=None):
        parts = urlsplit(url)
        if parts.scheme == "https":
            # The file holds the node's own certificate, which is the only root: no name is needed.
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            certificate = Path(ca_file).read_bytes()
            is_text = certificate.startswith(b"-----")
            tls.load_verify_locations(cadata=certificate.decode() if is_text else certificate)
            tls.check_hostname = False
            tls.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            self.link = http.client.HTTPSConnection(parts.hostname, parts.port, context=tls)
        else:
            self.link = http.client.HTTPConnection(parts.hostname, parts.port)
        self.headers = {"Authorization": f"Bearer {Path(token_file).read_text().strip()}"}

    def get(self, path):
        self.link.request("GET", path, headers=self.headers)
        answer = self.link.getresponse()
        data = answer.read()
        assert answer.status == 200, f"{path}: {answer.status} {data[:300]}"
        return data

    def bills(self):
        """Return the items of every page."""
        cursor = ""
        while True:
            page = json.loads(self.get("/v1/bills" + (f"?cursor={cursor}" if cursor else "")))
            yield from page["items"]
            cursor = page["next"]
            if not cursor:
                return


def unseal(ciphertext, key):
    """Open a libsodium secretstream of 64 KiB chunks and take the padding off."""
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, ciphertext[:24], key)
    plain, tag = b"", 0
    for start in range(24, len(ciphertext), CHUNK + 17):
        assert tag != sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
        chunk = ciphertext[start : start + CHUNK + 17]
        part, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, chunk)
        plain += part
    assert tag == sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
    text, _, padding = plain.rpartition(b"\x80")
    assert not padding.strip(b"\0")
    return text


def fields_of(text):
    """Return a line's fields, every figure as the text it is."""
    return json.loads(text, object_pairs_hook=once, parse_float=str, parse_int=str)


def check_bill(receipt_bytes, sealed, genesis_bytes, inputs):
    """Check one bill and return its business number; raise when anything differs."""
    assert verify(receipt_bytes, genesis_bytes)[-1] in ("leaf", "document")
    receipt = json.loads(receipt_bytes)
    bill = unpack(b64(receipt["leaf"]["value"]))
    commitment, ciphertext_hash, _ = bill[8]
    ciphertext = b64(sealed["ciphertext"])
    assert tagged(b"ciphertext", ciphertext) == ciphertext_hash, "another ciphertext"
    version, seed, text = msgpack.unpackb(unseal(ciphertext, b64(sealed["key"], 32)), raw=False)
    assert version == 1 and len(seed) == 32
    spelled = {"text": text.decode(), "seed": urlsafe_b64encode(seed).rstrip(b"=").decode()}
    roots, leaves = document_roots(spelled)
    assert roots == {commitment}, "another commitment"
    assert all(is_on_face(path, value, bill) for path, value in leaves), "face and details differ"
    line = inputs[bill[4]]
    found, expected = fields_of(text), fields_of(line)
    assert list(found) == list(expected), "other fields"
    for name, value in expected.items():
        assert found[name] == value, f"field {name} differs"
    assert list(leaves_of(text.decode())) == list(leaves_of(line.decode()))
    assert text == line, "the text differs in its blanks"
    fen = [int(expected[name].replace(".", "")) for name in AMOUNTS]
    assert list(bill[7]) == fen and bill[2] == expected["placeCode"], "the face differs"
    return bill[4]


def check(summary, his_file, agency="hospital"):
    """Check every bill of the chain; return how many are good, and what is wrong with the rest."""
    lines = Path(his_file).read_bytes().splitlines()
    inputs = {fields_of(line)["busNo"]: line for line in lines if line.strip()}
    genesis_bytes = Path(summary["genesis"]).read_bytes()
    api = Api(**{k: summary["api"][agency].get(k) for k in ("url", "token_file", "ca_file")})
    faults, seen, reds = [], {}, []
    with contextlib.closing(api.link):
        for item in list(api.bills()):
            place = f"/v1/bills/{item['code']}/{int(item['number']):010d}"
            if item.get("validity") == "red":
                reds.append((item["code"], int(item["number"])))
                continue
            try:
                receipt, sealed = api.get(f"{place}/proof"), json.loads(api.get(f"{place}/sealed"))
                number = check_bill(receipt, sealed, genesis_bytes, inputs)
                assert number not in seen, "a business number with two bills"
                seen[number] = (item["code"], int(item["number"]))
            except FAULTS as error:
                faults.append(f"{place}: {type(error).__name__} {error}")
    faults += [f"{number}: no bill" for number in inputs if number not in seen]
    return len(seen), faults + gaps([*seen.values(), *reds])


def gaps(numbers):
    """Return the numbers that are missing between the lowest and the highest of each code."""
    lowest, missing = {}, []
    for code, number in sorted(numbers):
        expected = lowest.get(code, number)
        missing += [f"{code}: number {n} is missing" for n in range(expected, number)]
        lowest[code] = number + 1
    return missing


if __name__ == "__main__":
    count, faults = check(json.loads(Path(sys.argv[1]).read_text()), *sys.argv[2:4])
    print("\n".join([*faults[:20], f"{count} bills proved, {len(faults)} faults"]))
    sys.exit(5 if faults or not count else 0)
