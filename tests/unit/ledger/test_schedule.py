"""What was voted and waits for its height."""

import pytest

from ledger.schedule import (
    SCHEDULE_KEY,
    SCHEDULED_MAX,
    Schedule,
    Scheduled,
    schedule_of,
    scheduled,
)
from ledger.state import Draft
from tests.support.ledgers import new_chain
from tests.support.refusals import refused


def name(place: int) -> str:
    return f"000000000001-0000-{place:04d}"


@pytest.fixture
def draft() -> Draft:
    return Draft(new_chain().view)


def add(draft: Draft, height: int, place: int) -> None:
    key, leaf = scheduled(draft, height, name(place))
    assert key == SCHEDULE_KEY == b"s/"
    draft.facts[key] = leaf


def test_at_first_nothing_waits(draft: Draft) -> None:
    assert schedule_of(draft) == Schedule(())


def test_what_waits_stands_by_height_and_then_by_name(draft: Draft) -> None:
    for height, place in ((9, 2), (7, 3), (9, 1)):
        add(draft, height, place)
    assert schedule_of(draft).waiting == (
        Scheduled(7, name(3)),
        Scheduled(9, name(1)),
        Scheduled(9, name(2)),
    )


def test_only_so_much_waits(draft: Draft) -> None:
    for place in range(SCHEDULED_MAX):
        add(draft, 5, place)
    with refused("governance.too_many_waiting", "proposal"):
        add(draft, 5, SCHEDULED_MAX)
