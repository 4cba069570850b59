"""The agency's private keys at work: votes by the key that a height names, transactions by purpose.

Rule: which validator key counts is the chain's word, never the file's name. A key that was made
while the node ran is found the first time it is asked for.
"""

from collections.abc import Sequence
from pathlib import Path

from ledger.agencies import DESK, PROVIDER
from node.keys import AgencyKeys, load_keys
from primitives.errors import Refused
from primitives.signing import Signed, SigningKey


class FileSigner:
    """The port `Signer` over keys from files.

    Args:
        keys: as they were read at the start.
        directory: where they lie; read again when a vote needs a key that is not among them.
    """

    def __init__(self, keys: AgencyKeys, directory: Path) -> None:
        self._directory = directory
        self._votes = {key.public_key: key for key in keys.validators()}
        self._transactions = {DESK: keys.desk}
        if keys.provider is not None:
            self._transactions[PROVIDER] = keys.provider

    @property
    def validator_public_keys(self) -> Sequence[bytes]:
        """The keys whose signatures are votes or will be: the present one, and the next."""
        return tuple(self._votes)

    def holds_validator_key(self, public_key: bytes) -> bool:
        """Tell whether votes can be signed that count under `public_key`.

        Raises:
            NodeFault: a key file that is read anew is malformed or readable by others.
        """
        if public_key not in self._votes:
            found = load_keys(self._directory).validators()
            self._votes |= {key.public_key: key for key in found}
        return public_key in self._votes

    def sign_vote(self, kind: Signed, message: bytes, public_key: bytes) -> bytes:
        """Return a validator key's signature; `holds_validator_key` was asked before."""
        assert Signed.PROPOSAL <= kind <= Signed.ROUND_CHANGE or kind > Signed.TRANSACTION
        return self._votes[public_key].sign(message)

    def public_key(self, purpose: str) -> bytes:
        """Return the key whose signatures are transactions of a purpose.

        Raises:
            Refused: `key.not_held`.
        """
        return self._of(purpose).public_key

    def sign_transaction(self, message: bytes, purpose: str) -> bytes:
        """Return the signature of the key of a purpose.

        Raises:
            Refused: `key.not_held`.
        """
        return self._of(purpose).sign(message)

    def _of(self, purpose: str) -> SigningKey:
        key = self._transactions.get(purpose)
        if key is None:
            raise Refused("key.not_held", f"this node holds no {purpose} key", "purpose")
        return key
