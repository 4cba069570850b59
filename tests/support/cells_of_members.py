"""How each cell of persons' keys, proposals and members is executed."""

from ledger.agencies import STANDING
from ledger.governance import PROPOSAL, Propose, Vote
from ledger.keys import PersonKey, person_key_key
from ledger.membership import Change, RemoveAgency, RestoreAgency, SuspendAgency
from ledger.people import COUNTS, PERSON_KEY, WITHDRAWN, IssueKey, LimitKey, RevokeKey
from primitives.signing import key_id
from tests.support.cells import Extra, Life, Offer, Way, offering, tries
from tests.support.councils import (
    LONG_MS,
    agency_at,
    decided,
    newcomer,
    parameter,
    passed,
    proposal_at,
    propose,
    vote,
)
from tests.support.ledgers import VALIDATORS, Chain, key_pair
from tests.support.lives import LIMITS, person

PUBLIC = key_pair("hospital", "c-1").public_key
ID = key_id(PUBLIC)


def key_state(chain: Chain, _: None) -> int:
    leaf = chain.fact(person_key_key("hospital", ID), PersonKey)
    return WITHDRAWN if leaf.revoked_ms else COUNTS


def counts(chain: Chain) -> None:
    person(chain, "c-1")


def withdrawn(chain: Chain) -> None:
    counts(chain)
    chain.accept("hospital", RevokeKey(ID))


KEYS = Life(
    PERSON_KEY,
    key_state,
    {"counts": counts, "withdrawn": withdrawn},
    {
        "IssueKey": offering(
            "hospital", lambda _chain, _: IssueKey("desk", PUBLIC, "c-1", LIMITS, LONG_MS)
        ),
        "LimitKey": offering("hospital", lambda _chain, _: LimitKey(ID, LIMITS, LONG_MS)),
        "RevokeKey": offering("hospital", lambda _chain, _: RevokeKey(ID)),
    },
)

CHANGE = parameter("rounding_fen", 7)


def proposed(*yes: str, no: tuple[str, ...] = ()) -> Way:
    """Return the way to a proposal of the bank's that some said yes to and some no."""

    def way(chain: Chain) -> str:
        proposal = propose(chain, CHANGE, by="bank")
        vote(chain, proposal, *yes)
        vote(chain, proposal, *no, approves=False)
        return proposal

    return way


def failing(chain: Chain) -> str:
    """Let two proposals pass of which the first makes the second impossible."""
    first, second = (propose(chain, newcomer(), by="bank") for _ in range(2))
    for agency in VALIDATORS[:3]:
        chain.commit(*(chain.sign(agency, Vote(it, approves=True)) for it in (first, second)))
    return second


def failed(chain: Chain) -> str:
    proposal = failing(chain)
    chain.commit()
    return proposal


def waits(chain: Chain, proposal: str) -> None:
    """Let blocks come until the proposal's height is there."""
    chain.commit()


def votes(*, approves: bool) -> Offer:
    return offering("health", lambda _chain, proposal: Vote(proposal, approves))


PROPOSALS = Life(
    PROPOSAL,
    lambda chain, proposal: proposal_at(chain, proposal).state,
    {
        "open": proposed(),
        "passed": lambda chain: passed(chain, CHANGE),
        "rejected": proposed(no=VALIDATORS[:2]),
        "done": lambda chain: decided(chain, CHANGE),
        "failed": failed,
    },
    {"Vote": votes(approves=True), "TakeEffect": waits},
    (
        Extra("open", "Vote", proposed(*VALIDATORS[:2]), instead=False),
        Extra("open", "Vote", proposed(no=VALIDATORS[:1]), votes(approves=False), instead=False),
        Extra("passed", "TakeEffect", failing, instead=False),
    ),
)


def governed(change: Change) -> Offer:
    """Return the offer of a change: proposed, and if that is lawful voted and waited for."""

    def offer(chain: Chain, _: None) -> str | None:
        code = tries(chain, "bank", Propose(change, 0, LONG_MS))
        if code is not None:
            return code
        height = chain.tip.height
        vote(chain, f"{height:012d}-0000-0000", *VALIDATORS[:3])
        chain.commit()
        return None

    return offer


SUSPEND, RESTORE, REMOVE = SuspendAgency("mutual"), RestoreAgency("mutual"), RemoveAgency("mutual")

MEMBERS = Life(
    STANDING,
    lambda chain, _: agency_at(chain, "mutual").standing,
    {
        "active": lambda _chain: None,
        "suspended": lambda chain: decided(chain, SUSPEND),
        "removed": lambda chain: decided(chain, REMOVE),
    },
    {
        "SuspendAgency": governed(SUSPEND),
        "RestoreAgency": governed(RESTORE),
        "RemoveAgency": governed(REMOVE),
    },
)
