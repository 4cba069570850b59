"""Bills for the tests of the outside formats: real lines of the hospital's day, blue and red."""

import json
from collections.abc import Sequence
from dataclasses import replace

from exchange.bill import ExchangeBill, issue_date, issue_time
from exchange.signatures import Endorsement
from ledger.bills import Amounts, BillName, DocumentReference, Face
from ledger.endorsement import Withheld, endorsement_message
from primitives import merkle
from primitives.codec import encode
from primitives.hashing import FACES_ROOT, tagged_hash
from primitives.signing import SigningKey, key_id
from primitives.units import parse_fen
from tests.support.his_lines import encoded, good_line

CHAIN = bytes(range(32))
UNIT_KEY = SigningKey(b"\x01" * 32)
FINANCE_KEY = SigningKey(b"\x02" * 32)
ISSUED_MS = 1_790_000_123_000


def bill_of_line(line: bytes, number: int = 1) -> ExchangeBill:
    """Return the blue bill that was issued for a line."""
    fields = json.loads(line)
    kind = {"01": "02", "02": "01", "03": "03", "06": "04"}[fields["busType"]]
    return ExchangeBill(
        code=f"4606{kind}26",
        number=number,
        check_code="22d0f1",
        time_ms=ISSUED_MS + 61_000 * number,
        issuer="hospital",
        issuer_name="澄迈县人民医院",
        issuer_uscc="12320900E875065319",
        place=fields["placeCode"],
        business_number=fields["busNo"],
        total_fen=parse_fen(fields["totalAmt"], ""),
        fund_fen=parse_fen(fields["fundPay"], ""),
        other_fen=parse_fen(fields["otherfundPay"], ""),
        account_fen=parse_fen(fields["accountPay"], ""),
        own_fen=parse_fen(fields["ownPay"], ""),
        details=line,
        supervisor_name="海南省财政厅",
        area_code="460000",
    )


def good_bill() -> ExchangeBill:
    """Return an inpatient's blue bill."""
    return bill_of_line(encoded(good_line()))


def red_bill(blue: ExchangeBill, number: int = 900) -> ExchangeBill:
    """Return the red bill that takes a blue one back."""
    return replace(
        blue,
        number=number,
        check_code="9c0a11",
        total_fen=-blue.total_fen,
        fund_fen=-blue.fund_fen,
        other_fen=-blue.other_fen,
        account_fen=-blue.account_fen,
        own_fen=-blue.own_fen,
        related_code=blue.code,
        related_number=blue.number,
    )


def face_of(bill: ExchangeBill) -> dict[str, str]:
    """Return the few plain values that the second writer asks for."""
    face = {
        "code": bill.code,
        "number": f"{bill.number:010d}",
        "check": bill.check_code,
        "date": issue_date(bill.time_ms),
        "time": issue_time(bill.time_ms),
        "uscc": bill.issuer_uscc,
        "unit": bill.issuer_name,
        "supervisor": bill.supervisor_name,
        "area": bill.area_code,
    }
    if bill.is_red:
        face |= {"blue_code": bill.related_code, "blue_number": f"{bill.related_number:010d}"}
    return face


def face_on_chain(bill: ExchangeBill) -> Face:
    """Return the face that the ledger has of a bill."""
    return Face(
        bill.code,
        bill.number,
        bill.check_code,
        bill.kind,
        bill.issuer,
        bill.place,
        bill.business_number,
        bill.time_ms,
        Amounts(bill.total_fen, bill.fund_fen, bill.other_fen, bill.account_fen, bill.own_fen),
        DocumentReference(bytes(32), bytes(32), 30),
        UNIT_KEY.public_key,
        BillName(bill.related_code, bill.related_number) if bill.is_red else None,
    )


FACES = tuple(face_on_chain(replace(good_bill(), number=number)) for number in range(1, 6))
"""The faces of a block; the first is the good bill's."""


def endorsement_of(
    index: int, faces: Sequence[Face] = FACES, withheld: tuple[Withheld, ...] = ()
) -> Endorsement:
    """Return finance's endorsement of one face of a block."""
    leaves = [merkle.leaf_hash(encode(face)) for face in faces]
    root = tagged_hash(FACES_ROOT, len(faces).to_bytes(8, "big"), merkle.root(leaves))
    return Endorsement(
        key_id=key_id(FINANCE_KEY.public_key),
        signature=FINANCE_KEY.sign(endorsement_message(CHAIN, 7, root, withheld)),
        height=7,
        faces_root=root,
        index=index,
        count=len(faces),
        path=tuple(merkle.inclusion_proof(leaves, index)),
        withheld=withheld,
    )
