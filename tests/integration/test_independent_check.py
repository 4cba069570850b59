"""The script that checks every bill without the product: green on honest answers, red on others.

A server of canned answers stands in for the issuer's API; the demo's test runs the same script
against the real one.
"""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ledger.bills import Amounts, DocumentReference, bill_key
from ledger.documents import ciphertext_hash, commitment, leaves_of, seal_document
from primitives.codec import encode
from proofs.receipt import dump_receipt
from tests.independent.check_bills import check
from tests.support.receipts import (
    CODE,
    SEED,
    certified,
    genesis_file,
    sample_bill,
    sample_chain,
    sample_receipt,
)
from tests.support.vectors import DATA

KEY = bytes([9]) * 32
COUNT = 12


def _fen(text):
    return int(text.replace(".", ""))


def _bill(line, number, ciphertext):
    fields = json.loads(line)
    names = ("totalAmt", "fundPay", "otherfundPay", "accountPay", "ownPay")
    reference = DocumentReference(
        commitment(leaves_of(line), SEED), ciphertext_hash(ciphertext), 30
    )
    return sample_bill(
        number=number,
        business_number=fields["busNo"],
        place=fields["placeCode"],
        amounts=Amounts(*(_fen(fields[name]) for name in names)),
        document=reference,
    )


@pytest.fixture
def issued(tmp_path):
    """Canned answers of an issuer with a dozen bills: (answers by path, summary, HIS file)."""
    lines = (DATA / "hospital-day.jsonl").read_bytes().splitlines()[:COUNT]
    sealed = [seal_document(line, seed=SEED, key=KEY) for line in lines]
    values = dict(sample_chain(0).values)
    for number, (line, ciphertext) in enumerate(zip(lines, sealed, strict=True), 1):
        values[bill_key(CODE, number)] = encode(_bill(line, number, ciphertext))
    chain = certified(values)
    answers, items = {}, []
    for number, ciphertext in enumerate(sealed, 1):
        place = f"/v1/bills/{CODE}/{number:010d}"
        answers[f"{place}/proof"] = dump_receipt(sample_receipt(chain, number=number))
        answers[f"{place}/sealed"] = _sealed(ciphertext)
        items.append({"code": CODE, "number": f"{number:010d}"})
    answers["/v1/bills"] = json.dumps({"items": items[:5], "next": "abc"}).encode()
    answers["/v1/bills?cursor=abc"] = json.dumps({"items": items[5:], "next": None}).encode()
    for name, data in (("genesis", genesis_file()), ("token", b"t\n"), ("his", b"\n".join(lines))):
        (tmp_path / name).write_bytes(data)
    yield from _served(answers, tmp_path)


def _sealed(ciphertext, key=KEY):
    texts = [base64.urlsafe_b64encode(data).rstrip(b"=").decode() for data in (ciphertext, key)]
    return json.dumps(
        {
            "ciphertext": texts[0],
            "key": texts[1],
            "ciphertext_hash": ciphertext_hash(ciphertext).hex(),
        }
    ).encode()


def _served(answers, folder):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self):
            assert self.headers["Authorization"] == "Bearer t"
            data = answers[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        api = {"hospital": {"url": url, "token_file": str(folder / "token")}}
        yield answers, {"genesis": str(folder / "genesis"), "api": api}, folder / "his"
        server.shutdown()
        thread.join()


def test_every_honest_bill_is_proved_and_equals_its_input(issued):
    _, summary, his = issued
    assert check(summary, his) == (COUNT, [])


def _change_proof(answers):
    name = f"/v1/bills/{CODE}/0000000003/proof"
    answers[name] = answers[f"/v1/bills/{CODE}/0000000004/proof"]


def _change_ciphertext(answers):
    name = f"/v1/bills/{CODE}/0000000003/sealed"
    answers[name] = _sealed(seal_document(b"{}", seed=SEED, key=KEY))


def _change_key(answers):
    name = f"/v1/bills/{CODE}/0000000003/sealed"
    ciphertext = json.loads(answers[name])["ciphertext"]
    answers[name] = _sealed(base64.urlsafe_b64decode(ciphertext + "=="), bytes(32))


def _hide(answers):
    page = json.loads(answers["/v1/bills"])
    page["items"] = [item for item in page["items"] if not item["number"].endswith("3")]
    answers["/v1/bills"] = json.dumps(page).encode()


@pytest.mark.parametrize("change", [_change_proof, _change_ciphertext, _change_key, _hide])
def test_one_wrong_answer_of_the_issuer_is_found(issued, change):
    answers, summary, his = issued
    change(answers)
    count, faults = check(summary, his)
    assert count < COUNT
    assert faults


def test_one_changed_figure_of_the_input_is_found(issued):
    _, summary, his = issued
    text = his.read_text("utf-8")
    his.write_text(text.replace('"std":"82.02"', '"std":"82.03"', 1), "utf-8")
    count, faults = check(summary, his)
    assert (count, len(faults)) == (COUNT - 1, 2)
    assert "listDetail" in faults[0] or "chargeDetail" in faults[0]
