"""What an operation answers when nothing needs to be told."""

from ledger.receipt import decode_receipt
from ledger.results import Done
from primitives.codec import encode
from tests.support.ledgers import issue
from tests.support.lives import exchange, province


def test_done_is_its_number_alone() -> None:
    assert encode(Done()) == b"\x91\x00"


def test_what_makes_no_number_and_decides_nothing_is_done() -> None:
    chain = province()
    built = chain.commit(chain.sign("hospital", issue("a"), exchange(1)))
    assert decode_receipt(built.executed.receipts[0]).results[1] == Done()
