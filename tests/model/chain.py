"""The same province on the real ledger: operations by their plain words, state read back as such.

Rule: a step is a block with one transaction; what changed is decoded from the leaves' bytes, as any
node would read them.
"""

from collections.abc import Sequence
from typing import Any

from ledger import (
    books,
    claims,
    endorsement,
    governance,
    issuing,
    key_rotation,
    keys,
    numbering,
    orders,
    originals,
    papers,
    payments,
    people,
    publishing,
    range_control,
    ranges,
    readiness,
    requests,
    reversal,
    units,
)
from ledger.agencies import ACTIVE, Agency, AgencyCertificate, AgencyKey
from ledger.apply import genesis_state
from ledger.bills import Amounts, BillName
from ledger.block import encode_body
from ledger.faces import Faces, faces_key
from ledger.genesis import read_genesis, write_genesis
from ledger.holders import Grant, RotateHolder, grant_message, rotation_message
from ledger.parameters import Parameters
from ledger.receipt import decode_receipt
from ledger.state import View
from ledger.transaction import Envelope, build, decode_transaction
from node.testnet import example_uscc
from primitives.errors import PeerFault, Refused
from primitives.signing import key_id
from tests.model import names
from tests.model.changes import change_of
from tests.model.names import document, public, public_named, signing_key
from tests.model.province import Act
from tests.support.ledgers import Chain, DictState

TIME_MS = 1_790_000_000_000
NEVER = bytes(64)
PURPOSES = ("governance", "validator", "desk", "checker", "provider", "sealing")


def amounts_of(amounts: tuple[int, ...]) -> Amounts:
    return Amounts(*amounts)


def bill_name(name: tuple[str, int] | None) -> BillName | None:
    return None if name is None else BillName(*name)


def limits_of(limits: dict[str, Any]) -> keys.KeyLimits:
    return keys.KeyLimits(
        limits["kinds"],
        limits["places"],
        limits["amount"],
        limits["day"],
        limits["minute"],
        *limits["hours"],
    )


class LedgerSide:
    """A chain that takes the model's words."""

    def __init__(
        self,
        members: dict[str, tuple[str, ...]],
        validators: Sequence[str],
        statutory: tuple[tuple[str, int], ...],
    ) -> None:
        agencies = [
            (name, _agency(name, roles, index))
            for index, (name, roles) in enumerate(members.items())
        ]
        self.genesis_bytes = write_genesis(
            name="model",
            time_ms=TIME_MS,
            parameters=Parameters(statutory_payers=statutory),
            agencies=agencies,
            validators=validators,
        )
        genesis = read_genesis(self.genesis_bytes)
        first = genesis_state(genesis)
        state = DictState(first.rows)
        self.chain = Chain(genesis, state, first.tip, View(state, first.tip.state_root))
        self.blocks: list[tuple[bytes, bytes]] = []
        self.changed: dict[bytes, bytes] = {
            key[1:]: value for key, value in first.rows if key[:1] == b"s"
        }

    def offer(self, act: Act, words: list[tuple[str, dict[str, Any]]]) -> list[Any] | str | None:
        """Offer one transaction as a block.

        Returns:
            Its results, the code it is refused with, or None when its words are no transaction.
        """
        chain = self.chain
        chain.nonce += 1
        envelope = Envelope(
            chain.genesis.chain,
            act.sender,
            key_id(public_named(act.key)),
            act.now + 60_000,
            tuple(self._operation(act, *word) for word in words),
            (),
            chain.nonce.to_bytes(16, "big"),
        )
        data = build(envelope, signing_key(act.key).sign).data
        try:
            transaction = decode_transaction(data, chain.genesis.chain)
        except PeerFault:
            return None
        built = chain.build(transaction, time_ms=act.now)
        refused = [reason for _, reason in built.refused]
        if refused:
            assert isinstance(refused[0], Refused)
            return refused[0].code
        chain.write(built.executed, built.header_bytes)
        self.blocks.append((built.header_bytes, encode_body(built.body)))
        self.changed = dict(built.executed.leaves)
        return list(decode_receipt(built.executed.receipts[0]).results)

    def _operation(self, act: Act, name: str, words: dict[str, Any]) -> Any:
        maker = getattr(self, f"_{name}", None)
        if maker is not None:
            return maker(act, **words)
        return _PLAIN[name](**words)

    def _issue_bill(self, act: Act, **w: Any) -> issuing.IssueBill:
        explicit, insurance = w.get("explicit"), w.get("insurance")
        extras = issuing.IssueExtras(
            None if explicit is None else numbering.ExplicitNumber(*explicit),
            bill_name(w.get("replaces")),
            w.get("order"),
            None if insurance is None else issuing.InsuranceSettlement(*insurance),
        )
        return issuing.IssueBill(
            w["place"],
            w["kind"],
            w["business_number"],
            "a1b2c3",
            amounts_of(w["amounts"]),
            document(w["document"]),
            public_named(w["holder"]),
            None if extras == issuing.IssueExtras() else extras,
        )

    def _open_order(self, act: Act, **w: Any) -> orders.OpenOrder:
        place, kind, amounts, number, holder = w["terms"]
        return orders.OpenOrder(
            w["order"],
            orders.DEPOSIT if w["deposit"] else orders.CHARGE,
            place,
            kind,
            amounts_of(amounts),
            document(number),
            public_named(holder),
            w["instalments"],
            w["expiry"],
        )

    def _lock_claim(self, act: Act, **w: Any) -> claims.LockClaim:
        grant, chain = w["grant"], self.chain.genesis.chain
        words = None
        if grant is not None:
            message = grant_message(
                chain,
                *grant["bill"],
                payer=grant["payer"],
                payer_class=grant["class"],
                purpose="reimbursement",
                until_ms=grant["until"],
            )
            words = Grant(grant["until"], signing_key(grant["by"]).sign(message))
        return claims.LockClaim(
            *w["name"], w["payer_class"], "reimbursement", w["amount"], w["until"], words
        )

    def _rotate_holder(self, act: Act, **w: Any) -> RotateHolder:
        new = public_named(w["new"])
        message = rotation_message(
            self.chain.genesis.chain, *w["name"], new_key=new, until_ms=w["until"]
        )
        signature = signing_key(w["by"]).sign(message)
        return RotateHolder(*w["name"], new, w["until"], signature)

    def _endorse_bills(self, act: Act, **w: Any) -> endorsement.EndorseBills:
        faces = self.chain.view.leaf(faces_key(w["height"]), Faces)
        root = faces.root if faces is not None else bytes(32)
        withheld = tuple(endorsement.Withheld(*name, "rate_too_high") for name in w["withheld"])
        message = endorsement.endorsement_message(
            self.chain.genesis.chain, w["height"], root, withheld
        )
        signature = signing_key(act.key).sign(message) if w["right"] else NEVER
        return endorsement.EndorseBills(w["height"], root, withheld, signature)

    def _signal_readiness(self, act: Act, **w: Any) -> readiness.SignalReadiness:
        message = readiness.readiness_message(self.chain.genesis.chain, act.sender, 1, w["height"])
        signature = signing_key(w["by"]).sign(message) if w["right"] else NEVER
        return readiness.SignalReadiness(1, w["height"], signature)

    def _propose(self, act: Act, **w: Any) -> governance.Propose:
        return governance.Propose(change_of(w["change"]), w["effective"], w["until"])


def _agency(name: str, roles: tuple[str, ...], index: int) -> Agency:
    made = []
    for purpose in PURPOSES:
        data = public_named(f"{name}/{purpose}", purpose)
        made.append(AgencyKey(key_id(data), purpose, 1, data))
    certificate = AgencyCertificate(f"{name}/certificate".encode())
    return Agency(
        name, example_uscc(index), roles, index, (certificate,), ACTIVE, False, tuple(made)
    )


_PLAIN = {
    "request_numbers": requests.RequestNumbers,
    "decline_request": requests.DeclineRequest,
    "allot_numbers": lambda unit, place, kind, code, first, last, offline, request: (
        ranges.AllotNumbers(unit, place, kind, code, first, last, offline, request)
    ),
    "freeze_range": range_control.FreezeRange,
    "release_range": range_control.ReleaseRange,
    "return_range": range_control.ReturnRange,
    "write_off_range": range_control.WriteOffRange,
    "void_number": lambda code, first, number: numbering.VoidNumber(
        code, first, number, "print_fault"
    ),
    "freeze_unit": lambda unit: units.FreezeUnit(unit, "rate_too_high"),
    "release_unit": units.ReleaseUnit,
    "reverse_bill": lambda name: reversal.ReverseBill(*name, "z9y8x7", "refund"),
    "exchange_for_paper": lambda name, code, number: papers.ExchangeForPaper(*name, code, number),
    "void_paper": lambda name, code, number: papers.VoidPaper(*name, code, number),
    "settle_claim": lambda name, amount, reference: claims.SettleClaim(*name, amount, reference),
    "release_claim": lambda name: claims.ReleaseClaim(*name),
    "reverse_settlement": lambda name, reference: claims.ReverseSettlement(
        *name, reference, "paid_twice"
    ),
    "book_bill": lambda name, date, amount: books.BookBill(*name, date, amount),
    "archive_bill": lambda name, until_year: books.ArchiveBill(*name, until_year),
    "anchor_originals": lambda height, count: originals.AnchorOriginals(height, bytes(32), count),
    "cancel_order": lambda hospital, order: orders.CancelOrder(hospital, order, "refund"),
    "record_payment": lambda payee, order, amount, reference, paid_at: payments.RecordPayment(
        payee, order, amount, reference, paid_at, bytes(32)
    ),
    "record_refund": lambda payment, reference, amount: payments.RecordRefund(
        payment, reference, amount, TIME_MS, bytes(32)
    ),
    "reconcile_payments": lambda references: payments.ReconcilePayments(
        tuple(references), bytes(32)
    ),
    "publish_document": lambda kind, size, document, years: publishing.PublishDocument(
        kind, size, names.document(document, years)
    ),
    "supersede_document": lambda old, kind, size, document, years: publishing.SupersedeDocument(
        publishing.DocumentName(*old), "correction", kind, size, names.document(document, years)
    ),
    "issue_key": lambda key, purpose, limits, until: people.IssueKey(
        purpose,
        public_named(key),
        key.replace("/", "-").replace(".", "-"),
        limits_of(limits),
        until,
    ),
    "limit_key": lambda key, limits, until: people.LimitKey(
        key_id(public(key)), limits_of(limits), until
    ),
    "revoke_key": lambda key: people.RevokeKey(key_id(public(key))),
    "rotate_key": lambda purpose, old, new, overlap: key_rotation.RotateKey(
        purpose, key_id(public(old, purpose)), public_named(new, purpose), overlap
    ),
    "rotate_certificate": lambda new, overlap: key_rotation.RotateCertificate(
        new.encode(), overlap
    ),
    "vote": lambda id_, approves: governance.Vote(id_, approves),
}
"""Operations whose words need nothing but their places."""
