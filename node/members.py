"""One other member: what is known of it, and what its faults cost.

Rule: a fault lowers the score, time raises it again; at zero the member is banned, twice as long as
the last time. What it claims is kept as a claim.
"""

from dataclasses import dataclass
from typing import Final

from node.answers import PeerStatus
from node.links import Session

SCORE_BEST: Final = 100
PENALTIES: Final = {
    "hello.wrong_chain": 100,
    "hello.wrong_protocol": 100,
    "hello.wrong_agency": 100,
    "link.wrong_key": 100,
    "frame.absurd_height": 100,
    "consensus.bad_signature": 50,
    "certificate.bad_signature": 50,
    "transaction.bad_signature": 20,
    "sync.not_served": 10,
    "link.closed": 0,
    "link.refused": 0,
    "link.timeout": 0,
}
"""Score lost by a fault; any other costs `PENALTY_OTHER`."""
PENALTY_OTHER: Final = 25
FORGIVEN_PER_S: Final = 0.2
"""Score won back in time."""
BAN_S: Final = 30.0
BAN_S_MAX: Final = 1_800.0
"""The first ban and the longest; each doubles the one before."""


@dataclass(slots=True)
class Member:
    """What is known of one other member."""

    agency: str
    """Its id."""
    address: str = ""
    """Where to call it; empty when only it calls us."""
    session: Session | None = None
    """The link in use."""
    height: int = 0
    """Claimed."""
    connected: tuple[str, ...] = ()
    """Whom it claims to be linked to."""
    score: float = SCORE_BEST
    """At zero it is banned."""
    scored_at: float = 0.0
    """Loop time of the last change of score."""
    banned_until: float = 0.0
    """Loop time."""
    call_after: float = 0.0
    """Loop time; somebody else answers at its address, so it is not called before."""
    ban_s: float = BAN_S
    """Length of the next ban."""
    reason: str = ""
    """Code of the last fault."""
    bytes_in: int = 0
    """On links that are gone."""
    bytes_out: int = 0
    """On links that are gone."""
    messages_in: int = 0
    """On links that are gone."""
    messages_out: int = 0
    """On links that are gone."""

    def lose(self, code: str, now: float) -> float:
        """Let a fault cost what it costs; return how much that was.

        Args:
            code: of the fault.
            now: loop time.
        """
        penalty = PENALTIES.get(code, PENALTY_OTHER)
        recovered = self.score + (now - self.scored_at) * FORGIVEN_PER_S
        self.score = max(0.0, min(SCORE_BEST, recovered) - penalty)
        self.scored_at = now
        if penalty > 0:
            self.reason = code
        return penalty

    def ban(self, now: float) -> float:
        """Ban it for a while; return for how many seconds.

        Where somebody else answers at its address, only the calls stop: it may still call us.
        """
        seconds = self.ban_s
        if self.reason == "link.wrong_key":
            self.call_after = now + seconds
        else:
            self.banned_until = now + seconds
        self.ban_s = min(2 * seconds, BAN_S_MAX)
        self.score = SCORE_BEST / 2
        return seconds

    def is_banned(self, now: float) -> bool:
        """Tell whether links to it are refused."""
        return self.banned_until > now

    def let_go(self) -> Session | None:
        """Forget the link in use and keep its counts; return it."""
        session, self.session = self.session, None
        if session is not None:
            self.bytes_in += session.bytes_in
            self.bytes_out += session.bytes_out
            self.messages_in += session.messages_in
            self.messages_out += session.messages_out
        return session

    def status(self, now: float, now_ms: int) -> PeerStatus:
        """Return what operators see.

        Args:
            now: loop time.
            now_ms: wall clock.
        """
        session = self.session
        left_ms = int((max(self.banned_until, self.call_after) - now) * 1000)
        return PeerStatus(
            agency=self.agency,
            address=session.address if session is not None else self.address,
            direction=session.direction if session is not None else "",
            connected=session is not None,
            height=self.height,
            score=int(self.score),
            banned_until_ms=now_ms + left_ms if left_ms > 0 else 0,
            ban_reason=self.reason,
            bytes_in=self.bytes_in + (session.bytes_in if session else 0),
            bytes_out=self.bytes_out + (session.bytes_out if session else 0),
            messages_in=self.messages_in + (session.messages_in if session else 0),
            messages_out=self.messages_out + (session.messages_out if session else 0),
        )
