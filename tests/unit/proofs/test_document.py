"""What is shown of the details is what was committed to, all of it and nothing else."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bills import DocumentReference
from ledger.documents import DOCUMENT_SIZE_MAX, TEXT_SIZE_MAX, commitment, leaves_of
from proofs.document import check_bill_details, check_details
from proofs.errors import VerificationFailed
from proofs.jsonfile import Base64Url
from proofs.receipt import Details
from tests.independent.verify_receipt import leaves_of as independent_leaves_of
from tests.support.receipts import SEED, TEXT, sample_bill, some_lines, whole_text


def _bill(text, **changes):
    document = DocumentReference(commitment(leaves_of(text.encode()), SEED), bytes(32), 30)
    return sample_bill(document=document, **changes)


def test_the_whole_text_shows_every_field_and_line_in_order():
    shown = check_bill_details(whole_text(), _bill(TEXT))
    assert [leaf.path for leaf in shown][-4:] == [
        "otherInfo", "chargeDetail/0", "listDetail/0", "listDetail/1",
    ]  # fmt: skip
    assert shown[3].value == '"82.02"'


@pytest.mark.parametrize("index", range(12))
def test_each_line_can_be_shown_alone(index):
    (leaf,) = check_bill_details(some_lines(index), _bill(TEXT))
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
    check_bill_details(whole_text(text), _bill(text))


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
        check_bill_details(whole_text(text), _bill(text))


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
        check_bill_details(details, _bill(TEXT))


def _reference(text):
    return _bill(text).document


def test_any_other_document_is_held_to_its_commitment_alone():
    text = '{"busNo":7,"totalAmt":"nothing","entry":[{"a":1},{"b":[2]}]}'
    shown = check_details(whole_text(text), _reference(text))
    assert [leaf.path for leaf in shown] == ["busNo", "totalAmt", "entry/0", "entry/1"]
    assert check_details(some_lines(1, 3, text=text), _reference(text)) == (shown[1], shown[3])
    with pytest.raises(VerificationFailed, match=r"document\.other_bill"):
        check_bill_details(whole_text(text), _bill(text))
    for other in (text.replace("2", "3"), text.replace(",", ", ", 1).replace("7", "8")):
        with pytest.raises(VerificationFailed, match=r"document\.differs"):
            check_details(whole_text(other), _reference(text))


def _text_of(size):
    return '{"x":"' + "x" * (size - 8) + '"}'


def test_a_bills_text_and_any_text_are_bounded():
    longest = _text_of(TEXT_SIZE_MAX)
    check_bill_details(whole_text(longest), _bill(longest))
    longer = _text_of(TEXT_SIZE_MAX + 1)
    check_details(whole_text(longer), _reference(longer))
    with pytest.raises(VerificationFailed, match=r"document\.malformed"):
        check_bill_details(whole_text(longer), _bill(longer))
    longest = _text_of(DOCUMENT_SIZE_MAX)
    check_details(whole_text(longest), _reference(longest))
    with pytest.raises(VerificationFailed, match=r"document\.malformed"):
        check_details(whole_text(_text_of(DOCUMENT_SIZE_MAX + 1)), _reference(longest))


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
