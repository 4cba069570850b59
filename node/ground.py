"""What every part of a running node stands on."""

from dataclasses import dataclass

from node.committed import Committed
from node.ports import World
from node.tasks import Tasks
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Ground:
    """The world, the store, the state and the tasks of one node."""

    agency: str
    """Whose node this is."""
    world: World
    """Everything outside."""
    store: Store
    """Open."""
    committed: Committed
    """The tip that the next height stands on."""
    tasks: Tasks
    """Where tasks run; an error in one ends the node."""

    def now_ms(self) -> int:
        """Return the wall clock's time."""
        return self.world.clock.now_ms()
