"""The agency's desk: puts operations into an envelope and signs it with a key of the node.

Rule: every try gets a new nonce; nothing here decides whether the operations are lawful.
"""

from collections.abc import Sequence

from ledger.agencies import DESK
from ledger.operations import Operation
from ledger.parameters import Parameters
from ledger.transaction import Envelope, Transaction, build
from node.ports import Clock, Entropy, Signer, World
from primitives.signing import key_id

LIFE_MS = 600_000
"""How long a transaction of this node may wait; short, so that a lost one is soon known as lost."""


class Desk:
    """Makes this agency's transactions.

    Args:
        chain: the chain id.
        agency: the sender.
        clock: for the expiry.
        entropy: for the nonce.
        signer: holds the keys.
        expiry_max_ms: the ledger's limit.
    """

    def __init__(
        self,
        chain: bytes,
        agency: str,
        *,
        clock: Clock,
        entropy: Entropy,
        signer: Signer,
        expiry_max_ms: int,
    ) -> None:
        self.chain = chain
        self.agency = agency
        self._clock = clock
        self._entropy = entropy
        self._signer = signer
        self._life_ms = min(LIFE_MS, expiry_max_ms)

    @property
    def public_key(self) -> bytes:
        """The desk key."""
        return self._signer.public_key(DESK)

    def sign(self, message: bytes) -> bytes:
        """Return the desk key's signature over a message that names its own domain."""
        return self._signer.sign_transaction(message, DESK)

    def transaction(self, operations: Sequence[Operation], purpose: str = DESK) -> Transaction:
        """Return a new signed transaction of `operations`.

        Args:
            operations: what is asked.
            purpose: of the key that signs: desk or provider.

        Raises:
            Refused: `transaction.too_long`, `key.not_held`.
        """
        envelope = Envelope(
            chain=self.chain,
            agency=self.agency,
            key_id=key_id(self._signer.public_key(purpose)),
            expiry_ms=self._clock.now_ms() + self._life_ms,
            operations=tuple(operations),
            acknowledgments=(),
            nonce=self._entropy.random_bytes(16),
        )
        return build(envelope, lambda message: self._signer.sign_transaction(message, purpose))


def desk_of(world: World, chain: bytes, agency: str, parameters: Parameters) -> Desk:
    """Return the desk of a node on its world."""
    return Desk(
        chain,
        agency,
        clock=world.clock,
        entropy=world.entropy,
        signer=world.signer,
        expiry_max_ms=parameters.max_expiry_ms,
    )
