"""A small certified chain with one real-looking bill, and receipts over it to tamper with."""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from consensus import certificate as certificates
from consensus.certificate import CommitCertificate
from ledger import trie
from ledger.agencies import ACTIVE, Agency, AgencyCertificate, AgencyKey
from ledger.bills import (
    Amounts,
    Bill,
    BillName,
    Booking,
    Books,
    Claim,
    DocumentReference,
    Lock,
    Paper,
    Settlement,
    bill_key,
)
from ledger.block import Header, encode_header, header_hash
from ledger.documents import commitment, leaves_of, open_leaf
from ledger.genesis import Genesis, genesis_leaves, read_genesis, write_genesis
from ledger.parameters import Parameters
from ledger.validators import validator_set_hash
from primitives.codec import encode
from primitives.hashing import ZERO_HASH
from primitives.signing import SigningKey, key_id
from proofs.document import details_of_lines, details_of_text
from proofs.jsonfile import Base64Url
from proofs.receipt import (
    BillFact,
    Certified,
    Details,
    LeafFact,
    NoBillFact,
    NoLeafFact,
    PortableReceipt,
    ValidatorChange,
    build_receipt,
)

CODE = "46010126"
NUMBER = 7
TIME_MS = 1_790_000_000_000
SEED = bytes(range(32))
TEXT = (
    '{"busNo":"V-0007","busType":"02","payer":"李四 🙂","totalAmt":"82.02","fundPay":"50.00",'
    '"otherfundPay":"0.00","accountPay":"12.00","ownPay":20.02,"otherInfo":[ ],'
    '"chargeDetail":[{"sortNo":1,"chargeCode":"02","chargeName":"诊察费","amt":"82.02"}],'
    '"listDetail":[{"listDetailNo":"a-1","chargeCode":"02","name":"普通门诊诊察费","unit":"次",'
    '"number":1,"std":"32.02","amt":"32.02"},\n {"listDetailNo":"a-2","chargeCode":"02",'
    '"name":"X 光 \\"胸部\\" \\u7247","unit":"次","number":2,"std":"25.00","amt":"50.00"}]}'
)
AGENCIES = (
    ("finance", "示例省财政厅", "11460000MB1A00011Q", ("finance",)),
    ("health", "示例省卫生健康委员会", "11460000MB1A00021R", ("health",)),
    ("hospital", "示例省人民医院", "12460000408200012P", ("hospital",)),
    ("insurer", "示例省医疗保障局", "11460000MB1A00031T", ("insurer",)),
)


def signing_key(name: str) -> SigningKey:
    """Return the test key of a name; `hospital/validator` for instance."""
    return SigningKey(hashlib.sha256(f"test key {name}".encode()).digest())


@cache
def genesis_file(name: str = "示例省票链") -> bytes:
    """Return the genesis file of the test chain."""
    agencies = [
        (agency_id, _agency(agency_id, title, uscc, roles, index))
        for index, (agency_id, title, uscc, roles) in enumerate(AGENCIES)
    ]
    return write_genesis(
        name=name,
        time_ms=TIME_MS,
        parameters=Parameters(),
        agencies=agencies,
        validators=[agency_id for agency_id, *_ in AGENCIES],
    )


def _agency(agency_id: str, title: str, uscc: str, roles: tuple[str, ...], index: int) -> Agency:
    certificates = (AgencyCertificate(b"0\x00"),)
    return Agency(title, uscc, roles, index, certificates, ACTIVE, False, _keys(agency_id))


def _keys(agency_id: str) -> tuple[AgencyKey, ...]:
    publics = {
        purpose: signing_key(f"{agency_id}/{purpose}").public_key
        for purpose in ("node", "validator", "desk")
    }
    return tuple(
        AgencyKey(key_id(public), purpose, 1, public) for purpose, public in publics.items()
    )


def sample_bill(text: str = TEXT, number: int = NUMBER, **changes: Any) -> Bill:
    """Return the leaf of the bill over `text`."""
    fields: dict[str, Any] = {
        "issuer": "hospital",
        "place": "460000001",
        "kind": "01",
        "business_number": "V-0007" if number == NUMBER else f"V-{number:04}",
        "check_code": "a1b2c3",
        "time_ms": TIME_MS + 50,
        "amounts": Amounts(8202, 5000, 0, 1200, 2002),
        "document": DocumentReference(
            commitment(leaves_of(text.encode()), SEED), hashlib.sha256(b"sealed").digest(), 30
        ),
        "holder_key": signing_key(f"holder {number}").public_key,
        "height": 1,
        "transaction_index": 0,
        "operation_index": number,
        "range_first": 1,
        "key_id": key_id(signing_key("hospital/desk").public_key),
        "validity": 0,
    }
    return Bill(**{**fields, **changes})


def red_bill() -> Bill:
    """Return a red bill: the exact negative of the sample, with its details."""
    blue = sample_bill().amounts
    amounts = Amounts(-blue.total, -blue.fund, -blue.other, -blue.account, -blue.own)
    return sample_bill(amounts=amounts, validity=2, counterpart=BillName(CODE, 6))


def lived_bill() -> Bill:
    """Return a reversed bill that was on paper, claimed, settled, booked, archived and moved."""
    settlement = Settlement("insurer", 1, 300, "S-1", TIME_MS + 60, False)
    return sample_bill(
        validity=1,
        counterpart=BillName(CODE, 8),
        replaces=BillName(CODE, 5),
        replaced_by=BillName(CODE, 9),
        order="o-7",
        moved_holder_key=bytes([9]) * 32,
        paper=Paper(1, "P-01", "0017", TIME_MS + 60, 2),
        claim=Claim(
            Lock("insurer", 2, "reimbursement", 100, TIME_MS + 900), (settlement, settlement)
        ),
        books=Books((Booking("insurer", 20260922, 600),) * 2, "hospital", 2056),
    )


@dataclass(frozen=True, slots=True)
class SampleChain:
    """One certified height and what proves its state."""

    genesis: Genesis
    values: dict[bytes, bytes]
    records: dict[bytes, bytes]
    root: trie.Node | None
    header: Header
    certificate: CommitCertificate
    changes: tuple[ValidatorChange, ...] = ()

    @property
    def certified(self) -> Certified:
        """The header, and why it is believed."""
        certificate = certificates.encode(self.certificate)
        header = encode_header(self.header)
        return Certified(self.genesis.chain, header, certificate, self.changes)

    def fact(self, key: bytes) -> PortableReceipt:
        """Return the receipt of any key, present or absent."""
        value = self.values.get(key)
        name = Base64Url(key)
        fact = NoLeafFact(name) if value is None else LeafFact(name)
        return build_receipt(fact, self.prove(key), value=value, certified=self.certified)

    def prove(self, key: bytes) -> trie.Proof:
        """Return the proof of presence or absence of a key."""
        return trie.prove(self.records.get, self.values.get, self.root, key)


@cache
def sample_chain(bills: int = 40) -> SampleChain:
    """Return a chain at height 3 with `bills` bills under one code."""
    genesis = read_genesis(genesis_file())
    values = {key: encode(leaf) for key, leaf in genesis_leaves(genesis).items()}
    for number in range(1, bills + 1):
        values[bill_key(CODE, number)] = encode(sample_bill(number=number))
    return certified(values)


def certified(values: dict[bytes, bytes], **header_changes: Any) -> SampleChain:
    """Return a chain whose state is exactly `values`."""
    genesis = read_genesis(genesis_file())
    root, records = trie.update({}.get, None, values)
    validators = validator_set_hash(genesis.validators)
    fields: dict[str, Any] = {
        "version": 1,
        "suite": 1,
        "chain": genesis.chain,
        "height": 3,
        "parent_hash": bytes([2]) * 32,
        "time_ms": TIME_MS + 1000,
        "proposer": "finance",
        "transactions_root": bytes([3]) * 32,
        "receipts_root": bytes([4]) * 32,
        "state_root": trie.state_root_of(root),
        "validators_hash": validators,
        "next_validators_hash": validators,
        "parent_certificate_hash": ZERO_HASH,
    }
    header = Header(**{**fields, **header_changes})
    certificate = certify(header, ("finance", "hospital", "insurer"))
    return SampleChain(genesis, values, records, root, header, certificate)


def certify(
    header: Header,
    signers: tuple[str, ...],
    *,
    round_: int = 0,
    height: int | None = None,
    chain: bytes | None = None,
) -> CommitCertificate:
    """Return a certificate over a header by some agencies, by default of the header's chain."""
    order = [agency_id for agency_id, *_ in AGENCIES]
    bare = CommitCertificate(
        header.height if height is None else height,
        round_,
        header_hash(encode_header(header)),
        (),
    )
    signed = certificates.signed_bytes(bare, chain or header.chain)
    seals = tuple(
        (order.index(signer), signing_key(f"{signer}/validator").sign(signed)) for signer in signers
    )
    return CommitCertificate(bare.height, bare.round, bare.hash, seals)


def sample_receipt(
    chain: SampleChain | None = None,
    *,
    number: int = NUMBER,
    details: Details | None = None,
) -> PortableReceipt:
    """Return the receipt of a bill, or of its absence."""
    chain = chain or sample_chain()
    key = bill_key(CODE, number)
    value = chain.values.get(key)
    return build_receipt(
        NoBillFact(CODE, number) if value is None else BillFact(CODE, number),
        chain.prove(key),
        value=value,
        certified=chain.certified,
        details=details,
    )


def whole_text(text: str = TEXT) -> Details:
    """Return details that show everything."""
    return details_of_text(text, SEED)


def some_lines(*indices: int, text: str = TEXT) -> Details:
    """Return details that show some leaves."""
    leaves = leaves_of(text.encode())
    return details_of_lines([open_leaf(leaves, SEED, index) for index in indices])
