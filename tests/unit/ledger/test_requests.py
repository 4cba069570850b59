"""A unit asks for numbers; finance answers once."""

import msgspec
import pytest

from ledger.ranges import NumberRange, range_key
from ledger.requests import (
    ALLOTTED,
    DECLINED,
    REQUESTED,
    DeclineRequest,
    NumberRequest,
    RequestNumbers,
    request_key,
)
from tests.support.ledgers import CODE, Chain, allot, new_chain
from tests.support.lives import PLACE

ASKED = RequestNumbers("r-1", PLACE, "01", 100)
ANSWER = msgspec.structs.replace(allot(1, 100), request="r-1")
DECLINE = DeclineRequest("hospital", "r-1")


@pytest.fixture
def chain() -> Chain:
    chain = new_chain()
    chain.accept("hospital", ASKED)
    return chain


def request(chain: Chain) -> NumberRequest:
    return chain.fact(request_key("hospital", "r-1"), NumberRequest)


def test_a_request_is_one_fact(chain: Chain) -> None:
    assert request(chain) == NumberRequest(PLACE, "01", 100, chain.tip.time_ms, REQUESTED)
    assert request_key("hospital", "r-1") == b"q/hospital/r-1/"


def test_an_allotment_that_names_a_request_answers_it(chain: Chain) -> None:
    chain.accept("finance", ANSWER)
    assert request(chain).state == ALLOTTED
    assert chain.fact(range_key(CODE, 1), NumberRange).last == 100


def test_finance_may_give_another_count_than_was_asked_for(chain: Chain) -> None:
    chain.accept("finance", msgspec.structs.replace(ANSWER, last=50))
    assert request(chain).state == ALLOTTED


def test_finance_may_give_nothing(chain: Chain) -> None:
    chain.accept("finance", DECLINE)
    assert request(chain).state == DECLINED


def test_an_answered_request_is_not_answered_again(chain: Chain) -> None:
    chain.accept("finance", ANSWER)
    again = msgspec.structs.replace(ANSWER, first=101, last=200)
    for operation in (again, DECLINE):
        assert chain.refuse("finance", operation).code == "request.answered"
    assert chain.view.leaf(range_key(CODE, 101), NumberRange) is None


def test_a_request_is_named_once_for_ever(chain: Chain) -> None:
    assert chain.refuse("hospital", ASKED).code == "request.exists"
    chain.accept("finance", DECLINE)
    refusal = chain.refuse("hospital", ASKED)
    assert (refusal.code, refusal.field) == ("request.answered", "request")


def test_each_unit_has_names_of_its_own(chain: Chain) -> None:
    chain.accept("clinic", ASKED)
    chain.accept("finance", DECLINE)
    other = chain.fact(request_key("clinic", "r-1"), NumberRequest)
    assert (request(chain).state, other.state) == (DECLINED, REQUESTED)


@pytest.mark.parametrize(
    "operation",
    [
        msgspec.structs.replace(ANSWER, request="r-2"),
        msgspec.structs.replace(ANSWER, unit="clinic"),
        DeclineRequest("clinic", "r-1"),
        DeclineRequest("nobody", "r-1"),
    ],
)
def test_what_was_not_asked_for_is_not_answered(chain: Chain, operation) -> None:
    assert chain.refuse("finance", operation).code == "request.unknown"


@pytest.mark.parametrize("changes", [{"place": "460000002"}, {"kind": "02", "code": "46060226"}])
def test_numbers_of_another_place_or_kind_are_no_answer(chain: Chain, changes) -> None:
    refusal = chain.refuse("finance", msgspec.structs.replace(ANSWER, **changes))
    assert (refusal.code, refusal.field) == ("request.differs", "request")
    assert request(chain).state == REQUESTED


def test_units_ask_and_finance_answers(chain: Chain) -> None:
    for agency, operation in (("finance", ASKED), ("hospital", ANSWER), ("hospital", DECLINE)):
        assert chain.refuse(agency, operation).code == "agency.wrong_role"
