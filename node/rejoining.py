"""A validator's way back to signing after a start.

Rule: before its first signature a validator asks all others for the highest vote of its own that
they hold, and waits for f + 1 answers or twice the round timeout. A vote that its log does not
know, a damaged log, or a key that another store used means quarantine: `sign_from` is on record
before a socket opens, and becomes H + 3 once a quorum of others has proved its height. A proof
counts when it reaches the height of the member's hello: sync shows certificates of far lower ones.
It is believed only where the validators of its height are known, so a node that is behind syncs
first, and whoever votes by then is asked.
Source: consensus rules §2.10.
"""

import asyncio
from typing import Final

from consensus import messages
from consensus.messages import (
    GetCertificates,
    GetVoteOfMine,
    SignedMessage,
    VoteOfYours,
    sign_bytes,
)
from consensus.recovery import SIGN_FROM_UNKNOWN, Quarantine, is_lost_vote
from consensus.sign_bytes import status_answer_bytes
from consensus.validators import ValidatorSet
from node.ground import Ground
from node.peers import Peers
from node.voter import Voter
from node.wire import Priority, consensus_frame
from primitives.errors import PeerFault
from primitives.hashing import ZERO_HASH, plain_hash
from primitives.signing import verify

ASK_AGAIN_S: Final = 0.5


class Rejoining:
    """Decides when this validator may sign.

    Args:
        ground: state, entropy, journal.
        peers: who is asked.
        voter: who is held back.
    """

    def __init__(self, ground: Ground, peers: Peers, voter: Voter) -> None:
        self._ground = ground
        self._peers = peers
        self._voter = voter
        self._nonce = ground.world.entropy.random_bytes(16)
        self._answers: dict[str, None] = {}
        self._answered = asyncio.Event()
        self._quarantine: Quarantine | None = None
        self._asked: ValidatorSet | None = None
        self._greeted: dict[str, int] = {}
        """The height of each member's last hello: what it must prove; later claims may be lower."""
        if voter.guard.sign_from == SIGN_FROM_UNKNOWN:
            self._begin_quarantine()

    def connected(self, agency: str) -> None:
        """A link is up: ask what it holds of us."""
        self._greeted[agency] = self._peers.claimed(agency)
        self._ask(agency)

    def _ask(self, agency: str) -> None:
        question = GetVoteOfMine(self._nonce)
        self._peers.send(agency, consensus_frame(question), Priority.CONSENSUS)

    def answered(self, agency: str, answer: VoteOfYours) -> None:
        """Take a member's answer.

        Raises:
            PeerFault: it answers another question, or its signature is not good.
        """
        tip = self._ground.committed.tip
        validators = self._ground.committed.validators(tip.height + 1)
        index = validators.index_of(agency)
        if index is None:
            return
        if answer.nonce != self._nonce:
            raise PeerFault("rejoining.wrong_nonce", "an answer to another question")
        hash_ = plain_hash(answer.vote) if answer.vote else ZERO_HASH
        signed = status_answer_bytes(tip.chain, answer.nonce, hash_)
        if not verify(validators[index].public_key, signed, answer.signature):
            if self._peers.claimed(agency) > tip.height + 1:
                return  # it may vote with a key by now that is not known here yet
            raise PeerFault("consensus.bad_signature", "its answer is not signed by it")
        if answer.vote:
            self._take_vote(answer.vote)
        self._answers[agency] = None
        if len(self._answers) >= validators.weak:
            self._answered.set()

    def proved(self, agency: str, height: int) -> None:
        """A member has shown a certificate of a height, verified with the set of that height."""
        greeted = self._greeted.get(agency)
        if self._quarantine is None or greeted is None or height < greeted:
            return
        self._quarantine.prove(agency, height)
        sign_from = self._quarantine.sign_from()
        if sign_from is not None:
            self._quarantine = None
            self._voter.quarantine(sign_from)
            self._ground.world.journal.event("votes.quarantine_known", sign_from=sign_from)

    async def wait(self) -> None:
        """Return when the first signature may be made."""
        parameters = self._ground.committed.parameters
        asking = self._ground.tasks.spawn("ask for votes of mine", self._ask_again())
        try:
            async with asyncio.timeout(2 * parameters.round_timeout_ms / 1000):
                await self._answered.wait()
        except TimeoutError:
            self._ground.world.journal.event("votes.unanswered", count=len(self._answers))
        finally:
            asking.cancel()

    async def run(self) -> None:
        """Ask for proofs of height as long as the quarantine has no end."""
        while True:
            self._follow_set()
            if self._quarantine is not None:
                self._ask_for_heights()
            await asyncio.sleep(2 * ASK_AGAIN_S)

    async def _ask_again(self) -> None:
        while True:
            await asyncio.sleep(ASK_AGAIN_S)
            for agency in self._peers.connected():
                if agency not in self._answers:
                    self._ask(agency)

    def _ask_for_heights(self) -> None:
        for agency in self._peers.connected():
            height = self._greeted.get(agency)
            if height is None:
                continue
            if height == 0:
                self.proved(agency, 0)
            else:
                frame = consensus_frame(GetCertificates(height, 1))
                self._peers.send(agency, frame, Priority.CONSENSUS)

    def _take_vote(self, data: bytes) -> None:
        """Judge a vote under our key that somebody else holds.

        Raises:
            PeerFault: it is no vote, or not ours.
        """
        vote = messages.decode(data)
        if not isinstance(vote, SignedMessage):
            raise PeerFault("rejoining.no_vote", "it tells something else than a vote")
        committed = self._ground.committed
        if vote.height <= committed.tip.height:
            return  # what is decided binds nobody any more
        signed, signer = sign_bytes(vote, committed.tip.chain), self._ground.world.signer
        if not any(verify(key, signed, vote.signature) for key in signer.validator_public_keys):
            raise PeerFault("consensus.bad_signature", "that vote is not ours")
        if is_lost_vote(vote, self._voter.guard, committed.tip.height):
            self._ground.world.journal.event(
                "votes.lost", height=vote.height, round=vote.round, reason="a peer holds more"
            )
            self._begin_quarantine()

    def _follow_set(self) -> None:
        """Let the quarantine ask those who vote by now; a member that got its vote asks as well."""
        if self._voter.guard.sign_from == SIGN_FROM_UNKNOWN:
            committed = self._ground.committed
            if committed.validators(committed.tip.height + 1) is not self._asked:
                self._quarantine = None
            self._begin_quarantine()

    def _begin_quarantine(self) -> None:
        if self._quarantine is not None:
            return
        committed = self._ground.committed
        validators = committed.validators(committed.tip.height + 1)
        index = validators.index_of(self._ground.agency)
        if index is None:
            return
        self._quarantine = Quarantine(validators, index)
        self._asked = validators
        if self._voter.guard.sign_from != SIGN_FROM_UNKNOWN:
            self._voter.quarantine(SIGN_FROM_UNKNOWN)
