"""Issuing a bill: the rules of its chain face, one by one."""

from typing import Any

import msgpack
import msgspec
import pytest

from ledger.bills import (
    ISSUED,
    Bill,
    BusinessNumber,
    CheckCode,
    FenAmount,
    Payment,
    Purpose,
    bill_key,
    face_of,
    find_bill,
    holder_key_of,
    own_bill,
    personal_burden,
)
from ledger.faces import Faces, faces_key, faces_leaf
from ledger.receipt import decode_receipt
from ledger.state import VALUE_SIZE_MAX
from primitives.codec import decode, encode
from primitives.errors import PeerFault, Refused
from primitives.units import AMOUNT_FEN_MAX
from tests.support.ledgers import CODE, Chain, allot, issue, new_chain
from tests.support.lives import (
    archive,
    bill_at,
    bill_of_order,
    book,
    endorsed,
    exchange,
    issued,
    lock,
    open_order,
    pay,
    province,
    rotation,
    settled,
)
from tests.support.refusals import refused

NEW_YEAR_2027_MS = 1_798_732_800_000
"""2027-01-01 00:00 in Shanghai."""


@pytest.fixture
def chain() -> Chain:
    chain = new_chain()
    chain.commit(chain.sign("finance", allot(1, 1000)))
    return chain


def refusal_of(chain: Chain, *operations, agency: str = "hospital", time_ms: int = 0) -> Refused:
    """Offer one transaction to the next block and return why it was refused."""
    expiry_ms = max(time_ms, chain.tip.time_ms) + 1000
    transaction = chain.sign(agency, *operations, expiry_ms=expiry_ms)
    [(_, refusal)] = chain.build(transaction, time_ms=time_ms).refused
    return refusal


def numbers_of(built) -> list[int]:
    return [
        result.number
        for receipt in built.executed.receipts
        for result in decode_receipt(receipt).results
    ]


def test_a_bill_is_one_leaf_under_code_and_number(chain: Chain) -> None:
    transaction = chain.sign("hospital", issue("b-0"), issue("b-1"))
    built = chain.commit(transaction)
    operation = issue("b-1")
    assert chain.view.leaf(bill_key(CODE, 2), Bill) == Bill(
        issuer="hospital",
        place=operation.place,
        kind=operation.kind,
        business_number="b-1",
        check_code=operation.check_code,
        time_ms=built.header.time_ms,
        amounts=operation.amounts,
        document=operation.document,
        holder_key=operation.holder_key,
        height=2,
        transaction_index=0,
        operation_index=1,
        range_first=1,
        key_id=transaction.envelope.key_id,
        validity=ISSUED,
    )
    assert bill_key(CODE, 2) == b"b/46060126/0000000002"


def test_a_bill_leaf_is_plain_messagepack(chain: Chain) -> None:
    chain.commit(chain.sign("hospital", issue("b-0")))
    value = chain.view.value(bill_key(CODE, 1))
    assert value is not None
    fields = msgpack.unpackb(value)
    assert fields[:6] == [7, "hospital", "460000001", "01", "b-0", "a1b2c3"]
    assert fields[7] == [8202, 2092, 0, 0, 6110]
    assert len(fields) == 24
    assert fields[16:] == [None] * 8


def test_numbers_are_given_without_gaps_over_transactions_and_blocks(chain: Chain) -> None:
    first = chain.commit(
        chain.sign("hospital", issue("a"), issue("b")), chain.sign("hospital", issue("c"))
    )
    second = chain.commit(chain.sign("hospital", issue("d")))
    assert numbers_of(first) + numbers_of(second) == [1, 2, 3, 4]


def test_a_refused_bill_burns_no_number(chain: Chain) -> None:
    bad = chain.sign("hospital", issue("x"), issue("y", amounts=(5, 1, 1, 1, 1)))
    built = chain.commit(bad, chain.sign("hospital", issue("z")))
    assert [refusal.code for _, refusal in built.refused] == ["bill.amounts_do_not_add_up"]
    assert numbers_of(built) == [1]


@pytest.mark.parametrize(
    "amounts", [(10, 1, 2, 3, 3), (10, 1, 2, 3, 5), (0, 0, 0, 0, 1), (1, 0, 0, 0, 0)]
)
def test_amounts_must_add_up(chain: Chain, amounts) -> None:
    assert refusal_of(chain, issue("x", amounts)).code == "bill.amounts_do_not_add_up"


@pytest.mark.parametrize("amounts", [(0, 0, 0, 0, 0), (AMOUNT_FEN_MAX, AMOUNT_FEN_MAX, 0, 0, 0)])
def test_amounts_may_be_nothing_or_the_largest(chain: Chain, amounts) -> None:
    assert numbers_of(chain.commit(chain.sign("hospital", issue("x", amounts)))) == [1]


def test_only_a_hospital_issues(chain: Chain) -> None:
    assert refusal_of(chain, issue("x"), agency="insurance").code == "agency.wrong_role"


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
def test_a_holder_key_under_which_no_signature_counts_is_refused(chain: Chain, key: bytes) -> None:
    operation = msgspec.structs.replace(issue("x"), holder_key=key)
    assert refusal_of(chain, operation).code == "bill.bad_holder_key"


def test_a_business_number_answers_with_its_bill_for_ever(chain: Chain) -> None:
    chain.commit(chain.sign("hospital", issue("b-0"), issue("b-1")))
    for _ in range(2):
        refusal = refusal_of(chain, issue("b-1"))
        assert refusal.code == "bill.business_number_used"
        assert (refusal.facts["bill_code"], refusal.facts["bill_number"]) == (CODE, 2)
        chain.commit()


def test_a_business_number_is_used_once_within_a_block_and_a_transaction(chain: Chain) -> None:
    built = chain.commit(
        chain.sign("hospital", issue("b-1")),
        chain.sign("hospital", issue("b-1")),
        chain.sign("hospital", issue("b-2"), issue("b-2")),
    )
    codes = [refusal.code for _, refusal in built.refused]
    assert codes == ["bill.business_number_used"] * 2
    assert numbers_of(built) == [1]
    assert chain.view.bill_of("hospital", "b-2") is None


@pytest.mark.parametrize(("kind", "place"), [("02", "460000001"), ("01", "460000002")])
def test_a_range_serves_its_kind_and_place_only(chain: Chain, kind: str, place: str) -> None:
    refusal = refusal_of(chain, issue("x", kind=kind, place=place))
    assert refusal.code == "bill.no_open_range"


def test_last_years_range_serves_no_bill_of_this_year(chain: Chain) -> None:
    before, after = NEW_YEAR_2027_MS - 1, NEW_YEAR_2027_MS
    assert refusal_of(chain, issue("x"), time_ms=after).code == "bill.no_open_range"
    last = chain.sign("hospital", issue("x"), expiry_ms=before)
    assert numbers_of(chain.build(last, time_ms=before)) == [1]


def test_the_range_of_the_blocks_year_is_taken(chain: Chain) -> None:
    chain.commit(chain.sign("finance", allot(7, 9, code="46060127")))
    transaction = chain.sign("hospital", issue("x"), expiry_ms=NEW_YEAR_2027_MS)
    built = chain.build(transaction, time_ms=NEW_YEAR_2027_MS)
    [receipt] = built.executed.receipts
    assert msgpack.unpackb(receipt)[4] == [[2, "46060127", 7]]


def test_a_block_with_bills_has_the_leaf_of_their_faces(chain: Chain) -> None:
    built = chain.commit(chain.sign("hospital", issue("a"), issue("b")))
    bills = [chain.view.leaf(bill_key(CODE, number), Bill) for number in (1, 2)]
    faces = [face_of(bill, CODE, number) for number, bill in enumerate(bills, 1) if bill]
    assert list(built.executed.faces) == faces
    assert chain.view.leaf(faces_key(2), Faces) == faces_leaf(faces)
    assert msgpack.unpackb(encode(faces[0]))[:3] == [CODE, 1, "a1b2c3"]


def test_a_block_without_bills_has_no_leaf_of_faces(chain: Chain) -> None:
    chain.commit()
    assert chain.view.leaf(faces_key(1), Faces) is None
    assert chain.view.leaf(faces_key(2), Faces) is None


def test_a_bill_with_every_axis_is_read_as_it_was_written() -> None:
    """One bill lives through all it can; each axis stands beside the others in one leaf."""
    chain = province()
    order = open_order(chain, "o-1")
    chain.accept("hospital", order)
    chain.accept("bank", pay(chain, "o-1", 6110, "p-1"))
    endorsed(chain, bill_of_order(order, "a"))
    chain.accept("hospital", exchange(1))
    settled(chain, 1)
    chain.accept("insurance", book(1))
    chain.accept("hospital", archive(1))
    chain.accept("health", rotation(chain, 1))
    chain.accept("insurance", lock(chain, 1, payer_class=2))
    value = chain.view.value(bill_key(CODE, 1))
    assert value is not None
    bill = decode(value, Bill, VALUE_SIZE_MAX)
    assert bill == bill_at(chain, 1)
    assert (bill.order, bill.validity) == ("o-1", ISSUED)
    assert bill.paper is not None
    assert bill.books is not None
    assert bill.claim is not None
    assert bill.claim.lock is not None
    assert len(bill.claim.settlements) == 1
    assert holder_key_of(bill) == bill.moved_holder_key != bill.holder_key
    assert face_of(bill, CODE, 1).holder_key == bill.holder_key


def test_the_holder_bears_what_account_and_own_payment_make() -> None:
    chain = province()
    issued(chain, issue("a", (100, 60, 10, 7, 23)))
    assert personal_burden(bill_at(chain, 1)) == 30


def test_a_bill_is_found_by_its_name_and_is_its_issuers() -> None:
    chain = province()
    issued(chain, issue("a"))
    found = find_bill(chain.view, CODE, 1)
    assert found == own_bill(chain.view, CODE, 1, "hospital")
    assert (found.key, found.bill) == (bill_key(CODE, 1), bill_at(chain, 1))
    with refused("bill.unknown", "number"):
        find_bill(chain.view, CODE, 2)
    with refused("bill.not_yours", "number"):
        own_bill(chain.view, CODE, 1, "clinic")


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (BusinessNumber, "a b"),
        (BusinessNumber, "号"),
        (BusinessNumber, "1" * 51),
        (BusinessNumber, "a\n"),
        (CheckCode, "A1B2C3"),
        (CheckCode, "12345"),
        (CheckCode, "123456\n"),
        (Purpose, "Mr. Wang"),
        (FenAmount, AMOUNT_FEN_MAX + 1),
        (FenAmount, -AMOUNT_FEN_MAX - 1),
        (Payment, 0),
        (Payment, -1),
    ],
)
def test_no_operation_carries_what_no_bill_may_have(type_: Any, value: Any) -> None:
    with refused("codec.malformed", error=PeerFault):
        decode(encode(value), type_, 1000)
