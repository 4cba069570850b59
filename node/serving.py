"""Answers to the questions of peers, out of the store and the votes seen.

Rule: an answer never costs the asker's budget twice, and never more than a few megabytes at once.
"""

from collections.abc import Callable
from typing import Final

from consensus.certificate import decode as decode_certificate
from consensus.effects import SendDecided
from consensus.evidence import bare
from consensus.messages import (
    KIND_OF,
    Decided,
    GetBody,
    GetCertificates,
    GetVoteOfMine,
    SignedMessage,
    VoteOfYours,
)
from consensus.sign_bytes import status_answer_bytes
from ledger.transaction import Transaction
from node.bodies import Bodies
from node.ground import Ground
from node.links import Session
from node.peers import Peers
from node.start import takes_up_key
from node.wire import (
    BlocksEnd,
    FinalBlock,
    GetBlocks,
    GetTransactions,
    Kind,
    Priority,
    consensus_frame,
    encode_frame,
    split_transactions,
)
from primitives import codec
from primitives.hashing import ZERO_HASH, plain_hash
from primitives.signing import Signed

BLOCKS_BYTES_MAX: Final = 8 * 1024 * 1024
"""Most bytes of one answer to GetBlocks."""
ANSWER_COST_BYTES: Final = 16 * 1024
SIGNED_ANSWER_COST_BYTES: Final = 1024 * 1024
"""What small answers cost of the asker's budget: they cost us more than their bytes."""


class Serving:
    """One node's answers.

    Args:
        ground: store and signer.
        peers: the links.
        bodies: blocks under judgement.
        find: returns a transaction by hash, when it waits here.
    """

    def __init__(
        self,
        ground: Ground,
        peers: Peers,
        bodies: Bodies,
        find: Callable[[bytes], Transaction | None],
    ) -> None:
        self._ground = ground
        self._peers = peers
        self._bodies = bodies
        self._find = find
        self._highest: dict[str, SignedMessage] = {}

    def note_vote(self, signer: str, message: SignedMessage) -> None:
        """Remember the highest vote of each validator, bare, to tell it after it lost its log."""
        held = self._highest.get(signer)
        if held is None or _order(message) > _order(held):
            self._highest[signer] = bare(message)

    def question(
        self, session: Session, question: GetBody | GetCertificates | GetVoteOfMine
    ) -> None:
        """Answer a question of consensus."""
        match question:
            case GetBody():
                found = self._bodies.serve(question)
                if found is not None and session.served.allows(len(found.body)):
                    session.outbox.put(consensus_frame(found), Priority.BLOCKS)
            case GetCertificates() if session.served.allows(question.count * ANSWER_COST_BYTES):
                for height in range(question.first, question.first + question.count):
                    if not self.decided(SendDecided(height, session.agency)):
                        break
            case GetVoteOfMine() if session.served.allows(SIGNED_ANSWER_COST_BYTES):
                self._vote_of_yours(session, question)
            case _:  # the asker's budget is spent
                return

    def decided(self, effect: SendDecided) -> bool:
        """Send header and certificate of a final block; False when it is not here."""
        store = self._ground.store
        header, certificate = store.header(effect.height), store.certificate(effect.height)
        if header is None or certificate is None:
            return False
        message = Decided(header, decode_certificate(certificate))
        self._peers.send(effect.to, consensus_frame(message), Priority.CONSENSUS)
        return True

    def transactions(self, session: Session, question: GetTransactions) -> None:
        """Send the transactions that are asked for and wait here."""
        found = [self._find(hash_) for hash_ in question.hashes]
        data = [transaction.data for transaction in found if transaction is not None]
        if session.served.allows(sum(map(len, data))):
            for frame in split_transactions(data):
                session.outbox.put(frame, Priority.BLOCKS)

    def blocks(self, session: Session, question: GetBlocks) -> None:
        """Send final blocks in order, as many as fit one answer."""
        store = self._ground.store
        last = store.last.height
        height, size = question.first, 0
        while height < question.first + question.count and 0 < height <= last:
            block = self._final_block(height)
            if block is None or size > BLOCKS_BYTES_MAX or not session.served.allows(len(block)):
                break
            session.outbox.put(block, Priority.BLOCKS)
            size += len(block)
            height += 1
        end = BlocksEnd(next=height, height=last)
        session.outbox.put(encode_frame(Kind.BLOCKS_END, end), Priority.BLOCKS)

    def _final_block(self, height: int) -> bytes | None:
        store = self._ground.store
        header, certificate = store.header(height), store.certificate(height)
        if header is None or certificate is None:
            return None
        body = store.body(height, decode_certificate(certificate).hash)
        if body is None:
            return None
        return encode_frame(Kind.BLOCK, FinalBlock(height, header, certificate, body))

    def _vote_of_yours(self, session: Session, question: GetVoteOfMine) -> None:
        """Tell a starting validator the highest vote of it that was seen here, signed."""
        ground = self._ground
        validators = ground.committed.validators(ground.committed.tip.height + 1)
        index = validators.index_of(ground.agency)
        signer = ground.world.signer
        if index is None or not takes_up_key(ground, validators[index].public_key):
            return  # only a validator's word counts
        held = self._highest.get(session.agency)
        vote = b"" if held is None else codec.encode(held)
        hash_ = ZERO_HASH if held is None else plain_hash(vote)
        signed = status_answer_bytes(ground.committed.tip.chain, question.nonce, hash_)
        signature = signer.sign_vote(Signed.STATUS_ANSWER, signed, validators[index].public_key)
        answer = VoteOfYours(question.nonce, vote, signature)
        session.outbox.put(consensus_frame(answer), Priority.CONSENSUS)


def _order(message: SignedMessage) -> tuple[int, int, int]:
    return message.height, message.round, int(KIND_OF[type(message)])
