"""A chain in memory: a genesis of made-up agencies and a state that is a dict.

Rule: whatever a block writes is read again as strictly as a node reads it, so that no test passes
over a fact that could be written but never read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from ledger.agencies import ACTIVE, Agency, AgencyCertificate, AgencyKey
from ledger.apply import Built, Tip, build_steps, genesis_state, run, tip_of
from ledger.bills import Amounts, DocumentReference
from ledger.execution import Executed, number_in, receipt_in
from ledger.genesis import Genesis, read_genesis, write_genesis
from ledger.issuing import IssueBill
from ledger.operations import RULES, Operation
from ledger.parameters import Parameters
from ledger.ranges import AllotNumbers
from ledger.receipt import decode_receipt
from ledger.state import VALUE_SIZE_MAX, L, View
from ledger.transaction import Approval, Envelope, Transaction, build, signed_message
from ledger.trie import state_root_of
from primitives.codec import Message, decode, encode
from primitives.errors import Refused
from primitives.sealing import sealing_public_key
from primitives.signing import SigningKey, key_id, verify

GENESIS_TIME_MS = 1_790_000_000_000
"""2026-09-21 in Shanghai."""
CODE = "46060126"
USCCS = (
    *("11460000008173667D", "12460000428205197D", "11460000MB1530618T", "11460000008173923X"),
    *("914600002012501231", "12460000428205300R", "91460000MA5RC0011T"),
)
AGENCIES = (
    ("finance", "finance"),
    ("hospital", "hospital"),
    ("insurance", "insurer"),
    ("health", "health"),
    ("bank", "provider"),
    ("clinic", "hospital"),
    ("mutual", "insurer"),
)
"""The members: a payment provider, a second hospital and a commercial insurer beside the first."""
VALIDATORS = tuple(name for name, _ in AGENCIES[:4])


def seed_of(*parts: str) -> bytes:
    """Return a seed that is the same in every run."""
    return sha256("/".join(parts).encode()).digest()


def key_pair(agency: str, purpose: str) -> SigningKey:
    """Return an agency's key of a purpose."""
    return SigningKey(seed_of(agency, purpose))


def agency_of(name: str, role: str, index: int) -> Agency:
    """Return a made-up agency with a key of every purpose a node of its role has."""
    purposes = ["governance", "node", "validator", "desk", "sealing"]
    keys = []
    for purpose in purposes + ["provider"] * (role == "provider"):
        public = key_pair(name, purpose).public_key
        if purpose == "sealing":
            public = sealing_public_key(seed_of(name, purpose))
        keys.append(AgencyKey(key_id(public), purpose, 1, public))
    return Agency(
        name=f"{name} of the province",
        uscc=USCCS[index],
        roles=(role,),
        index=index,
        certificates=(AgencyCertificate(b"certificate of " + name.encode()),),
        standing=ACTIVE,
        is_frozen=False,
        keys=tuple(keys),
    )


def genesis_bytes(parameters: Parameters | None = None) -> bytes:
    """Return the genesis file of the made-up province."""
    return write_genesis(
        name="Testland",
        time_ms=GENESIS_TIME_MS,
        parameters=parameters or Parameters(),
        agencies=[(name, agency_of(name, role, i)) for i, (name, role) in enumerate(AGENCIES)],
        validators=VALIDATORS,
    )


class DictState:
    """The committed rows in a dict, under the store's prefixes."""

    def __init__(self, rows: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self.rows = dict(rows)

    def get(self, key: bytes) -> bytes | None:
        return self.rows.get(b"s" + key)

    def node(self, path: bytes) -> bytes | None:
        return self.rows.get(b"t" + path)

    def bill_of(self, issuer: str, business_number: str) -> tuple[str, int] | None:
        row = self.rows.get(b"n" + f"{issuer}/{business_number}".encode())
        return None if row is None else number_in(row)

    def receipt_of(self, transaction_id: bytes) -> bytes | None:
        row = self.rows.get(b"x" + transaction_id)
        return None if row is None else receipt_in(row).receipt


@dataclass
class Chain:
    """A chain of one honest proposer that writes what it builds."""

    genesis: Genesis
    state: DictState
    tip: Tip
    view: View
    nonce: int = 0
    headers: list[bytes] = field(default_factory=list)

    def sign(
        self,
        agency: str,
        *operations: Operation,
        expiry_ms: int | None = None,
        purpose: str | None = None,
        person: SigningKey | None = None,
        signer: SigningKey | None = None,
        approver: SigningKey | None = None,
    ) -> Transaction:
        """Return a transaction of `agency`, each time with another nonce.

        Args:
            agency: the sender.
            operations: what is asked.
            expiry_ms: until when; a minute when left out.
            purpose: which of its programs' keys signs; that of the first operation when left out.
            person: the key of one of its people that signs instead.
            signer: who signs in truth; whom the envelope names when left out.
            approver: the checker's key.
        """
        self.nonce += 1
        purpose = purpose or purpose_of(agency, operations[0])
        key = person or key_pair(agency, purpose)
        envelope = Envelope(
            chain=self.genesis.chain,
            agency=agency,
            key_id=key_id(key.public_key),
            expiry_ms=self.tip.time_ms + 60_000 if expiry_ms is None else expiry_ms,
            operations=operations,
            acknowledgments=(),
            nonce=self.nonce.to_bytes(16, "big"),
        )
        approve = None if approver is None else approval_by(approver)
        return build(envelope, (signer or key).sign, approve)

    def build(self, *candidates: Transaction, time_ms: int = 0, proposer: str = "finance") -> Built:
        """Build the next block without writing it."""
        return run(
            build_steps(
                self.view,
                self.tip,
                proposer=proposer,
                time_ms=time_ms,
                candidates=candidates,
                parent_certificate=b"certificate" if self.tip.height else b"",
                is_signed=is_signed,
            )
        )

    def write(self, executed: Executed, header_bytes: bytes) -> None:
        """Write a final block."""
        for fact in executed.draft.facts.values():
            assert decode(encode(fact), type(fact), VALUE_SIZE_MAX) == fact
        for receipt in executed.receipts:
            decode_receipt(receipt)
        self.state.rows.update(executed.rows())
        self.headers.append(header_bytes)
        self.tip = tip_of(header_bytes)
        self.view = self.view.after(executed.draft, executed.state_root)

    def commit(self, *candidates: Transaction, time_ms: int = 0) -> Built:
        """Build and write the next block."""
        built = self.build(*candidates, time_ms=time_ms)
        self.write(built.executed, built.header_bytes)
        return built

    def accept(
        self, agency: str, *operations: Operation, time_ms: int = 0, **how: Any
    ) -> tuple[Any, ...]:
        """Commit one transaction in a block of its own and return its results.

        Args:
            agency: the sender.
            operations: what is asked.
            time_ms: the block's time; the earliest lawful one when left out.
            how: who signs, as `sign` takes it.
        """
        how.setdefault("expiry_ms", max(time_ms, self.tip.time_ms) + 60_000)
        built = self.build(self.sign(agency, *operations, **how), time_ms=time_ms)
        assert built.refused == (), built.refused
        self.write(built.executed, built.header_bytes)
        return decode_receipt(built.executed.receipts[0]).results

    def refuse(self, agency: str, *operations: Operation, time_ms: int = 0, **how: Any) -> Refused:
        """Offer one transaction to the next block and return why it was refused.

        Args:
            agency: the sender.
            operations: what is asked.
            time_ms: the block's time; the earliest lawful one when left out.
            how: who signs, as `sign` takes it.
        """
        how.setdefault("expiry_ms", max(time_ms, self.tip.time_ms) + 60_000)
        built = self.build(self.sign(agency, *operations, **how), time_ms=time_ms)
        assert built.refused, "it was lawful"
        return built.refused[0][1]

    def place(self, key: bytes, fact: Message) -> None:
        """Put a fact into the state, as if many earlier blocks had led there."""
        value = encode(fact)
        update = run(self.view.update_steps({key: value}))
        self.state.rows[b"s" + key] = value
        self.state.rows.update({b"t" + path: record for path, record in update.records.items()})
        self.tip = replace(self.tip, state_root=state_root_of(update.root))
        self.view = View(self.state, self.tip.state_root)

    def fact(self, key: bytes, type_: type[L]) -> L:
        """Return a leaf that is there."""
        fact = self.view.leaf(key, type_)
        assert fact is not None
        return fact


def purpose_of(agency: str, operation: Operation) -> str:
    """Return the purpose of the key that an agency's program signs an operation with."""
    purposes = RULES[type(operation)].purposes
    if len(purposes) == 1:
        return purposes[0]
    return "provider" if dict(AGENCIES)[agency] == "provider" else "desk"


def approval_by(checker: SigningKey) -> Callable[[bytes], Approval]:
    """Return what approves an envelope with a checker's key."""
    return lambda message: Approval(key_id(checker.public_key), checker.sign(message))


def is_signed(transaction: Transaction, public_key: bytes) -> bool:
    """Verify a transaction's signature."""
    message = signed_message(transaction.envelope.chain, transaction.envelope_bytes)
    return verify(public_key, message, transaction.signature)


def new_chain(parameters: Parameters | None = None) -> Chain:
    """Return a chain at height 0."""
    genesis = read_genesis(genesis_bytes(parameters))
    first = genesis_state(genesis)
    state = DictState(first.rows)
    return Chain(genesis, state, first.tip, View(state, first.tip.state_root))


def allot(
    first: int = 1, last: int = 1000, code: str = CODE, place: str = "460000001"
) -> AllotNumbers:
    """Return the allotment of a range to the hospital."""
    return AllotNumbers("hospital", place, code[4:6], code, first, last)


def issue(
    business_number: str,
    amounts: tuple[int, int, int, int, int] = (8202, 2092, 0, 0, 6110),
    kind: str = "01",
    place: str = "460000001",
) -> IssueBill:
    """Return the issue of a bill."""
    return IssueBill(
        place,
        kind,
        business_number,
        "a1b2c3",
        Amounts(*amounts),
        DocumentReference(seed_of(business_number, "c"), seed_of(business_number, "h"), 30),
        HOLDER_KEY,
    )


HOLDER_KEY = key_pair("holder", "bill").public_key
