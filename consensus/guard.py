"""The last look before a signature: what an honest validator never signs.

Rule: the engine obeys these rules by itself; the guard does not trust it. The voter asks for every
signature, and records the message before its sync begins.

| | refused |
|---|---|
| g1 | a second payload for one (kind, height, round); the same payload gets the stored message |
| g2 | a Prepare or Commit below the highest round of any own message of the height |
| g3 | a RoundChange with a lock below the round of an own Commit of the height |
| g4 | a height that is decided, or beyond the next one |
| g5 | everything below `sign_from`: quarantine |

Source: consensus rules §2.4.
"""

from dataclasses import dataclass
from enum import IntEnum

from consensus.messages import (
    KIND_OF,
    Commit,
    Prepare,
    RoundChange,
    SignedMessage,
    payload_of,
)
from primitives.signing import Signed


class Ruling(IntEnum):
    """What the guard says."""

    SIGN = 1
    """Sign it, record it, sync, send."""
    REPEAT = 2
    """Signed before: send the stored bytes, sign nothing."""
    REFUSE = 3
    """Never sign this."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A ruling with its reason."""

    ruling: Ruling
    """What to do."""
    rule: str
    """`g1` to `g5` for a refusal or repetition; empty otherwise."""
    stored: SignedMessage | None
    """With REPEAT, the signed message."""


_SIGN = Judgement(Ruling.SIGN, "", None)


class SigningGuard:
    """All that this validator signed at heights that may still matter.

    Args:
        tip: height of the last block that is durable and applied.
        sign_from: first height that may be signed; 0 without a quarantine.
    """

    def __init__(self, tip: int, sign_from: int = 0) -> None:
        self._tip = tip
        self._sign_from = sign_from
        self._signed: dict[tuple[int, Signed, int], SignedMessage] = {}

    @property
    def sign_from(self) -> int:
        """First height that may be signed."""
        return self._sign_from

    def judge(self, message: SignedMessage) -> Judgement:
        """Say whether a message may be signed.

        Args:
            message: whole but for its signature.
        """
        if message.height < self._sign_from:
            return _refuse("g5")
        if message.height != self._tip + 1:
            return _refuse("g4")
        stored = self._signed.get((message.height, KIND_OF[type(message)], message.round))
        if stored is not None:
            if payload_of(stored) == payload_of(message):
                return Judgement(Ruling.REPEAT, "g1", stored)
            return _refuse("g1")
        if isinstance(message, Prepare | Commit) and message.round < self._top_round(message):
            return _refuse("g2")
        if isinstance(message, RoundChange) and self._hides_a_lock(message):
            return _refuse("g3")
        return _SIGN

    def record(self, message: SignedMessage) -> None:
        """Take note of a signed message, before its sync begins, or out of the vote log."""
        self._signed[(message.height, KIND_OF[type(message)], message.round)] = message

    def holds(self, message: SignedMessage) -> bool:
        """Tell whether this very payload was signed by us, as far as we remember."""
        stored = self._signed.get((message.height, KIND_OF[type(message)], message.round))
        return stored is not None and payload_of(stored) == payload_of(message)

    def start_height(self, height: int) -> None:
        """The block below `height` is durable and applied: sign for `height` only."""
        assert height > self._tip
        self._tip = height - 1
        for key in [key for key in self._signed if key[0] < self._tip]:
            del self._signed[key]

    def quarantine(self, sign_from: int) -> None:
        """Sign nothing below a height; never lowers it but from "unknown"."""
        self._sign_from = sign_from

    def _top_round(self, message: SignedMessage) -> int:
        rounds = [key[2] for key in self._signed if key[0] == message.height]
        return max(rounds, default=0)

    def _hides_a_lock(self, message: RoundChange) -> bool:
        return any(
            height == message.height
            and kind is Signed.COMMIT
            and message.prepared_round_plus_1 <= round_
            for height, kind, round_ in self._signed
        )


def _refuse(rule: str) -> Judgement:
    return Judgement(Ruling.REFUSE, rule, None)
