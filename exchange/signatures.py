"""Who stands for a document: the issuing unit's signature and finance's endorsement.

Rule: the unit signs SHA-256 of the bytes of Header and EInvoiceData as they stand in the
document, under a domain and the chain id. Finance signs the root of all faces (票面) of a block and
the bills it withholds; its element carries the Merkle path from this bill's face to that root, so
that a document with its face proves its endorsement without the chain.
Source: RFC 8032 for Ed25519, RFC 6962 for the path; `ledger.faces` for the root and
`ledger.endorsement` for what finance signs.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from exchange.national_form import DATA, HEADER
from exchange.xml_form import Value, fragment, rows, text
from ledger.bills import Face
from ledger.endorsement import Withheld, endorsement_message
from primitives.codec import encode
from primitives.errors import PeerFault, Refused
from primitives.hashing import FACES_ROOT, HASH_SIZE, tagged_hash
from primitives.merkle import leaf_hash, root_from_inclusion
from primitives.signing import KEY_ID_SIZE, SIGNATURE_SIZE, Signed, key_id, signing_prefix, verify

ALGORITHM: Final = "Ed25519"
_CODE: Final = re.compile(r"[0-9]{8}", re.ASCII)
_NUMBER: Final = re.compile(r"(?!0{10})[0-9]{10}", re.ASCII)
_REASON: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_UNIT: Final = "InvoicingPartySignature"
_SUPERVISOR: Final = "SupervisorSignature"


@dataclass(frozen=True, slots=True)
class UnitSignature:
    """The issuing unit's signature (InvoicingPartySignature)."""

    key_id: bytes
    """The 8 bytes that name the unit's key."""
    signature: bytes
    """64 bytes."""


@dataclass(frozen=True, slots=True)
class Endorsement:
    """Finance's endorsement (SupervisorSignature) and this bill's place in it."""

    key_id: bytes
    """The 8 bytes that name finance's key."""
    signature: bytes
    """64 bytes, over `ledger.endorsement.endorsement_message`."""
    height: int
    """The block that issued the bill."""
    faces_root: bytes
    """Finished root of the block's faces, as in the ledger's leaf."""
    index: int
    """Place of this bill's face among them."""
    count: int
    """How many there are."""
    path: tuple[bytes, ...]
    """RFC 6962 siblings from the face up."""
    withheld: tuple[Withheld, ...] = ()
    """The block's bills that finance does not endorse, ascending."""


def signed_bytes(chain: bytes, values: Mapping[str, Value]) -> bytes:
    """Return what the unit signs of a document's Header and EInvoiceData.

    Args:
        chain: chain id, 32 bytes.
        values: the document's elements.
    """
    body = fragment(HEADER, values["Header"]) + fragment(DATA, values["EInvoiceData"])
    return signing_prefix(Signed.ORIGINAL, chain) + sha256(body).digest()


def sign_values(
    chain: bytes, values: Mapping[str, Value], public_key: bytes, sign: Callable[[bytes], bytes]
) -> UnitSignature:
    """Return the unit's signature over a document's elements."""
    return UnitSignature(key_id(public_key), sign(signed_bytes(chain, values)))


def verify_unit(
    chain: bytes, values: Mapping[str, Value], signature: UnitSignature, public_key: bytes
) -> bool:
    """Tell whether a signature is that key's over a document's elements."""
    return signature.key_id == key_id(public_key) and verify(
        public_key, signed_bytes(chain, values), signature.signature
    )


def verify_endorsement(
    endorsement: Endorsement, chain: bytes, face: Face, public_key: bytes
) -> bool:
    """Tell whether finance endorsed this face and did not withhold it.

    Args:
        endorsement: as the document carries it.
        chain: chain id, 32 bytes.
        face: of this bill, as the ledger has it.
        public_key: finance's.
    """
    count, root = endorsement.count, endorsement.faces_root
    try:
        inner = root_from_inclusion(
            leaf_hash(encode(face)), endorsement.index, count, endorsement.path
        )
    except PeerFault:
        return False
    withheld = {(item.code, item.number) for item in endorsement.withheld}
    message = endorsement_message(chain, endorsement.height, root, endorsement.withheld)
    return (
        tagged_hash(FACES_ROOT, count.to_bytes(8, "big"), inner) == root
        and (face.code, face.number) not in withheld
        and endorsement.key_id == key_id(public_key)
        and verify(public_key, message, endorsement.signature)
    )


def unit_element(signature: UnitSignature) -> dict[str, Value]:
    """Return the elements of the unit's signature."""
    return {
        "SignatureAlgorithm": ALGORITHM,
        "KeyId": signature.key_id.hex(),
        "SignatureValue": _base64(signature.signature),
    }


def supervisor_element(endorsement: Endorsement) -> dict[str, Value]:
    """Return the elements of finance's endorsement."""
    siblings: Sequence[Value] = [sibling.hex() for sibling in endorsement.path]
    return {
        "SignatureAlgorithm": ALGORITHM,
        "KeyId": endorsement.key_id.hex(),
        "SignatureValue": _base64(endorsement.signature),
        "BlockHeight": str(endorsement.height),
        "FacesRoot": endorsement.faces_root.hex(),
        "FaceIndex": str(endorsement.index),
        "FaceCount": str(endorsement.count),
        "FacePath": {"Sibling": siblings},
        "WithheldBills": {
            "Withheld": [
                {
                    "WithheldCode": item.code,
                    "WithheldNumber": f"{item.number:010d}",
                    "WithheldReason": item.reason,
                }
                for item in endorsement.withheld
            ]
        },
    }


def read_unit(values: Value) -> UnitSignature:
    """Read the unit's signature.

    Raises:
        Refused: `xml.wrong_value`.
    """
    _require_algorithm(values, _UNIT)
    return UnitSignature(_key_id(values, _UNIT), _signature(values, _UNIT))


def read_supervisor(values: Value) -> Endorsement:
    """Read finance's endorsement.

    Raises:
        Refused: `xml.wrong_value`.
    """
    _require_algorithm(values, _SUPERVISOR)
    assert isinstance(values, Mapping)
    path = values["FacePath"]
    assert isinstance(path, Mapping)
    return Endorsement(
        key_id=_key_id(values, _SUPERVISOR),
        signature=_signature(values, _SUPERVISOR),
        height=_whole(values, "BlockHeight"),
        faces_root=_hash(text(values, "FacesRoot"), "FacesRoot"),
        index=_whole(values, "FaceIndex"),
        count=_whole(values, "FaceCount"),
        path=tuple(_hash(str(sibling), "FacePath/Sibling") for sibling in path["Sibling"]),
        withheld=tuple(_withheld(row) for row in rows(values, "WithheldBills", "Withheld")),
    )


def _withheld(row: Value) -> Withheld:
    code, number = text(row, "WithheldCode"), text(row, "WithheldNumber")
    reason = text(row, "WithheldReason")
    for name, pattern, value in (
        ("WithheldCode", _CODE, code),
        ("WithheldNumber", _NUMBER, number),
        ("WithheldReason", _REASON, reason),
    ):
        if not pattern.fullmatch(value):
            place = f"{_SUPERVISOR}/WithheldBills/{name}"
            raise Refused("xml.wrong_value", "not in the form of the ledger", place)
    return Withheld(code, int(number), reason)


def _require_algorithm(values: Value, place: str) -> None:
    if text(values, "SignatureAlgorithm") != ALGORITHM:
        raise Refused("xml.wrong_value", f"expected {ALGORITHM}", f"{place}/SignatureAlgorithm")


def _key_id(values: Value, place: str) -> bytes:
    return _hex(text(values, "KeyId"), KEY_ID_SIZE, f"{place}/KeyId")


def _hash(value: str, name: str) -> bytes:
    return _hex(value, HASH_SIZE, f"{_SUPERVISOR}/{name}")


def _hex(value: str, size: int, place: str) -> bytes:
    if not re.fullmatch(f"[0-9a-f]{{{2 * size}}}", value):
        raise Refused("xml.wrong_value", f"{size} bytes in lower-case hexadecimal digits", place)
    return bytes.fromhex(value)


def _whole(values: Value, name: str) -> int:
    value = text(values, name)
    if not _WHOLE.fullmatch(value):
        raise Refused("xml.wrong_value", "expected a count", f"{_SUPERVISOR}/{name}")
    return int(value)


def _signature(values: Value, place: str) -> bytes:
    value = text(values, "SignatureValue")
    try:
        signature = urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (Base64Error, ValueError):
        signature = b""
    if len(signature) != SIGNATURE_SIZE or _base64(signature) != value:
        raise Refused(
            "xml.wrong_value", "64 bytes in base64url without padding", f"{place}/SignatureValue"
        )
    return signature


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
