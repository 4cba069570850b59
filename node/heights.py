"""A set of heights that gives its lowest ones."""

from heapq import heappop, heappush


class Heights:
    """Heights at which something is still to be done."""

    def __init__(self) -> None:
        self._all: set[int] = set()
        self._heap: list[int] = []

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, height: int) -> bool:
        return height in self._all

    def add(self, height: int) -> None:
        """Put a height in."""
        if height not in self._all:
            self._all.add(height)
            heappush(self._heap, height)

    def discard(self, height: int) -> None:
        """Take a height out, if it is in."""
        self._all.discard(height)

    def lowest(self, count: int) -> list[int]:
        """Return the lowest heights, ascending, at most `count`."""
        found: list[int] = []
        while self._heap and len(found) < count:
            height = heappop(self._heap)
            if height in self._all and (not found or found[-1] != height):
                found.append(height)
        for height in found:
            heappush(self._heap, height)
        return found
