"""The state in the model's words: from the ledger's leaves, and from the model itself.

Rule: both sides are brought into the same plain form, name by name, so that they can be compared
whole.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from ledger import (
    bills,
    endorsement,
    governance,
    keys,
    numbering,
    orders,
    originals,
    payments,
    publishing,
    ranges,
    references,
    requests,
)
from ledger.agencies import STANDING, Agency
from ledger.bills import BillName
from ledger.validators import ValidatorSets
from primitives.codec import decode
from tests.model.names import DOCUMENTS, NAMES
from tests.model.province import Member, Province

Plain = dict[tuple[Any, ...], Any]
COUNTS = ("blue", "red", "void", "blue_fen", "red_fen", "locked", "withheld", "owing")


def read(key: bytes, value: bytes) -> tuple[tuple[Any, ...], Any] | None:
    """Return a leaf's name and content in the model's words; None of what the model lacks."""
    prefix, *rest = key.decode("ascii").strip("/").split("/")
    reader = _READERS.get(prefix)
    return None if reader is None else reader(rest, value)


def _leaf(value: bytes, type_: type) -> Any:
    return decode(value, type_, 1 << 20)


def _range(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, ranges.NumberRange)
    tally = tuple(getattr(leaf.tally, name) for name in COUNTS)
    state = ranges.RANGE.state_name(leaf.state)
    content = (leaf.unit, leaf.place, leaf.kind, leaf.last, leaf.next, state, leaf.is_offline)
    return ("range", rest[0], int(rest[1])), (*content, tally)


def _request(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, requests.NumberRequest)
    return ("request", *rest), (leaf.count, requests.REQUEST.state_name(leaf.state))


def _burnt(rest: list[str], value: bytes) -> Any:
    _leaf(value, numbering.VoidedNumber)
    return ("burnt", rest[0], int(rest[1])), True


def _name(name: BillName | None) -> tuple[str, int] | None:
    return None if name is None else (name.code, name.number)


def _amounts(amounts: bills.Amounts) -> tuple[int, ...]:
    return (amounts.total, amounts.fund, amounts.other, amounts.account, amounts.own)


def _bill(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, bills.Bill)
    claim = leaf.claim or bills.Claim(None, ())
    books = leaf.books or bills.Books((), None, 0)
    lock = claim.lock
    content = (
        leaf.issuer,
        leaf.place,
        leaf.kind,
        leaf.business_number,
        _amounts(leaf.amounts),
        DOCUMENTS[leaf.document.commitment],
        NAMES[bills.holder_key_of(leaf)],
        leaf.height,
        leaf.range_first,
        NAMES[leaf.key_id],
        bills.VALIDITY.state_name(leaf.validity),
        _name(leaf.counterpart),
        _name(leaf.replaces),
        _name(leaf.replaced_by),
        leaf.order,
        _paper(leaf.paper),
        None if lock is None else (lock.payer, lock.payer_class, lock.amount_fen, lock.until_ms),
        tuple(
            (item.payer, item.payer_class, item.amount_fen, item.reference, item.is_reversed)
            for item in claim.settlements
        ),
        tuple((item.unit, item.date, item.amount_fen) for item in books.bookings),
        (books.archived_by, books.archived_until) if books.archived_by else None,
    )
    return ("bill", rest[0], int(rest[1])), content


def _paper(paper: bills.Paper | None) -> Any:
    if paper is None:
        return None
    return ("live" if paper.state == 1 else "void", (paper.code, paper.number), paper.count)


def _endorsement(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, endorsement.Endorsement)
    withheld = tuple((item.code, item.number) for item in leaf.withheld)
    return ("endorsed", int(rest[0])), withheld


def _originals(rest: list[str], value: bytes) -> Any:
    _leaf(value, originals.Originals)
    return ("anchored", int(rest[0]), rest[1]), True


def _order(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, orders.Order)
    content = (
        leaf.sort == orders.DEPOSIT,
        (leaf.place, leaf.kind, _amounts(leaf.amounts), DOCUMENTS[leaf.document.commitment]),
        leaf.instalments,
        leaf.expiry_ms,
        orders.ORDER.state_name(leaf.state),
        orders.MONEY.state_name(leaf.money),
        leaf.payments,
        leaf.paid_fen,
        leaf.paid_ms,
        leaf.owed_fen,
        leaf.refunded_fen,
        leaf.due_by_ms,
        _name(leaf.bill),
    )
    return ("order", *rest), content


def _payment(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, payments.Payment)
    content = (
        leaf.payee,
        leaf.order,
        leaf.amount_fen,
        leaf.state == payments.APPLIED,
        leaf.reason,
        leaf.owed_fen,
        leaf.due_by_ms,
        leaf.refunded_fen,
        leaf.is_reconciled,
    )
    return ("payment", *rest), content


def _refund(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, payments.Refund)
    return ("refund", *rest), (leaf.payment, leaf.amount_fen)


def _reference(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, references.ReferenceUse)
    return ("reference", *rest), (leaf.code, leaf.number)


def _form(rest: list[str], value: bytes) -> Any:
    _leaf(value, references.ReferenceUse)
    return ("form", *rest), True


def _document(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, publishing.PublishedDocument)
    name = publishing.name_of_document(rest[0], leaf)
    assert publishing.document_key(name).decode() == f"j/{rest[0]}/{rest[1]}/"
    content = (
        leaf.kind,
        leaf.size_class,
        DOCUMENTS[leaf.document.commitment],
        leaf.document.retention_years,
        leaf.time_ms,
        NAMES[leaf.key_id],
        _document_name(leaf.supersedes),
        _document_name(leaf.superseded_by),
        publishing.DOCUMENT.state_name(leaf.state),
    )
    return ("document", *_document_name(name)), content


def _document_name(name: publishing.DocumentName | None) -> Any:
    return None if name is None else msgspec.structs.astuple(name)


def _agency(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, Agency)
    content = (
        leaf.roles,
        STANDING.state_name(leaf.standing),
        leaf.is_frozen,
        tuple((NAMES[key.key_id], key.purpose, key.until_ms) for key in leaf.keys),
        tuple((item.der.decode(), item.until_ms) for item in leaf.certificates),
    )
    return ("member", rest[0]), content


def _person(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, keys.PersonKey)
    limits = leaf.limits
    content = (
        leaf.purpose,
        (limits.kinds, limits.places, limits.amount_day_fen, limits.bills_day),
        (limits.bills_minute, limits.from_minute, limits.to_minute),
        leaf.until_ms,
        leaf.revoked_ms > 0,
    )
    return ("person", rest[0], NAMES[bytes.fromhex(rest[1])]), content


def _usage(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, keys.KeyUsage)
    content = (leaf.bills, leaf.amount_fen, leaf.minute, leaf.minute_bills)
    return ("usage", rest[0], NAMES[bytes.fromhex(rest[1])]), content


def _proposal(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, governance.Proposal)
    ballots = tuple((item.agency, item.approves) for item in leaf.ballots)
    state = governance.PROPOSAL.state_name(leaf.state)
    return ("proposal", rest[0]), (leaf.proposer, leaf.effective_height, ballots, state)


def _validators(rest: list[str], value: bytes) -> Any:
    leaf = _leaf(value, ValidatorSets)
    sets = tuple(
        tuple((entry.agency, NAMES[entry.public_key]) for entry in entries)
        for entries in (leaf.next, leaf.after_next)
    )
    return ("validators",), sets


_READERS: dict[str, Callable[[list[str], bytes], Any]] = {
    "r": _range,
    "q": _request,
    "n": _burnt,
    "b": _bill,
    "e": _endorsement,
    "o": _originals,
    "d": _order,
    "y": _payment,
    "x": _refund,
    "i": _reference,
    "w": _form,
    "j": _document,
    "a": _agency,
    "k": _person,
    "l": _usage,
    "g": _proposal,
    "v": _validators,
}


def plain(p: Province) -> Plain:
    """Return all that the model knows."""
    found: Plain = {}
    for name, r in p.ranges.items():
        content = (r["unit"], r["place"], r["kind"], r["last"], r["next"], r["state"], r["offline"])
        found["range", *name] = (*content, tuple(r["counts"][count] for count in COUNTS))
    found |= {("request", *n): (r["count"], r["state"]) for n, r in p.requests.items()}
    found |= {("burnt", *name): True for name in p.burnt}
    found |= {("bill", *name): _model_bill(bill) for name, bill in p.bills.items()}
    found |= {("endorsed", height): tuple(names) for height, names in p.endorsed.items()}
    found |= {("anchored", *name): True for name in p.anchored}
    found |= {("order", *name): _model_order(order) for name, order in p.orders.items()}
    for name, y in p.payments.items():
        found["payment", *name] = tuple(y.values())
    found |= {("refund", *n): (r["payment"], r["amount"]) for n, r in p.refunds.items()}
    found |= {("reference", *name): bill for name, bill in p.references.items()}
    found |= {("form", *name): True for name in p.forms}
    for where, told in p.documents.items():
        state = "published" if told["superseded_by"] is None else "superseded"
        found["document", *where] = (*told.values(), state)
    for name, member in p.members.items():
        found |= _model_member(name, member)
    for id_, made in p.proposals.items():
        content = (made["proposer"], made["effective"], tuple(made["ballots"]), made["state"])
        found["proposal", id_] = content
    found[("validators",)] = (tuple(p.validators[0]), tuple(p.validators[1]))
    return found


def _model_bill(bill: dict[str, Any]) -> tuple[Any, ...]:
    paper, lock = bill["paper"], bill["lock"]
    moved = bill.get("moved")
    return (
        bill["issuer"],
        bill["place"],
        bill["kind"],
        bill["business_number"],
        bill["amounts"],
        bill["document"],
        bill["holder"] if moved is None else moved,
        bill["height"],
        bill["range_first"],
        bill["key"],
        bill["validity"],
        bill["counterpart"],
        bill["replaces"],
        bill["replaced_by"],
        bill["order"],
        paper and (paper["state"], paper["form"], paper["count"]),
        lock and (lock["payer"], lock["class"], lock["amount"], lock["until"]),
        tuple(tuple(item.values()) for item in bill["settlements"]),
        tuple(tuple(item.values()) for item in bill["bookings"]),
        bill["archive"],
    )


def _model_order(order: dict[str, Any]) -> tuple[Any, ...]:
    return (
        order["deposit"],
        order["terms"][:4],
        order["instalments"],
        order["expiry"],
        order["state"],
        order["money"],
        order["count"],
        order["paid"],
        order["paid_at"],
        order["owed"],
        order["refunded"],
        order["due_by"],
        order["bill"],
    )


def _model_member(name: str, member: Member) -> Plain:
    programs = tuple((k, purpose, member.ends.get(k, 0)) for k, purpose in member.keys.items())
    found: Plain = {
        ("member", name): (
            member.roles,
            member.standing,
            member.is_frozen,
            programs,
            tuple(member.certificates),
        )
    }
    for key, person in member.people.items():
        limits = person["limits"]
        found["person", name, key] = (
            person["purpose"],
            (limits["kinds"], limits["places"], limits["amount"], limits["day"]),
            (limits["minute"], *limits["hours"]),
            person["until"],
            person["revoked"],
        )
        if person["used"] != (0, 0, 0, 0, 0):
            found["usage", name, key] = person["used"][1:]
    return found
