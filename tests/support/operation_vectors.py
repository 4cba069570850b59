"""Make tests/data/vectors/operations.json: one example of each operation, leaf and signed word.

.venv/bin/python -m tests.support.operation_vectors

Rule: one story of the made-up province in which every operation takes effect, so that each byte is
one that a chain has seen; signatures are Ed25519 and so the same each time.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgpack

from ledger.bills import BillName
from ledger.books import ArchiveBill, BookBill
from ledger.endorsement import EndorseBills, endorsement_message
from ledger.faces import Faces, faces_key
from ledger.governance import Propose, Vote
from ledger.holders import RotateHolder, grant_message, rotation_message
from ledger.issuing import InsuranceSettlement, IssueBill, IssueExtras
from ledger.key_rotation import RotateCertificate, RotateKey
from ledger.keys import KeyLimits
from ledger.membership import (
    AddValidator,
    RemoveAgency,
    RemoveValidator,
    RestoreAgency,
    ScheduleUpgrade,
    SetRoles,
    SuspendAgency,
)
from ledger.numbering import ExplicitNumber, VoidNumber
from ledger.operations import Operation
from ledger.orders import CancelOrder
from ledger.originals import AnchorOriginals, originals_root
from ledger.papers import ExchangeForPaper, VoidPaper
from ledger.parameters import Parameters
from ledger.payments import ReconcilePayments
from ledger.people import IssueKey, LimitKey, RevokeKey
from ledger.publishing import DocumentName
from ledger.range_control import FreezeRange, ReleaseRange, ReturnRange, WriteOffRange
from ledger.ranges import AllotNumbers
from ledger.readiness import readiness_message
from ledger.requests import DeclineRequest, RequestNumbers
from ledger.transaction import approval_message
from ledger.units import FreezeUnit, ReleaseUnit
from ledger.validators import validator_sets
from primitives.codec import encode
from primitives.signing import Signed, SigningKey, key_id
from tests.support import money
from tests.support.councils import LONG_MS, newcomer, parameter, ready
from tests.support.format_vectors import readable
from tests.support.ledgers import CODE, allot, issue, key_pair, new_chain, seed_of
from tests.support.sealed import publish, supersede
from tests.support.vectors import DATA

TARGET = DATA / "vectors" / "operations.json"
CLERK, CHECKER = key_pair("hospital", "clerk 1"), key_pair("hospital", "checker 2")
DEVICE = key_pair("holder", "device")
LIMITS = KeyLimits(("01",), (), 10**9, 200, 20, 0, 1440)
UNTIL_MS = LONG_MS
PLACE = money.PLACE


class Story:
    """A chain and every operation that took effect on it, the first of each kind kept."""

    def __init__(self) -> None:
        checked = Parameters(
            statutory_payers=(("insurance", 1), ("insurance", 2)), checked_operations=(10,)
        )
        self.chain = new_chain(checked)
        self.told: dict[str, dict[str, Any]] = {}
        self.facts: dict[str, dict[str, Any]] = {}

    def tell(self, agency: str, *operations: Operation, **how: Any) -> tuple[Any, ...]:
        """Let operations take effect; keep what is new of them and their leaves."""
        results = self.chain.accept(agency, *operations, **how)
        for operation, result in zip(operations, results, strict=True):
            name = type(operation).__name__
            if isinstance(operation, Propose):
                name += " " + type(operation.change).__name__
            row = {"name": name, "by": agency, "operation": _message(operation)}
            self.told.setdefault(name, {**row, "result": _message(result)})
        return results

    def keep(self, prefixes: str) -> None:
        """Keep one leaf of each prefix, the newest of the state."""
        for key, value in sorted(self.chain.state.rows.items()):
            name = key[1:].decode() if key[:1] == b"s" else ""
            if name and name[0] in prefixes:
                fact = {"key": name, "value": {"bytes": value.hex(), "value": _shown(value)}}
                self.facts.setdefault(name, fact)


def _shown(data: bytes) -> Any:
    return readable(msgpack.unpackb(data, raw=False))


def _message(message: Any) -> dict[str, Any]:
    data = encode(message)
    return {"bytes": data.hex(), "value": _shown(data)}


def _ranges(story: Story) -> None:
    story.tell("hospital", RequestNumbers("r-1", PLACE, "01", 100))
    story.tell("hospital", RequestNumbers("r-2", PLACE, "01", 100))
    story.tell("finance", AllotNumbers("hospital", PLACE, "01", CODE, 1, 100, request="r-1"))
    story.tell("finance", DeclineRequest("hospital", "r-2"))
    story.tell("finance", allot(1001, 1010))
    story.tell("finance", FreezeRange(CODE, 1001))
    story.tell("finance", ReleaseRange(CODE, 1001))
    story.tell("finance", ReturnRange(CODE, 1001))
    story.tell("finance", WriteOffRange(CODE, 1001))
    story.tell("finance", AllotNumbers("hospital", "ward", "01", CODE, 2001, 2010, True))
    story.tell("hospital", VoidNumber(CODE, 2001, 2003, "printer_jam"))
    story.tell("finance", FreezeUnit("hospital", "rate_too_high"))
    story.tell("finance", ReleaseUnit("hospital"))


def _bills(story: Story) -> None:
    chain = story.chain
    story.tell("hospital", issue("b-1"))
    height = chain.tip.height
    faces = chain.fact(faces_key(height), Faces)
    words = endorsement_message(chain.genesis.chain, height, faces.root, ())
    signature = key_pair("finance", "desk").sign(words)
    story.tell("finance", EndorseBills(height, faces.root, (), signature))
    root = originals_root([seed_of("original of b-1")])
    story.tell("hospital", AnchorOriginals(height, root, 1))
    for key, purpose, staff in ((CLERK, "desk", "c-1"), (CHECKER, "checker", "c-2")):
        story.tell("hospital", IssueKey(purpose, key.public_key, staff, LIMITS, UNTIL_MS))
    story.tell("hospital", ExchangeForPaper(CODE, 1, "P-01", "000017"))
    story.tell("hospital", VoidPaper(CODE, 1, "P-01", "000017"), person=CLERK, approver=CHECKER)
    offline = IssueExtras(
        number=ExplicitNumber(CODE, 2001, 2007),
        insurance=InsuranceSettlement("insurance", "20260921-0001"),
    )
    plain = issue("b-2", place="ward")
    fields = [getattr(plain, name) for name in plain.__struct_fields__[:-1]]
    story.told["IssueBill with extras"] = {"name": "IssueBill with extras", "by": "hospital"}
    (result,) = chain.accept("hospital", with_extras := IssueBill(*fields, offline))
    story.told["IssueBill with extras"] |= {
        "operation": _message(with_extras),
        "result": _message(result),
    }


def _claims(story: Story) -> None:
    chain = story.chain
    until_ms = chain.tip.time_ms + money.DAY_MS
    words = rotation_message(
        chain.genesis.chain, CODE, 1, new_key=DEVICE.public_key, until_ms=until_ms
    )
    word = key_pair("holder", "bill").sign(words)
    story.tell("health", RotateHolder(CODE, 1, DEVICE.public_key, until_ms, word))
    grant = money.granted(chain, 1, holder=DEVICE)
    story.tell("mutual", money.lock(chain, 1, 500, payer_class=3, grant=grant))
    story.tell("mutual", money.settle(1, 400, "m-1"))
    story.tell("mutual", BookBill(CODE, 1, 20260922, 400))
    story.tell("mutual", ArchiveBill(CODE, 1, 2056))
    story.tell("insurance", money.lock(chain, 1, 100))
    story.tell("insurance", money.release(1))
    story.keep("b")
    story.tell("mutual", money.take_back(1, "m-1"))


def _payments(story: Story) -> None:
    story.tell("hospital", money.order_of("o-1", 500), person=CLERK)
    story.tell("hospital", money.order_of("o-2", 700))
    story.tell("bank", money.pay("o-1", 500, "p-1"))
    story.tell("bank", money.pay("o-3", 100, "p-2"))
    story.tell("bank", money.refund("p-2", 40, "x-1"))
    story.tell("bank", ReconcilePayments(("p-1", "p-2"), seed_of("statement")))
    story.tell("hospital", CancelOrder("hospital", "o-2", "not_needed"))
    story.tell("hospital", money.bill_of("o-1", 500), person=CLERK)
    story.tell("hospital", money.reverse(2), money.bill_of("o-1", 300, replaces=BillName(CODE, 2)))


def _documents(story: Story) -> None:
    story.tell("hospital", publish("record of a visit", "01"), publish("health file", "03"))
    old = DocumentName("hospital", story.chain.tip.height, 0, 0)
    story.tell("hospital", supersede(old, "record of a visit, amended", "02"))


def _members(story: Story) -> None:
    chain = story.chain
    new = key_pair("hospital", "desk 2")
    old = key_id(key_pair("hospital", "desk").public_key)
    story.tell("hospital", LimitKey(key_id(CLERK.public_key), LIMITS, UNTIL_MS))
    story.tell("hospital", RevokeKey(key_id(CLERK.public_key)))
    story.tell("hospital", RotateKey("desk", old, new.public_key, money.DAY_MS))
    story.tell("hospital", RotateCertificate(b"next certificate of hospital", money.DAY_MS))
    story.tell("bank", ready(chain, "bank"))
    changes = (
        newcomer(),
        parameter("rounding_fen", 7),
        SetRoles("clinic", ("hospital", "insurer")),
        SuspendAgency("clinic"),
        AddValidator("bank"),
        ScheduleUpgrade(2),
        RestoreAgency("clinic"),
        RemoveAgency("clinic"),
        RemoveValidator("bank"),
    )
    for change in changes:
        far = 10**6 if isinstance(change, ScheduleUpgrade) else 0
        (made,) = story.tell("finance", Propose(change, far, UNTIL_MS))
        for agency in ("hospital", "insurance", "health"):
            voters = len(validator_sets(chain.view).next)
            if agency != "health" or voters > 4:
                story.tell(agency, Vote(made.proposal, True))
        chain.commit()
        chain.commit()


def _words(chain: bytes) -> Iterator[dict[str, Any]]:
    """Yield one example of each signed word that is no vote and no transaction."""
    holder, desk = key_pair("holder", "bill"), key_pair("finance", "desk")
    grant = grant_message(
        chain, CODE, 1, payer="mutual", payer_class=3, purpose="reimbursement", until_ms=UNTIL_MS
    )
    moved = rotation_message(chain, CODE, 1, new_key=DEVICE.public_key, until_ms=UNTIL_MS)
    root = seed_of("faces")
    rows: tuple[tuple[Signed, bytes, SigningKey], ...] = (
        (Signed.HOLDER_GRANT, grant, holder),
        (Signed.ENDORSEMENT, endorsement_message(chain, 7, root, ()), desk),
        (Signed.APPROVAL, approval_message(chain, b"envelope bytes"), CHECKER),
        (Signed.HOLDER_ROTATION, moved, holder),
        (
            Signed.READINESS,
            readiness_message(chain, "bank", 1, 7),
            key_pair("bank", "validator"),
        ),
    )
    for kind, signed, key in rows:
        yield {
            "name": kind.name,
            "kind": int(kind),
            "signed": signed.hex(),
            "public_key": key.public_key.hex(),
            "signature": key.sign(signed).hex(),
        }


def told_story() -> Story:
    """Return the story, told to its end."""
    story = Story()
    for chapter in (_ranges, _bills, _claims, _payments, _documents, _members):
        chapter(story)
    return story


def make_vectors() -> dict[str, Any]:
    """Return all vectors."""
    story = told_story()
    story.keep("abcdefghijklmnopqrstuvwxyz")
    return {
        "chain": story.chain.genesis.chain.hex(),
        "operations": [story.told[name] for name in sorted(story.told)],
        "leaves": [story.facts[key] for key in sorted(story.facts)],
        "words": list(_words(story.chain.genesis.chain)),
    }


def vectors_file() -> str:
    """Return the file's text."""
    return json.dumps(make_vectors(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(vectors_file(), "utf-8")
