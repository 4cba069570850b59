"""Messages of the next heights, kept until their height starts.

Rule: of each signer at most one per (kind, height, round), 16 messages and 64 KiB in all, for the
next four heights; a liar fills only its own slots. When the validator set changes the buffer is
emptied, for what stands in it was verified against another set; resends bring it again.
Source: consensus rules §2.11 and §2.14.
"""

from consensus.inputs import Received
from consensus.messages import Commit, Prepare, Proposal, RoundChange, SignedMessage

HEIGHTS_AHEAD = 4
MESSAGES_MAX = 16
SIZE_MAX_BYTES = 64 * 1024
_SEAL_SIZE = 70
_VOTE_SIZE = 128


def size_of(message: SignedMessage) -> int:
    """Return about how many bytes a message takes; cheaper than encoding it."""
    match message:
        case Prepare() | Commit():
            return _VOTE_SIZE
        case RoundChange(prepared=prepared):
            seals = len(prepared.seals) if prepared is not None else 0
            return 2 * _VOTE_SIZE + seals * _SEAL_SIZE
        case Proposal(prepared=prepared):
            seals = len(prepared.seals) if prepared is not None else 0
            return (
                len(message.header)
                + 34 * len(message.body.transactions)
                + len(message.body.parent_certificate)
                + 2 * _SEAL_SIZE * len(message.round_changes)
                + seals * _SEAL_SIZE
                + _VOTE_SIZE
            )


class FutureMessages:
    """The buffer of heights above the current one."""

    __slots__ = ("_kept", "_sizes")

    def __init__(self) -> None:
        self._kept: dict[int, dict[tuple[type, int, int], tuple[Received, int]]] = {}
        self._sizes: dict[int, int] = {}

    def add(self, received: Received, message: SignedMessage, current: int) -> None:
        """Keep a message of a height above `current`, as far as the bounds allow."""
        if not current < message.height <= current + HEIGHTS_AHEAD:
            return
        kept = self._kept.setdefault(message.signer, {})
        key = (type(message), message.height, message.round)
        if key in kept or len(kept) >= MESSAGES_MAX:
            return
        size_bytes = size_of(message)
        total_bytes = self.size_bytes(message.signer) + size_bytes
        if total_bytes <= SIZE_MAX_BYTES:
            kept[key] = (received, size_bytes)
            self._sizes[message.signer] = total_bytes

    def take(self, height: int) -> tuple[Received, ...]:
        """Return what was kept for a height, signers ascending; forget it and all below."""
        taken = []
        for signer in sorted(self._kept):
            kept = self._kept[signer]
            for key in [key for key in kept if key[1] <= height]:
                received, size_bytes = kept.pop(key)
                self._sizes[signer] -= size_bytes
                if key[1] == height:
                    taken.append(received)
        return tuple(taken)

    def clear(self) -> None:
        """Forget everything: the validator set changed."""
        self._kept.clear()
        self._sizes.clear()

    def count(self, signer: int) -> int:
        """Return how many messages of a signer are kept."""
        return len(self._kept.get(signer, ()))

    def size_bytes(self, signer: int) -> int:
        """Return about how many bytes a signer's kept messages take."""
        return self._sizes.get(signer, 0)
