"""Propose, vote, take effect at a height: by a quorum of the validators' agencies."""

import pytest

from ledger.agencies import SUSPENDED
from ledger.block import decode_header
from ledger.governance import (
    DONE,
    FAILED,
    OPEN,
    PASSED,
    REJECTED,
    Ballot,
    ProposalMade,
    Propose,
    Vote,
    VoteCounted,
)
from ledger.membership import AddValidator, RemoveValidator, ScheduleUpgrade, SuspendAgency
from ledger.schedule import SCHEDULED_MAX, schedule_of
from ledger.validators import validator_set_hash, validator_sets
from tests.support.councils import (
    LONG_MS,
    agency_at,
    decided,
    parameter,
    parameters_at,
    passed,
    proposal_at,
    propose,
    ready,
    vote,
)
from tests.support.ledgers import Chain, issue, new_chain
from tests.support.money import MINUTE_MS, new_town

FIVE = parameter("rounding_fen", 7)


@pytest.fixture
def chain() -> Chain:
    return new_chain()


def voters(chain: Chain) -> list[str]:
    return [entry.agency for entry in validator_sets(chain.view).next]


def seat(chain: Chain, *agencies: str) -> None:
    """Let members vote beside the first four."""
    for agency in agencies:
        chain.accept(agency, ready(chain, agency))
        proposal = propose(chain, AddValidator(agency))
        for voter in voters(chain)[1:]:
            if proposal_at(chain, proposal).state == OPEN:
                vote(chain, proposal, voter)
        chain.commit()
        chain.commit()
    assert set(agencies) <= set(voters(chain))


def test_a_validators_agency_votes_for_what_it_proposes(chain: Chain) -> None:
    (made,) = chain.accept("finance", Propose(FIVE, 0, LONG_MS))
    assert made == ProposalMade("000000000001-0000-0000", OPEN)
    proposal = proposal_at(chain, made.proposal)
    assert proposal.ballots == (Ballot("finance", True),)
    assert (proposal.proposer, proposal.change, proposal.until_ms) == ("finance", FIVE, LONG_MS)


def test_a_member_without_a_vote_proposes_and_does_not_vote(chain: Chain) -> None:
    proposal = propose(chain, FIVE, by="bank")
    assert proposal_at(chain, proposal).ballots == ()
    error = chain.refuse("bank", Vote(proposal, True))
    assert (error.code, error.field) == ("governance.no_vote", "proposal")


def test_three_of_four_pass_it_and_two_do_not(chain: Chain) -> None:
    proposal = propose(chain, FIVE)
    (counted,) = chain.accept("hospital", Vote(proposal, True))
    assert counted == VoteCounted(OPEN)
    (counted,) = chain.accept("health", Vote(proposal, True))
    assert counted == VoteCounted(PASSED)
    assert [item.proposal for item in schedule_of(chain.view).waiting] == [proposal]


def test_two_of_four_reject_it_early(chain: Chain) -> None:
    proposal = propose(chain, FIVE)
    vote(chain, proposal, "hospital", approves=False)
    assert proposal_at(chain, proposal).state == OPEN
    (counted,) = chain.accept("health", Vote(proposal, False))
    assert counted == VoteCounted(REJECTED)
    error = chain.refuse("insurance", Vote(proposal, True))
    assert (error.code, error.field) == ("governance.closed", "proposal")
    assert parameters_at(chain).rounding_fen == 5


def test_an_agency_votes_once(chain: Chain) -> None:
    proposal = propose(chain, FIVE)
    assert chain.refuse("finance", Vote(proposal, True)).code == "governance.voted"
    vote(chain, proposal, "health", approves=False)
    assert chain.refuse("health", Vote(proposal, True)).code == "governance.voted"


def test_an_unknown_proposal_takes_no_vote(chain: Chain) -> None:
    error = chain.refuse("health", Vote("000000000009-0000-0000", True))
    assert error.code == "governance.unknown_proposal"


def test_a_proposal_lapses(chain: Chain) -> None:
    until_ms = chain.tip.time_ms + MINUTE_MS
    proposal = propose(chain, FIVE, until_ms=until_ms)
    late = Vote(proposal, True)
    assert chain.refuse("health", late, time_ms=until_ms + 1).code == "governance.lapsed"
    chain.accept("health", late, time_ms=until_ms)
    error = chain.refuse("finance", Propose(FIVE, 0, chain.tip.time_ms))
    assert (error.code, error.field) == ("governance.already_over", "until_ms")


def test_only_a_governance_key_proposes_and_votes(chain: Chain) -> None:
    proposal = propose(chain, FIVE)
    for operation in (Propose(FIVE, 0, LONG_MS), Vote(proposal, True)):
        error = chain.refuse("health", operation, purpose="desk")
        assert error.code == "agency.wrong_key_purpose"


def test_what_passed_is_law_from_the_second_height_on(chain: Chain) -> None:
    chain = new_town()
    proposal = passed(chain, parameter("max_transaction_operations", 1))
    height = chain.tip.height
    assert proposal_at(chain, proposal).effective_height == height + 2
    assert proposal_at(chain, proposal).state == PASSED
    chain.accept("hospital", issue("a"), issue("b"))
    assert chain.tip.height == height + 1
    assert proposal_at(chain, proposal).state == DONE
    assert schedule_of(chain.view).waiting == ()
    error = chain.refuse("hospital", issue("c"), issue("d"))
    assert error.code == "transaction.too_many_operations"


def test_what_asks_for_a_later_height_waits_for_it(chain: Chain) -> None:
    height = chain.tip.height + 9
    proposal = passed(chain, parameter("rounding_fen", 7), at=height)
    while chain.tip.height < height - 2:
        chain.commit()
        assert proposal_at(chain, proposal).state == PASSED
    assert parameters_at(chain).rounding_fen == 5
    chain.commit()
    assert chain.tip.height == height - 1
    assert parameters_at(chain).rounding_fen == 7


def test_a_height_that_comes_too_soon_is_refused_and_a_past_one_moves_up(chain: Chain) -> None:
    soon = Propose(FIVE, chain.tip.height + 2, LONG_MS)
    error = chain.refuse("finance", soon)
    assert (error.code, error.field) == ("governance.bad_height", "effective_height")
    proposal = passed(chain, FIVE, at=chain.tip.height + 3)
    assert proposal_at(chain, proposal).effective_height == chain.tip.height + 2


def test_a_new_validator_votes_exactly_two_heights_after_the_block_that_passed_it(
    chain: Chain,
) -> None:
    chain.accept("bank", ready(chain, "bank"))
    before = validator_sets(chain.view).next
    proposal = passed(chain, AddValidator("bank"))
    height = chain.tip.height
    assert proposal_at(chain, proposal).state == DONE
    sets = validator_sets(chain.view)
    assert sets.next == before
    assert [entry.agency for entry in sets.after_next][-1] == "bank"
    chain.commit()
    chain.commit()
    old, new = validator_set_hash(before), validator_set_hash(sets.after_next)
    headers = [decode_header(header) for header in chain.headers[height - 1 :]]
    assert [header.height for header in headers] == [height, height + 1, height + 2]
    assert [header.validators_hash for header in headers] == [old, old, new]
    assert [header.next_validators_hash for header in headers] == [old, new, new]
    assert voters(chain)[-1] == "bank"


def test_a_validator_set_for_a_later_height_changes_at_that_height(chain: Chain) -> None:
    chain.accept("bank", ready(chain, "bank"))
    height = chain.tip.height + 8
    passed(chain, AddValidator("bank"), at=height)
    old = validator_set_hash(validator_sets(chain.view).next)
    while chain.tip.height < height:
        chain.commit()
    headers = [decode_header(header) for header in chain.headers]
    changed = [header.height for header in headers if header.validators_hash != old]
    assert changed == [height]


def test_of_two_removals_that_together_leave_too_few_the_second_fails_at_its_height(
    chain: Chain,
) -> None:
    seat(chain, "bank")
    height = chain.tip.height + 12
    first = propose(chain, RemoveValidator("bank"), at=height)
    second = propose(chain, RemoveValidator("health"), at=height)
    for proposal in (first, second):
        vote(chain, proposal, "hospital", "insurance", "health")
        assert proposal_at(chain, proposal).state == PASSED
    while chain.tip.height < height - 2:
        chain.commit()
    assert proposal_at(chain, first).state == DONE
    assert proposal_at(chain, second).state == FAILED
    assert schedule_of(chain.view).waiting == ()
    chain.commit()
    chain.commit()
    assert voters(chain) == ["finance", "hospital", "insurance", "health"]


def test_two_removals_that_pass_in_one_block_are_told_apart_as_well(chain: Chain) -> None:
    seat(chain, "bank")
    proposals = [propose(chain, RemoveValidator(name)) for name in ("bank", "health")]
    for proposal in proposals:
        vote(chain, proposal, "hospital", "insurance")
    both = [Vote(proposal, True) for proposal in proposals]
    results = chain.accept("health", *both)
    assert results == (VoteCounted(PASSED), VoteCounted(PASSED))
    states = [proposal_at(chain, proposal).state for proposal in proposals]
    assert states == [DONE, FAILED]
    assert len(validator_sets(chain.view).after_next) == 4


def test_the_fewest_validators_are_not_reduced(chain: Chain) -> None:
    error = chain.refuse("finance", Propose(RemoveValidator("health"), 0, LONG_MS))
    assert error.code == "governance.too_few_validators"


def test_a_change_that_became_impossible_is_not_voted_through(chain: Chain) -> None:
    proposal = propose(chain, SuspendAgency("clinic"))
    decided(chain, SuspendAgency("clinic"))
    assert agency_at(chain, "clinic").standing == SUSPENDED
    vote(chain, proposal, "hospital")
    error = chain.refuse("health", Vote(proposal, True))
    assert error.code == "agency.suspended"
    vote(chain, proposal, "health", approves=False)


def test_a_vote_of_who_votes_no_more_counts_no_more(chain: Chain) -> None:
    seat(chain, "bank")
    proposal = propose(chain, FIVE, by="bank")
    removal = propose(chain, RemoveValidator("bank"))
    vote(chain, removal, "hospital", "insurance", "health")
    chain.commit()
    chain.commit()
    vote(chain, proposal, "finance", "hospital")
    assert proposal_at(chain, proposal).state == OPEN
    vote(chain, proposal, "health")
    assert proposal_at(chain, proposal).state == PASSED


def test_only_so_many_changes_wait_at_once(chain: Chain) -> None:
    far = 10**9
    for index in range(SCHEDULED_MAX):
        operation = Propose(parameter("rounding_fen", 7), far + index, LONG_MS)
        (made,) = chain.accept("finance", operation)
        ballots = [chain.sign(name, Vote(made.proposal, True)) for name in ("health", "hospital")]
        assert not chain.commit(*ballots).refused
    proposal = propose(chain, FIVE)
    vote(chain, proposal, "hospital")
    error = chain.refuse("health", Vote(proposal, True))
    assert error.code == "governance.too_many_waiting"


def test_an_upgrade_is_fixed_for_its_height(chain: Chain) -> None:
    height = chain.tip.height + 9
    passed(chain, ScheduleUpgrade(2), at=height)
    while chain.tip.height < height - 1:
        assert parameters_at(chain).upgrade_version == 0
        chain.commit()
    parameters = parameters_at(chain)
    assert (parameters.upgrade_version, parameters.upgrade_height) == (2, height)
    error = chain.refuse("finance", Propose(ScheduleUpgrade(2), 0, LONG_MS))
    assert (error.code, error.field) == ("governance.old_version", "version")


def test_two_proposals_of_one_transaction_have_names_of_their_own(chain: Chain) -> None:
    made = chain.accept("finance", Propose(FIVE, 0, LONG_MS), Propose(FIVE, 0, LONG_MS))
    names = [result.proposal for result in made]
    assert names == ["000000000001-0000-0000", "000000000001-0000-0001"]
