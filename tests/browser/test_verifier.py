"""The browser's check, in real Chromium, from disk, with the network cut."""

import base64
import json
import random
import re

import msgpack
import pytest

from docs.build_verifier import (
    CHECK_SCRIPTS,
    FINGERPRINT,
    HANDED_OUT,
    SOURCES,
    TARGET,
    build,
    fingerprint_line,
)
from ledger.documents import leaves_of
from primitives.errors import PeerFault
from proofs.verify import STEPS
from tests.support.chromium import offline_context
from tests.support.receipts import (
    TEXT,
    genesis_file,
)
from tests.support.tampering import forgeries, good_receipts
from tests.support.vectors import load_vectors

BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));"


def _base64(data):
    return base64.b64encode(data).decode()


def test_the_published_page_is_what_its_sources_make():
    assert TARGET.read_text("utf-8") == HANDED_OUT.read_text("utf-8") == build()
    assert FINGERPRINT.read_text("utf-8") == fingerprint_line(build())


def test_the_check_has_fewer_than_500_lines_of_code():
    code = "".join((SOURCES / name).read_text("utf-8") for name in CHECK_SCRIPTS)
    without_comments = re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)
    lines = [line for line in without_comments.split("\n") if line.strip()]
    assert len(lines) < 500


@pytest.fixture(scope="module")
def context():
    with offline_context() as context:
        yield context


@pytest.fixture(scope="module")
def scripts(context, tmp_path_factory):
    """A page on disk that loads the check as plain scripts, and nothing else."""
    page = context.new_page()
    tags = "".join(f'<script src="{(SOURCES / name).as_uri()}"></script>' for name in CHECK_SCRIPTS)
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(f"<!DOCTYPE html><title>scripts</title>{tags}", "utf-8")
    page.goto(file.as_uri())
    return page


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wycheproof_ed25519.json", "ed25519_speccheck.json"])
def test_every_published_signature_vector_gets_libsodiums_verdict(scripts, name):
    cases = load_vectors(name)["cases"]
    verdicts = scripts.evaluate(
        """(cases) => {
          const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (x) => parseInt(x, 16));
          return cases.map((it) => piaolian.verifyEd25519(
            bytes(it.public_key), bytes(it.message), bytes(it.signature)));
        }""",
        cases,
    )
    assert len(verdicts) == len(cases)
    assert [
        c["id"] for c, verdict in zip(cases, verdicts, strict=True) if verdict != c["valid"]
    ] == []


def _answers(page, files):
    """Return what the browser's verifier says of (receipt, genesis) files."""
    return page.evaluate(
        f"""(files) => {{
          {BYTES}
          return files.map(([receipt, genesis]) =>
            piaolian.verifyReceipt(JSON.parse(receipt), bytes(genesis)));
        }}""",
        [(receipt.decode(), _base64(genesis)) for receipt, genesis in files],
    )


def _samples():
    """Byte strings around the one form of MessagePack: honest, damaged, and drawn from a seed."""
    values = [
        0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53, 2**64 - 1, "", "a" * 31,
        "a" * 32, "票" * 85, "a" * 256, "a" * 65536, b"", b"b" * 255, b"b" * 256, b"b" * 65536, [],
        [1] * 15, [1] * 16, [[], [b"x", "y", [7]]], -1, -32, -33, -128, -129, -32768, -32769,
        -(2**31), -(2**31) - 1, -(2**53), -(2**63), 1.5, {"a": 1}, None, True, False,
        [None, [True]],
    ]  # fmt: skip
    honest = [msgpack.packb(value, use_bin_type=True) for value in values]
    cut = [data[:-1] for data in honest] + [data + b"\x00" for data in honest]
    longer = [
        b"\xcc\x7f", b"\xcd\x00\xff", b"\xce\x00\x00\xff\xff", b"\xcf" + bytes(4) + b"\xff" * 4,
        b"\xd9\x01a", b"\xda\x00\x20" + b"a" * 32, b"\xc5\x00\x01b", b"\xc6\x00\x00\x00\x01b",
        b"\xdc\x00\x01\x01", b"\xdd\x00\x00\x00\x01\x01", b"\xa1\xff", b"\xa3\xed\xa0\x80", b"\xc1",
        b"\xd0\xff", b"\xd0\xe0", b"\xd0\x01", b"\xd1\xff\x80", b"\xd2\xff\xff\x80\x00",
        b"\xd3" + b"\xff" * 8, b"\xd3\x00" + b"\xff" * 7, b"\xc0\xc0", b"\xca" + bytes(4),
        b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\x91" * 17 + b"\x01", b"\x91" * 5000,
    ]  # fmt: skip
    source = random.Random(7)
    drawn = [source.randbytes(source.randrange(1, 6)) for _ in range(3000)]
    return [*honest, *cut, *longer, *drawn]


def _is_one_form(data):
    """Tell by an independent reader whether bytes are a message without maps and floats."""

    def is_allowed(value, depth=0):
        if isinstance(value, list):
            return depth < 16 and all(is_allowed(item, depth + 1) for item in value)
        return value is None or type(value) in (str, bytes, bool, int)

    try:
        value = msgpack.unpackb(data, raw=False)
    except (ValueError, msgpack.exceptions.UnpackException):
        return False
    return is_allowed(value) and msgpack.packb(value, use_bin_type=True) == data


@pytest.mark.slow
def test_the_browser_reads_only_the_one_form_of_a_message(scripts):
    samples = _samples()
    verdicts = scripts.evaluate(
        f"""(texts) => {{
          {BYTES}
          return texts.map((text) => {{
            try {{ piaolian.decodeMessage(bytes(text)); return true; }} catch {{ return false; }}
          }});
        }}""",
        [_base64(data) for data in samples],
    )
    expected = [_is_one_form(data) for data in samples]
    assert [
        s.hex()[:40] for s, a, b in zip(samples, verdicts, expected, strict=True) if a != b
    ] == []
    assert 100 < expected.count(True) < len(samples) - 100


TEXTS = [
    TEXT, "{}", "[]", "1", "", '{"a":-0.5e+3}', '{"a":1} x', '{"a":01}', '{"a":[1,]}', '{"a":NaN}',
    ' { "a" : [ ] , "b" : [ [1,2] , {"x":[1,{}]} ] , "c":"]}{,[:\\" }\\n" } ',
    '{"a":null,"b":true,"\\u0041":"\\ud83d\\ude42"}', '{"__proto__":[1]}',
    '{"a/b":1}', '{"a":1,"a":1}', '{"a":{"b":1,"b":2}}', '{"a":1,"\\u0061":2}',
    '{"a":"\\ud800"}', '{"\\ud800":1}', '{"a":"\\\\ud800"}', '{"a":"' + "x" * 262144 + '"}',
    '{"a":"]}{,[:\\\"","b":["\\\\",{"c":"\\\\\\\""}]}',
]  # fmt: skip


@pytest.mark.slow
def test_the_browser_cuts_a_text_into_the_same_leaves(scripts):
    found = scripts.evaluate(
        """(texts) => texts.map((text) => {
          try { return piaolian.leavesOf(text); } catch { return null; }
        })""",
        TEXTS,
    )
    assert found == [_leaves(text) for text in TEXTS]


def _leaves(text):
    try:
        return [list(leaf) for leaf in leaves_of(text.encode())]
    except PeerFault:
        return None


@pytest.mark.slow
def test_the_browser_accepts_what_is_honest_and_tells_the_facts(scripts):
    good = good_receipts()
    answers = _answers(scripts, [(file, genesis_file()) for _, file in good])
    for (name, file), answer in zip(good, answers, strict=True):
        with_details = json.loads(file)["details"] is not None
        expected = [{"name": step, "ok": True, "code": "ok"} for step in STEPS]
        assert answer["ok"], (name, answer["steps"])
        assert answer["steps"] == (expected if with_details else expected[:-1])
    facts = answers[1]["facts"]
    assert (facts["kind"], facts["code"], facts["number"]) == ("bill", "46010126", 7)
    assert (facts["height"], facts["trust"]) == (3, "genesis")
    assert facts["signers"] == ["示例省财政厅", "示例省人民医院", "示例省医疗保障局"]
    assert facts["bill"]["amounts"] == [8202, 5000, 0, 1200, 2002]
    assert facts["shown"][2] == ["payer", '"李四 🙂"']


@pytest.mark.slow
def test_the_browser_refuses_every_forgery_by_the_step_it_breaks(scripts):
    forged = forgeries()
    answers = _answers(scripts, [(forgery.receipt, forgery.genesis) for forgery in forged])
    found = {
        f.name: (a["ok"], a["steps"][-1]["name"]) for f, a in zip(forged, answers, strict=True)
    }
    assert found == {forgery.name: (False, forgery.step) for forgery in forged}
    for answer in answers:
        assert answer["facts"] is None
        assert [step["ok"] for step in answer["steps"]].count(False) == 1


@pytest.mark.slow
def test_four_signatures_twenty_trie_steps_and_353_lines_take_less_than_two_seconds(scripts):
    file = dict(good_receipts())["with 353 lines"]
    milliseconds = scripts.evaluate(
        f"""([receipt, genesis]) => {{
          {BYTES}
          const start = performance.now(), it = JSON.parse(receipt);
          for (let i = 0; i < 2; i++) piaolian.verifyReceipt(it, bytes(genesis));
          return performance.now() - start;
        }}""",
        [file.decode(), _base64(genesis_file())],
    )
    assert milliseconds < 2000
