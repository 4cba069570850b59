"""A chain in memory: a genesis of four made-up agencies and a state that is a dict."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.agencies import ACTIVE, Agency, AgencyCertificate, AgencyKey
from ledger.apply import Built, Tip, build_steps, genesis_state, run, tip_of
from ledger.bills import Amounts, DocumentReference
from ledger.execution import Executed, number_in, receipt_in
from ledger.genesis import Genesis, read_genesis, write_genesis
from ledger.issuing import IssueBill
from ledger.operations import Operation
from ledger.parameters import Parameters
from ledger.ranges import AllotNumbers
from ledger.state import View
from ledger.transaction import Envelope, Transaction, build, signed_message
from primitives.sealing import sealing_public_key
from primitives.signing import SigningKey, key_id, verify

GENESIS_TIME_MS = 1_790_000_000_000
"""2026-09-21 in Shanghai."""
CODE = "46060126"
USCCS = ("11460000008173667D", "12460000428205197D", "11460000MB1530618T", "11460000008173923X")
AGENCIES = (
    ("finance", "finance"),
    ("hospital", "hospital"),
    ("insurance", "insurer"),
    ("health", "health"),
)


def seed_of(*parts: str) -> bytes:
    """Return a seed that is the same in every run."""
    return sha256("/".join(parts).encode()).digest()


def key_pair(agency: str, purpose: str) -> SigningKey:
    """Return an agency's key of a purpose."""
    return SigningKey(seed_of(agency, purpose))


def agency_of(name: str, role: str, index: int) -> Agency:
    """Return a made-up agency with a key of every purpose a node has."""
    keys = []
    for purpose in ("governance", "node", "validator", "desk", "sealing"):
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
        validators=[name for name, _ in AGENCIES],
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
        purpose: str = "desk",
        signer: SigningKey | None = None,
    ) -> Transaction:
        """Return a transaction of `agency`, each time with another nonce."""
        self.nonce += 1
        key = key_pair(agency, purpose)
        envelope = Envelope(
            chain=self.genesis.chain,
            agency=agency,
            key_id=key_id(key.public_key),
            expiry_ms=self.tip.time_ms + 60_000 if expiry_ms is None else expiry_ms,
            operations=operations,
            acknowledgments=(),
            nonce=self.nonce.to_bytes(16, "big"),
        )
        return build(envelope, (signer or key).sign)

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
        self.state.rows.update(executed.rows())
        self.headers.append(header_bytes)
        self.tip = tip_of(header_bytes)
        self.view = self.view.after(executed.draft, executed.state_root)

    def commit(self, *candidates: Transaction, time_ms: int = 0) -> Built:
        """Build and write the next block."""
        built = self.build(*candidates, time_ms=time_ms)
        self.write(built.executed, built.header_bytes)
        return built


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
