"""Views and drafts: what is read is verified, what is drafted stays above."""

import pytest

import ledger.state as state_module
from ledger.agencies import Agency, agency_key
from ledger.parameters import PARAMETERS_KEY, Parameters
from ledger.ranges import HighestNumber
from ledger.state import Changes, Draft, View
from primitives.errors import NodeFault
from primitives.hashing import ZERO_HASH
from primitives.trie import nibbles_of
from tests.support.ledgers import CODE, Chain, DictState, allot, issue, new_chain
from tests.support.refusals import refused


class CountingState(DictState):
    """Counts what is read."""

    reads = 0

    def get(self, key: bytes) -> bytes | None:
        self.reads += 1
        return super().get(key)

    def bill_of(self, issuer: str, business_number: str) -> tuple[str, int] | None:
        self.reads += 1
        return super().bill_of(issuer, business_number)

    def receipt_of(self, transaction_id: bytes) -> bytes | None:
        self.reads += 1
        return super().receipt_of(transaction_id)


@pytest.fixture
def chain() -> Chain:
    chain = new_chain()
    chain.commit(chain.sign("finance", allot(1, 1000)))
    return chain


def test_a_fact_is_read_and_verified(chain: Chain) -> None:
    agency = chain.view.leaf(agency_key("hospital"), Agency)
    assert agency is not None
    assert agency.roles == ("hospital",)
    assert chain.view.value(b"a/nobody/") is None


@pytest.mark.parametrize("value", [None, b"changed"])
def test_a_value_that_is_lost_or_changed_is_noticed(chain: Chain, value: bytes | None) -> None:
    if value is None:
        del chain.state.rows[b"s" + PARAMETERS_KEY]
    else:
        chain.state.rows[b"s" + PARAMETERS_KEY] = value
    with refused("state.damaged", error=NodeFault):
        View(chain.state, chain.tip.state_root).leaf(PARAMETERS_KEY, Parameters)


def test_a_value_that_no_block_wrote_is_noticed(chain: Chain) -> None:
    chain.state.rows[b"sa/intruder/"] = chain.state.rows[b"sa/hospital/"]
    with refused("state.damaged", error=NodeFault):
        chain.view.leaf(agency_key("intruder"), Agency)


def test_a_view_is_not_opened_on_rows_of_another_root(chain: Chain) -> None:
    with refused("state.damaged", error=NodeFault):
        View(chain.state, ZERO_HASH)


def test_a_damaged_trie_record_is_noticed_before_its_leaf_is_believed(chain: Chain) -> None:
    path = nibbles_of(b"a/") + b"\x06"
    assert b"t" + path in chain.state.rows
    chain.state.rows[b"t" + path] = b"\x00" * 50
    with refused("state.damaged", error=NodeFault):
        chain.view.value(b"a/finance/")


def test_an_answer_is_read_once(chain: Chain) -> None:
    state = CountingState(list(chain.state.rows.items()))
    view = View(state, chain.tip.state_root)
    for _ in range(3):
        view.leaf(PARAMETERS_KEY, Parameters)
        view.bill_of("hospital", "b-1")
        view.receipt_of(bytes(40))
    assert state.reads == 3


def test_what_a_block_changed_is_known_afterwards_without_reading(chain: Chain) -> None:
    transaction = chain.sign("hospital", issue("b-1"))
    assert chain.view.bill_of("hospital", "b-1") is None
    assert chain.view.receipt_of(transaction.id) is None
    built = chain.commit(transaction)
    assert chain.view.bill_of("hospital", "b-1") == (CODE, 1)
    assert chain.view.receipt_of(transaction.id) == built.executed.receipts[0]
    fresh = View(chain.state, chain.tip.state_root)
    for key, fact in built.executed.draft.facts.items():
        assert fresh.leaf(key, type(fact)) == chain.view.leaf(key, type(fact)) == fact


def test_a_view_forgets_the_oldest_answers_when_it_is_full(chain: Chain, monkeypatch) -> None:
    monkeypatch.setattr(state_module, "CACHE_MAX", 2)
    state = CountingState(list(chain.state.rows.items()))
    view = View(state, chain.tip.state_root)
    for business_number in ("a", "b", "c", "a"):
        view.bill_of("hospital", business_number)
    assert state.reads == 4


def test_a_draft_is_seen_through_itself_and_touches_nothing_below(chain: Chain) -> None:
    block = Draft(chain.view)
    one = Draft(block)
    one.add(Changes(((b"c/1", HighestNumber(5)),), None, None, "hospital/x", (CODE, 9)))
    assert one.leaf(b"c/1", HighestNumber) == HighestNumber(5)
    assert one.bill_of("hospital", "x") == (CODE, 9)
    assert block.leaf(b"c/1", HighestNumber) is None
    assert block.bill_of("hospital", "x") is None
    block.merge(one)
    assert block.leaf(b"c/1", HighestNumber) == HighestNumber(5)
    assert block.bill_of("hospital", "x") == (CODE, 9)
    assert chain.view.leaf(b"c/1", HighestNumber) is None


def test_presence_and_absence_are_proved_below_the_state_root(chain: Chain) -> None:
    assert chain.view.prove(PARAMETERS_KEY).is_present
    assert not chain.view.prove(b"b/46060126/0000000001").is_present
