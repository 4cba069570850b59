"""What is shown of the details is what was committed to, all of it and nothing else."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bills import DocumentReference
from ledger.documents import commitment, leaves_of
from proofs.document import check_details
from proofs.errors import VerificationFailed
from proofs.jsonfile import Base64Url
from proofs.receipt import Details
from tests.independent.verify_receipt import leaves_of as independent_leaves_of
from tests.support.receipts import SEED, TEXT, sample_bill, some_lines, whole_text


def _bill(text, **changes):
    document = DocumentReference(commitment(leaves_of(text.encode()), SEED), bytes(32), 30)
    return sample_bill(document=document, **changes)


def test_the_whole_text_shows_every_field_and_line_in_order():
    shown = check_details(whole_text(), _bill(TEXT))
    assert [leaf.path for leaf in shown][-4:] == [
        "otherInfo", "chargeDetail/0", "listDetail/0", "listDetail/1",
    ]  # fmt: skip
    assert shown[3].value == '"82.02"'


@pytest.mark.parametrize("index", range(12))
def test_each_line_can_be_shown_alone(index):
    (leaf,) = check_details(some_lines(index), _bill(TEXT))
    assert leaf == leaves_of(TEXT.encode())[index]


@pytest.mark.parametrize(
    "text",
    [
        '{"totalAmt":"82.0200"}',
        '{"totalAmt":82.02}',
        '{"ownPay":"20.02"}',
        '{"busNo":"V-0007"}',
        "{}",
    ],
)
def test_other_spellings_of_the_faces_figures_agree_with_it(text):
    check_details(whole_text(text), _bill(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"totalAmt":"82.03"}', '{"totalAmt":null}', '{"totalAmt":"82.021"}', '{"totalAmt":""}',
        '{"totalAmt":"８2.02"}', '{"totalAmt":8.202e1}', '{"fundPay":"0"}',
        '{"busNo":"V-0008"}', '{"busNo":7}', '{"busNo":null}', '{"accountPay":"-12.00"}',
    ],
)  # fmt: skip
def test_details_that_contradict_the_face_are_refused(text):
    with pytest.raises(VerificationFailed, match=r"document\.other_bill"):
        check_details(whole_text(text), _bill(text))


def _line(**changes):
    (line,) = some_lines(11).lines
    return Details(lines=(msgspec.structs.replace(line, **changes),))


@pytest.mark.parametrize(
    "details",
    [
        Details(),
        Details(text=TEXT),
        Details(seed=Base64Url(SEED)),
        Details(text=TEXT, seed=Base64Url(SEED[:31])),
        Details(text='{"a/0":1}', seed=Base64Url(SEED)),
        Details(text="[]", seed=Base64Url(SEED)),
        _line(salt=Base64Url(bytes(15))),
        _line(proof=(Base64Url(bytes(31)), *some_lines(11).lines[0].proof[1:])),
        _line(index=12),
        Details(lines=some_lines(3, 4).lines[::-1]),
        Details(lines=some_lines(3).lines * 2),
        Details(text=TEXT, lines=some_lines(3).lines),
        Details(seed=Base64Url(SEED), lines=some_lines(3).lines),
    ],
)
def test_details_of_another_shape_are_refused(details):
    with pytest.raises(VerificationFailed, match=r"document\.malformed"):
        check_details(details, _bill(TEXT))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=4).filter(lambda k: "/" not in k), JSON, max_size=5),
    st.sampled_from([None, 1]),
)
@settings(max_examples=150, deadline=None)
def test_two_readers_cut_any_text_into_the_same_leaves(document, indent):
    for is_ascii in (True, False):
        text = json.dumps(document, ensure_ascii=is_ascii, indent=indent)
        leaves = leaves_of(text.encode())
        assert [tuple(leaf) for leaf in leaves] == list(independent_leaves_of(text))
