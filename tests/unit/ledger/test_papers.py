"""An electronic bill handed out on a numbered paper form."""

import pytest

from ledger.bills import Paper
from ledger.papers import LIVE, VOID
from ledger.references import ReferenceUse, paper_key
from tests.support.ledgers import CODE, Chain, issue
from tests.support.lives import (
    bill_at,
    exchange,
    issued,
    province,
    reverse,
    void_paper,
)


@pytest.fixture
def chain() -> Chain:
    chain = province()
    issued(chain, issue("a"), issue("b"))
    return chain


def test_an_exchange_is_a_fact_of_the_bill_and_one_of_the_form(chain: Chain) -> None:
    chain.accept("hospital", exchange(1))
    assert bill_at(chain, 1).paper == Paper(LIVE, "P2026", "0001", chain.tip.time_ms, 1)
    form = chain.fact(paper_key("hospital", "P2026", "0001"), ReferenceUse)
    assert form == ReferenceUse(CODE, 1)


def test_a_new_paper_voids_the_one_that_is_out(chain: Chain) -> None:
    chain.accept("hospital", exchange(1))
    chain.accept("hospital", exchange(1, "0002"))
    assert bill_at(chain, 1).paper == Paper(LIVE, "P2026", "0002", chain.tip.time_ms, 2)
    refusal = chain.refuse("hospital", void_paper(1, "0001"))
    assert (refusal.code, refusal.field) == ("paper.other_form", "paper_number")


def test_a_void_paper_keeps_its_number_and_time(chain: Chain) -> None:
    chain.accept("hospital", exchange(1))
    out = bill_at(chain, 1).paper
    chain.accept("hospital", void_paper(1))
    void = bill_at(chain, 1).paper
    assert out is not None
    assert void == Paper(VOID, out.code, out.number, out.time_ms, 1)


def test_after_a_void_paper_another_may_go_out(chain: Chain) -> None:
    chain.accept("hospital", exchange(1))
    chain.accept("hospital", void_paper(1))
    chain.accept("hospital", exchange(1, "0002"))
    paper = bill_at(chain, 1).paper
    assert paper is not None
    assert (paper.state, paper.count) == (LIVE, 2)


@pytest.mark.parametrize("number", [1, 2])
def test_a_form_serves_once_for_ever(chain: Chain, number: int) -> None:
    chain.accept("hospital", exchange(1))
    chain.accept("hospital", void_paper(1))
    refusal = chain.refuse("hospital", exchange(number))
    assert (refusal.code, refusal.field) == ("paper.form_used", "paper_number")


def test_only_a_paper_that_is_out_is_void(chain: Chain) -> None:
    assert chain.refuse("hospital", void_paper(1)).code == "paper.none_out"
    chain.accept("hospital", exchange(1))
    chain.accept("hospital", void_paper(1))
    assert chain.refuse("hospital", void_paper(1)).code == "paper.none_out"


def test_a_reversed_bill_and_a_red_one_get_no_paper(chain: Chain) -> None:
    chain.accept("hospital", reverse(1))
    for operation in (exchange(1), void_paper(1)):
        assert chain.refuse("hospital", operation).code == "bill.reversed"
    for operation in (exchange(3), void_paper(3)):
        assert chain.refuse("hospital", operation).code == "bill.is_red"


def test_only_the_issuer_hands_a_bill_out(chain: Chain) -> None:
    for operation in (exchange(1), void_paper(1)):
        assert chain.refuse("clinic", operation).code == "bill.not_yours"
        assert chain.refuse("insurance", operation).code == "agency.wrong_role"
    for operation in (exchange(9), void_paper(9)):
        assert chain.refuse("hospital", operation).code == "bill.unknown"


def test_a_paper_that_is_out_keeps_its_bill_from_reversal(chain: Chain) -> None:
    chain.accept("hospital", exchange(1))
    refusal = chain.refuse("hospital", reverse(1))
    assert (refusal.code, refusal.field) == ("bill.paper_is_out", "number")
    chain.accept("hospital", void_paper(1))
    chain.accept("hospital", reverse(1))
