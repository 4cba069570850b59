"""Signatures checked once: of transactions until their block is final, of votes while they matter.

Rule: a verdict is kept by the whole bytes it is about, and every verdict is libsodium's. Few are
checked on the spot; a batch of 64 or more goes to the worker, for libsodium frees the interpreter.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from consensus.signatures import SignatureCheck
from ledger.checks import signature_check
from ledger.state import View
from ledger.transaction import Transaction, decode_transaction, signed_message
from node.ports import Executor
from primitives.errors import Refused
from primitives.merkle import leaf_hash
from primitives.signing import verify

BATCH_MIN: Final = 64
VOTES_KEPT: Final = 20_000
TRANSACTION_BYTES_KEPT: Final = 64 * 1024 * 1024


class TransactionVerdicts:
    """Decoded transactions whose signature is good, by the hash of their whole bytes.

    Args:
        chain: the chain id they must name.
    """

    def __init__(self, chain: bytes) -> None:
        self._chain = chain
        self._good: OrderedDict[bytes, tuple[Transaction, bytes]] = OrderedDict()
        self._size = 0

    def get(self, hash_: bytes) -> Transaction | None:
        """Return a transaction by the hash of its whole bytes, when it was seen and is good."""
        known = self._good.get(hash_)
        return None if known is None else known[0]

    def read(
        self,
        data: bytes,
        view: View,
        time_ms: int,
        before: Callable[[Transaction], None] = lambda _transaction: None,
    ) -> Transaction:
        """Decode a transaction and check its signature, unless that was done before.

        Args:
            data: the whole signed bytes.
            view: where the sender's keys stand.
            time_ms: when they must count.
            before: what can be checked more cheaply than a signature; raises what it finds.

        Raises:
            PeerFault: the bytes are no transaction.
            Refused: `transaction.*`, `agency.*` when its signature does not count.
        """
        known = self._good.get(leaf_hash(data))
        transaction = decode_transaction(data, self._chain) if known is None else known[0]
        before(transaction)
        if known is not None:
            return transaction
        check = signature_check(view, transaction, time_ms)
        if not verify(check.public_key, check.message, check.signature):
            raise Refused(
                "transaction.bad_signature", "the named key did not sign this", "signature"
            )
        self._keep(transaction, check.public_key)
        return transaction

    def is_signed(self, transaction: Transaction, public_key: bytes) -> bool:
        """Tell whether `public_key` signed it: `ledger.execution.IsSigned`."""
        known = self._good.get(transaction.hash)
        if known is not None and known[1] == public_key:
            return True
        message = signed_message(self._chain, transaction.envelope_bytes)
        if not verify(public_key, message, transaction.signature):
            return False
        self._keep(transaction, public_key)
        return True

    def forget(self, hash_: bytes) -> None:
        """Its block is final, or it will never commit."""
        known = self._good.pop(hash_, None)
        if known is not None:
            self._size -= len(known[0].data)

    def _keep(self, transaction: Transaction, public_key: bytes) -> None:
        self.forget(transaction.hash)
        self._good[transaction.hash] = (transaction, public_key)
        self._size += len(transaction.data)
        while self._size > TRANSACTION_BYTES_KEPT:
            self.forget(next(iter(self._good)))


class VoteVerdicts:
    """Verdicts on the signatures inside consensus messages.

    Args:
        executor: takes large batches.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._kept: OrderedDict[tuple[bytes, bytes, bytes], bool] = OrderedDict()

    def are_many(self, checks: Sequence[SignatureCheck]) -> bool:
        """Tell whether so many are new that the worker should check them."""
        return len(checks) >= BATCH_MIN and len(self._new(checks)) >= BATCH_MIN

    def all_good(self, checks: Sequence[SignatureCheck]) -> bool:
        """Check what is not known yet, here and now; tell whether all are good."""
        return all(
            self.is_good(check.public_key, check.signed, check.signature) for check in checks
        )

    def is_good(self, public_key: bytes, signed: bytes, signature: bytes) -> bool:
        """Tell whether one signature is good."""
        key = (public_key, signed, signature)
        verdict = self._kept.get(key)
        if verdict is None:
            verdict = verify(*key)
            self._keep(key, verdict=verdict)
        return verdict

    async def all_good_by_worker(self, checks: Sequence[SignatureCheck]) -> bool:
        """Check a large batch off the loop; tell whether all are good."""
        new = self._new(checks)
        verdicts = await self._executor.run(lambda: [verify(*key) for key in new])
        for key, verdict in zip(new, verdicts, strict=True):
            self._keep(key, verdict=verdict)
        return self.all_good(checks)

    def _new(self, checks: Sequence[SignatureCheck]) -> list[tuple[bytes, bytes, bytes]]:
        keys = ((check.public_key, check.signed, check.signature) for check in checks)
        return [key for key in keys if key not in self._kept]

    def _keep(self, key: tuple[bytes, bytes, bytes], *, verdict: bool) -> None:
        while len(self._kept) >= VOTES_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = verdict
