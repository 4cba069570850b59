"""Well-formed nonsense: every operation with its fields exchanged is refused or taken, no more.

A check that dies of a transaction would end every node of the chain at the same block, and a fact
that can be written but not read again would end them at the next one.
"""

import random
from typing import Any

import msgpack
import pytest

from ledger.bills import Bill, bill_key
from ledger.operations import RULES, Operation
from primitives.codec import decode, encode
from primitives.errors import PeerFault
from tests.support.ledgers import AGENCIES, CODE, Chain
from tests.support.operation_vectors import told_story
from tests.support.scale import scaled

SIZE_MAX = 1024 * 1024
EXTREMES: tuple[Any, ...] = (
    *(0, 1, 2, 63, 64, 255, 5_000, 2**31, 2**32 - 1, 2**63 - 1, -1, -(2**63)),
    *(10**14 - 1, -(10**14) + 1, 9_999_999_999, 20260230, "", "x", "01", "99", "nobody"),
    *(bytes(8), bytes(32), b"\xff" * 32, bytes(64), None, True, False, [], [[]]),
)


def parts_of(value: Any) -> list[Any]:
    """Return every part of a message, and of its parts."""
    below = [part for item in value for part in parts_of(item)] if isinstance(value, list) else []
    return [value, *below]


def mutated(value: Any, pool: dict[type, list[Any]], draw: random.Random) -> Any:
    """Return a message with some of its parts exchanged, mostly for others of their type."""
    if isinstance(value, list) and draw.random() < 0.85:
        return [
            item if place == 0 and isinstance(item, int) else mutated(item, pool, draw)
            for place, item in enumerate(value)
        ]
    if draw.random() < 0.75:
        return value
    if draw.random() < 0.2:
        return draw.choice(EXTREMES)
    return draw.choice(pool[type(value)])


@pytest.fixture(scope="module")
def story() -> tuple[Chain, list[bytes]]:
    """Return a chain on which everything has happened once, and the operations that did it."""
    story = told_story()
    return story.chain, [bytes.fromhex(row["operation"]["bytes"]) for row in story.told.values()]


@pytest.mark.parametrize("seed", range(scaled(100)))
def test_an_operation_with_exchanged_fields_is_refused_or_taken_and_read_again(
    story: tuple[Chain, list[bytes]], seed: int
) -> None:
    chain, operations = story
    draw = random.Random(seed)
    values = [msgpack.unpackb(data, raw=False) for data in operations]
    pool: dict[type, list[Any]] = {}
    for part in (part for value in values for part in parts_of(value)):
        pool.setdefault(type(part), []).append(part)
    taken = refused = 0
    for _ in range(400):
        union: Any = Operation
        candidate = mutated(draw.choice(values), pool, draw)
        try:
            operation = decode(msgpack.packb(candidate, use_bin_type=True), union, SIZE_MAX)
        except PeerFault:
            continue
        for agency in agencies_for(type(operation)):
            built = chain.build(chain.sign(agency, operation, purpose=purpose_for(operation)))
            taken += not built.refused
            refused += len(built.refused)
            for fact in built.executed.draft.facts.values():
                assert decode(encode(fact), type(fact), SIZE_MAX) == fact
    assert taken > 10
    assert refused > 100


def agencies_for(kind: type) -> list[str]:
    roles = RULES[kind].roles
    return [name for name, role in AGENCIES if role in roles and name != "clinic"][:3]


def purpose_for(operation: Any) -> str:
    purposes = RULES[type(operation)].purposes
    return purposes[0]


def test_the_story_left_a_bill_to_harm(story: tuple[Chain, list[bytes]]) -> None:
    chain, _ = story
    assert chain.view.leaf(bill_key(CODE, 1), Bill) is not None
