"""The leaf of faces a block."""

from ledger.bills import Face
from ledger.faces import faces_key, faces_leaf
from primitives import merkle
from primitives.codec import encode
from primitives.hashing import tagged_hash
from tests.support.ledgers import issue


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
