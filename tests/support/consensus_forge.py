"""Makes any signed consensus message, honest or not."""

from consensus.certificate import CommitCertificate, PreparedCertificate
from consensus.messages import (
    UNSIGNED,
    Commit,
    Prepare,
    Proposal,
    RoundChange,
    RoundChangeSeal,
)
from primitives.hashing import ZERO_HASH
from tests.support.consensus_blocks import Block
from tests.support.consensus_keys import Keyring


class Forge:
    """Signs what a test wants, as whom it wants, at one height.

    Args:
        keys: of all validators.
        height: of all messages.
    """

    def __init__(self, keys: Keyring, height: int = 1) -> None:
        self.keys = keys
        self.height = height

    def proposal(
        self,
        signer: int,
        round_: int,
        block: Block,
        *,
        changes: tuple[RoundChange, ...] = (),
        lock: PreparedCertificate | None = None,
    ) -> Proposal:
        """Return a proposal justified by `changes` and `lock`."""
        bare = tuple(
            RoundChangeSeal(c.signer, c.prepared_round_plus_1, c.prepared_hash, c.signature)
            for c in changes
        )
        message = Proposal(
            signer, self.height, round_, block.header, block.body, bare, lock, UNSIGNED
        )
        signed = self.keys.sign(self.keys.names[signer], message)
        assert isinstance(signed, Proposal)
        return signed

    def prepare(self, signer: int, round_: int, block: Block) -> Prepare:
        """Return a Prepare."""
        message = Prepare(signer, self.height, round_, block.hash, UNSIGNED)
        signed = self.keys.sign(self.keys.names[signer], message)
        assert isinstance(signed, Prepare)
        return signed

    def commit(self, signer: int, round_: int, block: Block) -> Commit:
        """Return a Commit."""
        message = Commit(signer, self.height, round_, block.hash, UNSIGNED)
        signed = self.keys.sign(self.keys.names[signer], message)
        assert isinstance(signed, Commit)
        return signed

    def lock(
        self, round_: int, block: Block, signers: tuple[int, ...] = (1, 2, 3)
    ) -> PreparedCertificate:
        """Return a prepared certificate by some signers."""
        seals = tuple((i, self.prepare(i, round_, block).signature) for i in signers)
        return PreparedCertificate(self.height, round_, block.hash, seals)

    def certificate(
        self, round_: int, block: Block, signers: tuple[int, ...] = (1, 2, 3)
    ) -> CommitCertificate:
        """Return a commit certificate by some signers."""
        seals = tuple((i, self.commit(i, round_, block).signature) for i in signers)
        return CommitCertificate(self.height, round_, block.hash, seals)

    def round_change(
        self, signer: int, round_: int, lock: PreparedCertificate | None = None
    ) -> RoundChange:
        """Return a round change that claims `lock` and carries it."""
        message = RoundChange(
            signer,
            self.height,
            round_,
            0 if lock is None else lock.round + 1,
            ZERO_HASH if lock is None else lock.hash,
            lock,
            UNSIGNED,
        )
        signed = self.keys.sign(self.keys.names[signer], message)
        assert isinstance(signed, RoundChange)
        return signed

    def round_changes(
        self, round_: int, signers: tuple[int, ...], lock: PreparedCertificate | None = None
    ) -> tuple[RoundChange, ...]:
        """Return the same round change by several signers."""
        return tuple(self.round_change(signer, round_, lock) for signer in signers)
