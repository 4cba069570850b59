"""Members, their keys and people, the parameters, and what is voted on."""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from ledger.agencies import (
    HOSPITAL,
    REGISTER_KEY,
    STANDING,
    Agency,
    Register,
    agency_key,
)
from ledger.bills import Bill
from ledger.checks import parameters_of
from ledger.governance import PROPOSAL, Proposal, proposal_key
from ledger.keys import KeyUsage, PersonKey, usage_key
from ledger.operation_json import message_to_json, snake_case
from ledger.people import COUNTS, PERSON_KEY, WITHDRAWN
from ledger.ranges import ACTIVE, ALLOTTED, NumberRange
from ledger.state import View
from ledger.validators import validator_sets, votes_needed
from node.api import ledger_answers as answers
from node.api.bill_answers import Face, Faces
from node.api.bill_face import face_of
from node.api.call import Call, Services
from node.api.encoding import from_hex, not_found
from node.api.pages import LEAF_SIZE_MAX, parts_of, read_page, state_of
from primitives.codec import decode


async def get_agencies(call: Call) -> answers.Agencies:
    """Return all members, those removed included."""
    view = call.services.view
    return answers.Agencies(items=[_agency(view, id_, leaf) for id_, leaf in members(view)])


async def get_agency(call: Call) -> answers.Agency:
    """Return one member."""
    view, id_ = call.services.view, call.path("agency")
    leaf = view.leaf(agency_key(id_), Agency) if id_.isascii() else None
    if leaf is None:
        raise not_found("agency")
    return _agency(view, id_, leaf)


async def get_keys(call: Call) -> answers.PersonKeys:
    """Return a page of people's keys: of this agency, or of the one that `agency` names."""
    agency = call.text("agency") or call.services.agency

    def read(key: bytes, value: bytes) -> answers.PersonKey:
        of, key_id = parts_of(key)
        return _person(call.services, of, key_id, decode(value, PersonKey, LEAF_SIZE_MAX))

    items, following = await read_page(call, f"k/{agency}/".encode(), read)
    return answers.PersonKeys(items=items, next=following)


async def get_bills_of_key(call: Call) -> Faces:
    """Return a page of the bills that a key issued or reversed, by code and number."""
    key_id, services = from_hex(call.path("key_id"), "key_id", 8), call.services
    agency = call.text("agency") or services.agency

    def read(key: bytes, value: bytes) -> Face | None:
        bill = decode(value, Bill, LEAF_SIZE_MAX)
        if bill.key_id != key_id or bill.issuer != agency:
            return None
        code, number = parts_of(key)
        return face_of(services, code, int(number), bill)

    items, following = await read_page(call, b"b/", read)
    return Faces(items=items, next=following)


async def get_parameters(call: Call) -> answers.LedgerParameters:
    """Return the chain's parameters."""
    parameters = parameters_of(call.services.view)
    values = msgspec.structs.asdict(parameters)
    return answers.LedgerParameters(
        items=[
            answers.LedgerParameter(name=name, value=msgspec.to_builtins(value))
            for name, value in values.items()
        ]
    )


async def get_proposals(call: Call) -> answers.Proposals:
    """Return a page of proposals, oldest first; with `state` those in it."""
    state = state_of(call, PROPOSAL)

    def read(key: bytes, value: bytes) -> answers.Proposal | None:
        leaf = decode(value, Proposal, LEAF_SIZE_MAX)
        told = _proposal(call.services.view, parts_of(key)[0], leaf)
        return told if state in ("", told.state) else None

    items, following = await read_page(call, b"g/", read)
    return answers.Proposals(items=items, next=following)


async def get_proposal(call: Call) -> answers.Proposal:
    """Return one proposal."""
    view, id_ = call.services.view, call.path("proposal")
    leaf = view.leaf(proposal_key(id_), Proposal) if id_.isascii() else None
    if leaf is None:
        raise not_found("proposal")
    return _proposal(view, id_, leaf)


async def get_units(call: Call) -> answers.Units:
    """Return all hospitals, and whether they may issue."""
    services = call.services
    counts: dict[str, int] = {}
    for _, value in services.store.leaves(b"r/"):
        numbers = decode(value, NumberRange, LEAF_SIZE_MAX)
        if numbers.state in (ALLOTTED, ACTIVE):
            counts[numbers.unit] = counts.get(numbers.unit, 0) + 1
    return answers.Units(
        items=[
            answers.Unit(
                unit=id_,
                name=leaf.name,
                standing=STANDING.state_name(leaf.standing),
                state="frozen" if leaf.is_frozen else "issues",
                open_ranges=counts.get(id_, 0),
            )
            for id_, leaf in members(services.view)
            if HOSPITAL in leaf.roles
        ]
    )


def members(view: View) -> Iterator[tuple[str, Agency]]:
    """Yield id and leaf of each member in register order."""
    register = view.leaf(REGISTER_KEY, Register)
    assert register is not None, "the genesis writes the register"
    for id_ in register.agencies:
        leaf = view.leaf(agency_key(id_), Agency)
        assert leaf is not None, "a registered agency has its leaf"
        yield id_, leaf


def _agency(view: View, id_: str, leaf: Agency) -> answers.Agency:
    return answers.Agency(
        id=id_,
        name=leaf.name,
        uscc=leaf.uscc,
        roles=list(leaf.roles),
        index=leaf.index,
        standing=STANDING.state_name(leaf.standing),
        is_validator=any(entry.agency == id_ for entry in validator_sets(view).next),
        is_frozen=leaf.is_frozen,
        certificates=[
            answers.AgencyCertificate(
                sha256=hashlib.sha256(item.der).hexdigest(), until_ms=item.until_ms or None
            )
            for item in leaf.certificates
        ],
        keys=[
            answers.AgencyKey(
                key_id=key.key_id.hex(),
                purpose=key.purpose,
                public=key.public.hex(),
                from_ms=key.from_ms,
                until_ms=key.until_ms or None,
            )
            for key in leaf.keys
        ],
    )


def _person(services: Services, agency: str, key_id: str, leaf: PersonKey) -> answers.PersonKey:
    limits = leaf.limits
    usage = services.view.leaf(usage_key(agency, bytes.fromhex(key_id)), KeyUsage)
    state = PERSON_KEY.state_name(WITHDRAWN if leaf.revoked_ms else COUNTS)
    is_over = not leaf.revoked_ms and services.node.head.time_ms >= leaf.until_ms
    return answers.PersonKey(
        agency=agency,
        key_id=key_id,
        purpose=leaf.purpose,
        staff=leaf.staff,
        state="over" if is_over else state,
        kinds=list(limits.kinds),
        places=list(limits.places),
        amount_day_fen=limits.amount_day_fen,
        bills_day=limits.bills_day,
        bills_minute=limits.bills_minute,
        from_minute=limits.from_minute,
        to_minute=limits.to_minute,
        issued_ms=leaf.issued_ms,
        until_ms=leaf.until_ms,
        revoked_ms=leaf.revoked_ms or None,
        used_day=None if usage is None else f"{usage.day:08d}",
        used_bills=0 if usage is None else usage.bills,
        used_fen=0 if usage is None else usage.amount_fen,
    )


def _proposal(view: View, id_: str, leaf: Proposal) -> answers.Proposal:
    change: dict[str, Any] = message_to_json(leaf.change)
    return answers.Proposal(
        id=id_,
        proposer=leaf.proposer,
        change={"change": snake_case(type(leaf.change).__name__), **change},
        state=PROPOSAL.state_name(leaf.state),
        effective_height=leaf.effective_height,
        until_ms=leaf.until_ms,
        needed=votes_needed(len(validator_sets(view).next)),
        ballots=[answers.Ballot(agency=b.agency, approves=b.approves) for b in leaf.ballots],
    )
