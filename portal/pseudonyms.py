"""What stands for a person in the portal's files: keyed hashes.

Rule: an id number, a phone or a check code is never stored, logged or put in a URL; only the
holder of the portal key can compute what stands for it. A patient's pseudonym is the node's:
HMAC(portal key, id number); the others carry a label so that none ever stands for another.
"""

from primitives.hashing import keyed_hash


class Pseudonyms:
    """Computes them all.

    Args:
        portal_key: 32 bytes, shared with the agency's own node.
    """

    def __init__(self, portal_key: bytes) -> None:
        self._key = portal_key

    def patient(self, resident_id: str) -> bytes:
        """Return what the node's event stream calls this patient."""
        return keyed_hash(self._key, resident_id.encode())

    def phone(self, phone: str) -> bytes:
        """Return what stands for a phone number."""
        return keyed_hash(self._key, b"piaolian portal phone\x00" + phone.encode())

    def check_code(self, code: str, number: str, check_code: str) -> bytes:
        """Return what stands for a bill's check code; differs from bill to bill."""
        text = f"{code}/{number}/{check_code}"
        return keyed_hash(self._key, b"piaolian portal check code\x00" + text.encode())

    def bill(self, code: str, number: str) -> bytes:
        """Return what stands for a bill in the counts of checks."""
        text = f"{code}/{number}"
        return keyed_hash(self._key, b"piaolian portal bill\x00" + text.encode())

    def address(self, address: str) -> bytes:
        """Return what stands for a network address in a limit."""
        return keyed_hash(self._key, b"piaolian portal address\x00" + address.encode())
