"""The leaf of faces a block."""

import msgspec

from ledger.bills import BillName, Face, face_of
from ledger.faces import Faces, faces_key, faces_leaf
from primitives import merkle
from primitives.codec import encode
from primitives.hashing import tagged_hash
from tests.support.ledgers import CODE, allot, issue
from tests.support.lives import bill_at, endorsement, issued, province, reverse, settled


def face(number: int) -> Face:
    bill = issue(f"b-{number}")
    return Face(
        "46060126",
        number,
        bill.check_code,
        bill.kind,
        "hospital",
        bill.place,
        bill.business_number,
        1_790_000_000_000,
        bill.amounts,
        bill.document,
        bill.holder_key,
        None,
    )


def test_the_leaf_stands_under_the_height_in_twelve_digits() -> None:
    assert faces_key(42) == b"f/000000000042"


def test_the_leaf_covers_all_faces_in_block_order() -> None:
    faces = [face(1), face(2), face(3)]
    root = merkle.root([merkle.leaf_hash(encode(item)) for item in faces])
    leaf = faces_leaf(faces)
    assert leaf.count == 3
    assert leaf.root == tagged_hash(b"faces-root", (3).to_bytes(8, "big"), root)
    assert faces_leaf(faces[::-1]).root != leaf.root


def test_the_face_of_a_bill_is_told_again_from_its_leaf() -> None:
    """Whatever becomes of a bill, the face that finance signed follows from what it is now."""
    chain = province()
    built = chain.commit(chain.sign("hospital", issue("a"), issue("b")))
    signed = list(built.executed.faces)
    chain.accept("finance", endorsement(chain, chain.tip.height))
    settled(chain, 1)
    chain.accept("hospital", reverse(2))
    again = [face_of(bill_at(chain, number), CODE, number) for number in (1, 2)]
    assert again == signed
    assert chain.fact(faces_key(2), Faces) == faces_leaf(again)


def test_a_red_face_names_its_blue_bill_and_a_blue_one_nothing() -> None:
    chain = province()
    issued(chain, issue("a"))
    chain.accept("hospital", reverse(1))
    red, blue = (face_of(bill_at(chain, number), CODE, number) for number in (2, 1))
    assert (red.related, blue.related) == (BillName(CODE, 1), None)
    assert red.document == blue.document


def test_the_leaf_counts_whose_faces_they_are() -> None:
    chain = province()
    chain.accept("finance", msgspec.structs.replace(allot(1001, 1010), unit="clinic"))
    chain.commit(
        chain.sign("hospital", issue("a")),
        chain.sign("clinic", issue("a"), issue("b")),
        chain.sign("hospital", reverse(1)),
    )
    leaf = chain.fact(faces_key(chain.tip.height), Faces)
    assert (leaf.count, leaf.issuers) == (4, (("clinic", 2), ("hospital", 2)))
