"""What peers claim about their height, and how often they are asked or answered.

Rule: a claim is a hint; the newest one of a peer replaces its older ones, so a lie is soon mended.
Both tables hold one entry a peer and a bounded number of peers.
"""

PEERS_MAX = 512
INTERVAL_MS = 300
"""A peer is asked or answered at most this often (R15)."""


class PeersAhead:
    """The heights that peers last claimed."""

    __slots__ = ("_heights",)

    def __init__(self) -> None:
        self._heights: dict[str, int] = {}

    def note(self, agency: str, height: int) -> None:
        """Take a peer's newest claim."""
        if agency in self._heights or len(self._heights) < PEERS_MAX:
            self._heights[agency] = height

    def above(self, height: int) -> tuple[str, ...]:
        """Return who claims to be above a height, in a fixed order."""
        return tuple(sorted(a for a, claimed in self._heights.items() if claimed > height))


class RateLimit:
    """At most one act a peer in `INTERVAL_MS`."""

    __slots__ = ("_last_ms",)

    def __init__(self) -> None:
        self._last_ms: dict[str, int] = {}

    def allows(self, agency: str, now_ms: int) -> bool:
        """Tell whether the act is allowed now; if so it counts as done."""
        last_ms = self._last_ms.get(agency)
        if last_ms is not None and 0 <= now_ms - last_ms < INTERVAL_MS:
            return False
        if last_ms is None and len(self._last_ms) >= PEERS_MAX:
            return False
        self._last_ms[agency] = now_ms
        return True
