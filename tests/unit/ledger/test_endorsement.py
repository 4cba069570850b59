"""The supervising signature over the faces of a block."""

import msgspec
import pytest

from ledger.endorsement import (
    Endorsement,
    Withheld,
    endorsement_key,
    endorsement_message,
    withheld_reason,
)
from ledger.faces import Faces, faces_key
from primitives.signing import key_id
from tests.support.ledgers import CODE, Chain, allot, issue, key_pair
from tests.support.lives import (
    bill_at,
    endorsement,
    issue_offline,
    issued,
    lock,
    offline_range,
    person,
    province,
    range_at,
    reverse,
)


@pytest.fixture
def chain() -> Chain:
    """Return a chain with bills 1 to 3 in its block 2."""
    chain = province()
    issued(chain, issue("a"), issue("b"), issue("c"))
    return chain


def test_an_endorsement_is_one_fact_a_block(chain: Chain) -> None:
    operation = endorsement(chain, 2, 2)
    chain.accept("finance", operation)
    faces = chain.fact(faces_key(2), Faces)
    assert chain.fact(endorsement_key(2), Endorsement) == Endorsement(
        "finance",
        key_id(key_pair("finance", "desk").public_key),
        faces.root,
        3,
        (Withheld(CODE, 2, "check_it"),),
        operation.signature,
        chain.tip.time_ms,
    )
    assert endorsement_key(2) == b"e/000000000002"


def test_only_an_endorsed_bill_opens_a_claim(chain: Chain) -> None:
    assert chain.refuse("insurance", lock(chain, 1)).code == "bill.not_endorsed"
    chain.accept("finance", endorsement(chain, 2, 2))
    chain.accept("insurance", lock(chain, 1))
    assert chain.refuse("insurance", lock(chain, 2)).code == "bill.withheld"


def test_what_is_withheld_counts_in_its_range_until_it_is_lifted(chain: Chain) -> None:
    chain.accept("finance", endorsement(chain, 2, 1, 2))
    assert range_at(chain).tally.withheld == 2
    chain.accept("finance", endorsement(chain, 2, 2))
    assert range_at(chain).tally.withheld == 1
    chain.accept("finance", endorsement(chain, 2))
    assert range_at(chain).tally.withheld == 0
    chain.accept("insurance", lock(chain, 2))


def test_bills_of_several_ranges_count_each_in_its_own() -> None:
    chain = province(1, 2)
    offline_range(chain)
    chain.accept("finance", allot(11, 20))
    issued(chain, *(issue(f"b-{i}") for i in range(4)), issue_offline("c", 7))
    numbers = ((CODE, 1), (CODE, 2), (CODE, 11), ("46060226", 7))
    withheld = tuple(Withheld(code, number, "x") for code, number in numbers)
    operation = endorsement(chain, chain.tip.height, withheld=withheld)
    chain.accept("finance", operation)
    places = ((1, CODE), (11, CODE), (1, "46060226"))
    assert [range_at(chain, *place).tally.withheld for place in places] == [2, 1, 1]


def test_a_red_bill_may_be_withheld(chain: Chain) -> None:
    chain.accept("hospital", reverse(1))
    chain.accept("finance", endorsement(chain, chain.tip.height, 4))
    assert range_at(chain).tally.withheld == 1
    assert bill_at(chain, 4).height == chain.tip.height - 1


@pytest.mark.parametrize("again", [(), (1,), (2,)])
def test_an_endorsement_is_repeated_with_fewer_withheld(
    chain: Chain, again: tuple[int, ...]
) -> None:
    chain.accept("finance", endorsement(chain, 2, 1, 2))
    chain.accept("finance", endorsement(chain, 2, *again))
    assert len(chain.fact(endorsement_key(2), Endorsement).withheld) == len(again)


@pytest.mark.parametrize("again", [(1, 2), (1, 3), (3,), (1, 2, 3)])
def test_an_endorsement_is_never_repeated_with_more_or_others(
    chain: Chain, again: tuple[int, ...]
) -> None:
    chain.accept("finance", endorsement(chain, 2, 1, 2))
    refusal = chain.refuse("finance", endorsement(chain, 2, *again))
    assert (refusal.code, refusal.field) == ("endorsement.not_fewer", "withheld")


def test_what_was_endorsed_whole_stays_so(chain: Chain) -> None:
    chain.accept("finance", endorsement(chain, 2))
    for again in ((), (1,)):
        refusal = chain.refuse("finance", endorsement(chain, 2, *again))
        assert refusal.code == "endorsement.not_fewer"


@pytest.mark.parametrize("height", [0, 1, 3, 2**63 - 1])
def test_a_block_without_bills_is_not_endorsed(chain: Chain, height: int) -> None:
    refusal = chain.refuse("finance", endorsement(chain, height))
    assert (refusal.code, refusal.field) == ("endorsement.no_bills", "height")


def test_the_root_is_that_of_the_blocks_faces(chain: Chain) -> None:
    refusal = chain.refuse("finance", endorsement(chain, 2, root=bytes(32)))
    assert (refusal.code, refusal.field) == ("endorsement.wrong_root", "root")


def test_the_key_that_signs_the_transaction_signs_the_faces(chain: Chain) -> None:
    officer = person(chain, "f-1", agency="finance")
    for signer in (key_pair("hospital", "desk"), officer):
        refusal = chain.refuse("finance", endorsement(chain, 2, signer=signer))
        assert (refusal.code, refusal.field) == ("endorsement.bad_signature", "signature")
    chain.accept("finance", endorsement(chain, 2, signer=officer), person=officer)


def test_the_signature_covers_who_is_withheld(chain: Chain) -> None:
    operation = endorsement(chain, 2, 1)
    forged = msgspec.structs.replace(operation, withheld=())
    assert chain.refuse("finance", forged).code == "endorsement.bad_signature"


@pytest.mark.parametrize("numbers", [(2, 1), (1, 1)])
def test_the_withheld_stand_once_each_and_ascending(chain: Chain, numbers: tuple[int, ...]) -> None:
    refusal = chain.refuse("finance", endorsement(chain, 2, *numbers))
    assert (refusal.code, refusal.field) == ("endorsement.not_ascending", "withheld")


def test_only_bills_of_the_block_are_withheld(chain: Chain) -> None:
    issued(chain, issue("d"))
    refusal = chain.refuse("finance", endorsement(chain, 2, 4))
    assert (refusal.code, refusal.field) == ("endorsement.other_block", "withheld")
    assert chain.refuse("finance", endorsement(chain, 2, 99)).code == "bill.unknown"


def test_only_finance_endorses(chain: Chain) -> None:
    operation = endorsement(chain, 2)
    for agency in ("hospital", "insurance", "health"):
        assert chain.refuse(agency, operation).code == "agency.wrong_role"


def test_the_reason_of_a_withheld_bill_is_found(chain: Chain) -> None:
    chain.accept("finance", endorsement(chain, 2, 2))
    leaf = chain.fact(endorsement_key(2), Endorsement)
    assert withheld_reason(leaf, CODE, 2) == "check_it"
    assert withheld_reason(leaf, CODE, 1) is None


def test_the_signed_bytes_name_chain_height_root_and_withheld() -> None:
    withheld = (Withheld(CODE, 7, "why"),)
    message = endorsement_message(b"\x01" * 32, 5, b"\x02" * 32, withheld)
    assert message[:42] == b"piaolian\x01\x15" + b"\x01" * 32
    assert message[42:] == (b"\x93\x05\xc4\x20" + b"\x02" * 32 + b"\x91\x93\xa846060126\x07\xa3why")


def test_a_full_block_may_be_withheld_whole() -> None:
    chain = province(1, 5000)
    chain.commit(
        *(
            chain.sign("hospital", *(issue(f"b-{n}") for n in range(start, start + 1000)))
            for start in range(0, 5000, 1000)
        )
    )
    chain.accept("finance", endorsement(chain, chain.tip.height, *range(1, 5001)))
    assert range_at(chain).tally.withheld == 5000
