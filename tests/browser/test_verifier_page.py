"""The page of the offline verifier, in real Chromium, from disk, with the network cut."""

import base64
import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from docs.build_verifier import TARGET
from ledger.bills import bill_key
from primitives.codec import encode
from proofs.receipt import dump_receipt
from proofs.verify import STEPS
from tests.support.chromium import offline_context
from tests.support.document_receipts import document_receipt, documents_chain
from tests.support.receipt_documents import document_of
from tests.support.receipts import (
    CODE,
    NUMBER,
    TEXT,
    certified,
    genesis_file,
    sample_bill,
    sample_chain,
    sample_receipt,
    whole_text,
)
from tests.support.tampering import forgeries, good_receipts

BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));"


def _base64(data):
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def context():
    with offline_context() as context:
        yield context


@pytest.fixture
def verifier(context, tmp_path):
    """The published page, opened from disk; answers show(receipt, genesis) -> state of the page."""
    page = context.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(TARGET.as_uri())

    def show(receipt, genesis):
        for kind, data in (("genesis", genesis), ("receipt", receipt)):
            file = tmp_path / f"{kind}.json"
            file.write_bytes(data)
            page.set_input_files(f"#{kind}-file", file)
        page.wait_for_selector("body.passed, body.failed")
        return page.evaluate("document.body.className")

    yield page, show
    assert [url for url in asked if not url.startswith("file:")] == []
    assert errors == []
    page.close()


GOOD = dict(good_receipts())["with the whole text"]


def _states(page):
    return dict(
        page.eval_on_selector_all(
            ".steps li", "items => items.map(i => [i.dataset.step, i.dataset.state])"
        )
    )


@pytest.mark.slow
def test_the_page_turns_green_and_shows_every_line(verifier):
    page, show = verifier
    assert show(GOOD, genesis_file()) == "passed"
    assert _states(page) == dict.fromkeys(STEPS, "passed")
    text = page.inner_text("#bill-card")
    for part in ("82.02", "46010126", "0000000007", "普通门诊诊察费", 'X 光 "胸部" 片', "李四 🙂"):
        assert part in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "one line's amount changed",
        "the amount in the leaf changed",
        "trie node 1 changed",
        "one signature changed",
        "the header's time changed",
        "a change sealed by too few",
        "a validator's key changed",
    ],
)
def test_the_page_turns_red_and_names_the_check_that_failed(verifier, name):
    page, show = verifier
    forgery = next(forgery for forgery in forgeries() if forgery.name == name)
    assert show(forgery.receipt, forgery.genesis) == "failed"
    at = STEPS.index(forgery.step)
    expected = ["passed"] * at + ["failed"] + ["skipped"] * (len(STEPS) - at - 1)
    assert _states(page) == dict(zip(STEPS, expected, strict=True))
    title = page.locator(f'.steps li[data-step="{forgery.step}"] b').inner_text()
    assert title in page.inner_text(".verdict")
    assert page.is_hidden("#bill-card")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "total", "words", "counts"),
    [
        ("with the whole text", "82.02", "Valid", True),
        ("a red bill with its blue one's text", "-82.02", "A red bill", False),
        ("a bill with all its axes", "82.02", "Reversed: it counts no more", False),
    ],
)
def test_the_page_says_in_words_whether_the_bill_still_counts(verifier, name, total, words, counts):
    page, show = verifier
    assert show(dict(good_receipts())[name], genesis_file()) == "passed"
    assert page.inner_text("#facts .total dd") == total
    page.evaluate("document.documentElement.lang = 'en'")
    assert words in page.text_content("#facts .validity dd")
    assert page.is_hidden("#counts-no-more") == counts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words", "is_newest"),
    [
        ("a document with its text", ("Outpatient record", "In force", "1-0-5"), True),
        ("an amendment with one line", ("Inpatient record", "In force", "Amends", "1-0-3"), True),
        ("a superseded document with its text", ("it is not the newest", "1-0-4"), False),
        ("a document", ("Outpatient record", "Kept for", "15 years"), True),
    ],
)
def test_the_page_says_in_words_what_document_was_verified(verifier, name, words, is_newest):
    page, show = verifier
    assert show(dict(good_receipts())[name], genesis_file()) == "passed"
    page.evaluate("document.documentElement.lang = 'en'")
    facts = page.text_content("#facts")
    for part in (*words, "示例省人民医院", "2026年9月21日"):
        assert part in facts
    assert page.is_hidden("#superseded") == is_newest
    assert page.is_visible(".of-document:has-text('published this document')")


@pytest.mark.slow
def test_each_resource_of_a_record_is_named_and_opens_to_its_own_text(verifier):
    page, show = verifier
    show(dict(good_receipts())["a document with its text"], genesis_file())
    named = page.locator("#shown .lines summary").all_inner_texts()
    assert named == ["Encounter e-1", "Observation o-1", "Condition c-1"]
    page.click("text=Observation o-1")
    assert '{"resource" : {"resourceType"' in page.inner_text("#shown .lines li:nth-child(2) pre")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert Axe().run(page).response["violations"] == []


@pytest.mark.slow
def test_a_record_of_four_mebibytes_takes_the_browser_less_than_ten_seconds(verifier):
    page, show = verifier
    entry = '{"resource":{"resourceType":"Observation","note":"' + "x" * 2000 + '"}}'
    text = '{"form":"fhir-visit-1","entry":[' + ",".join([entry] * 2000) + "]}"
    receipt = document_receipt(whole_text(text), chain=documents_chain(text=text))
    page.set_default_timeout(10_000)
    assert show(dump_receipt(receipt), genesis_file()) == "passed"


@pytest.mark.slow
@pytest.mark.parametrize("size", [9, 19])
def test_what_is_too_large_for_a_browser_is_politely_refused(verifier, size):
    page, show = verifier
    text = '{"form":"' + "x" * size * 2**20 + '"}'
    receipt = document_of(document_receipt(whole_text("{}"), chain=documents_chain(text="{}")))
    receipt["details"]["text"] = text
    assert show(json.dumps(receipt).encode(), genesis_file()) == "failed"
    assert page.is_visible("#too-large")
    assert page.is_hidden("#failed-step")
    assert page.is_hidden("#bill-card")
    page.evaluate("document.documentElement.lang = 'en'")
    assert "piaolian bill verify" in page.inner_text(".verdict")
    good = {"name": "good.json", "mimeType": "application/json", "buffer": GOOD}
    page.set_input_files("#receipt-file", good)
    page.wait_for_selector("body.passed")
    assert page.is_hidden("#too-large")


@pytest.mark.slow
@pytest.mark.parametrize(
    "data", [b"", b"not JSON", b"[]", b"{}", b'{"a":1,"a":1}', b"\xff", b"null"]
)
def test_a_file_that_is_no_receipt_turns_the_page_red(verifier, data):
    page, show = verifier
    assert show(data, genesis_file()) == "failed"
    assert page.is_hidden("#bill-card")


@pytest.mark.slow
def test_text_of_a_bill_is_never_run_as_markup(verifier):
    page, show = verifier
    text = TEXT.replace("李四 🙂", "<img src=x onerror=alert(1)>")
    chain = certified({**sample_chain().values, bill_key(CODE, NUMBER): encode(sample_bill(text))})
    assert (
        show(dump_receipt(sample_receipt(chain, details=whole_text(text))), genesis_file())
        == "passed"
    )
    assert page.locator("#bill-card img").count() == 0


@pytest.mark.slow
def test_the_page_fits_a_phone_of_320_px_in_both_languages(verifier):
    page, show = verifier
    page.set_viewport_size({"width": 320, "height": 640})
    show(GOOD, genesis_file())
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.click("#language")
        low = page.eval_on_selector_all(
            "button, summary, input", "all => all.filter(e => e.offsetHeight < 44).length"
        )
        assert low == 0


@pytest.mark.slow
def test_the_page_has_no_accessibility_violation(verifier):
    page, show = verifier
    show(GOOD, genesis_file())
    assert Axe().run(page).response["violations"] == []


@pytest.mark.slow
def test_both_files_may_be_dropped_anywhere(verifier):
    page, _ = verifier
    page.evaluate(
        f"""async ([receipt, genesis]) => {{
          {BYTES}
          const data = new DataTransfer();
          data.items.add(new File([receipt], "my bill.json"));
          data.items.add(new File([bytes(genesis)], "start.json"));
          document.dispatchEvent(new DragEvent("drop", {{ dataTransfer: data }}));
        }}""",
        [GOOD.decode(), _base64(genesis_file())],
    )
    page.wait_for_selector("body.passed")
    assert "my bill.json" in page.inner_text("#receipt-zone")
