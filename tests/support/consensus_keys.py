"""Keys for consensus tests: an unforgeable registry by default, real Ed25519 on demand."""

import hashlib
import hmac

import msgspec

from consensus.messages import SignedMessage, sign_bytes
from consensus.validators import Validator, ValidatorSet
from primitives import signing

CHAIN = hashlib.sha256(b"a chain for consensus tests").digest()
NAMES = ("anna", "bert", "cora", "dora", "emil", "fred", "gina", "hans", "ines", "jens")


class Keyring:
    """Signs for every validator; a signature is valid only if it was made here.

    Args:
        n: how many validators there are.
        is_real: whether to use Ed25519 instead of keyed hashes.
    """

    def __init__(self, n: int = 4, *, is_real: bool = False) -> None:
        self.names = NAMES[:n] if n <= len(NAMES) else tuple(f"node-{i}" for i in range(n))
        self._seeds = {a: hashlib.sha256(a.encode()).digest() for a in (*self.names, "stranger")}
        self._real = (
            {a: signing.SigningKey(seed) for a, seed in self._seeds.items()} if is_real else {}
        )
        self._by_key = {self.public_key(agency): agency for agency in self._seeds}
        self.validators = self.validator_set(self.names)

    def public_key(self, agency: str) -> bytes:
        """Return an agency's public key."""
        if self._real:
            return self._real[agency].public_key
        return hashlib.sha256(b"public" + self._seeds[agency]).digest()

    def validator_set(self, names: tuple[str, ...]) -> ValidatorSet:
        """Return a set of some agencies, in the order given."""
        return ValidatorSet(tuple(Validator(a, 1, self.public_key(a)) for a in names))

    def sign_bytes(self, agency: str, data: bytes) -> bytes:
        """Return an agency's signature over bytes."""
        if self._real:
            return self._real[agency].sign(data)
        return hashlib.blake2b(data, key=self._seeds[agency], digest_size=64).digest()

    def sign(self, agency: str, message: SignedMessage) -> SignedMessage:
        """Return a message with its signature."""
        signature = self.sign_bytes(agency, sign_bytes(message, CHAIN))
        return msgspec.structs.replace(message, signature=signature)

    def verify(self, public_key: bytes, data: bytes, signature: bytes) -> bool:
        """Tell whether a signature is the key's."""
        if self._real:
            return signing.verify(public_key, data, signature)
        agency = self._by_key.get(public_key)
        return agency is not None and hmac.compare_digest(self.sign_bytes(agency, data), signature)
