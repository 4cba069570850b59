"""The omniscient checker: what must hold at every moment of a run, over all machines and lives."""

from collections.abc import Iterable

from consensus.messages import KIND_OF, SignedMessage, payload_of
from ledger.block import decode_body, header_hash
from ledger.issuing import IssueBill
from ledger.transaction import decode_transaction
from node.wire import Kind, decode_frame
from tests.support.world import AGENCIES, CANDIDATES, Machine


class Checker:
    """Watches every frame that is sent and every block that is final.

    Source: consensus rules §3, S1 (agreement), S2 (chain), S4 (no equivocation when sending).
    """

    def __init__(self) -> None:
        self._hashes: dict[int, str] = {}
        self._sent: dict[tuple[int, int, int, str], bytes] = {}
        self._heights: dict[str, int] = {}
        self.signers = [*AGENCIES, *CANDIDATES]
        """In the order of the register; whoever is not at its place is not looked at."""
        self.votes_sent = 0
        self.liars: set[str] = set()
        """Whoever is played by the test keeps to no rule."""

    def sent(self, owner: str, _to: str, frame: bytes) -> None:
        """A frame leaves a machine."""
        if owner in self.liars or frame[:1] != bytes([Kind.CONSENSUS]):
            return
        message = decode_frame(frame)
        if not isinstance(message, SignedMessage) or self.signers[message.signer] != owner:
            return
        self.votes_sent += 1
        key = (int(KIND_OF[type(message)]), message.height, message.round, owner)
        payload = payload_of(message)
        assert self._sent.setdefault(key, payload) == payload, f"S4: {owner} sent two of {key}"

    def is_final(self, owner: str, height: int, hash_: str) -> None:
        """A block is durable at a machine."""
        known = self._hashes.setdefault(height, hash_)
        assert known == hash_, f"S1: {owner} has another block at {height}"
        before = self._heights.get(owner, height - 1)
        assert height <= before + 1, f"S2: {owner} jumped from {before} to {height}"
        self._heights[owner] = height

    def restarted(self, owner: str, height: int) -> None:
        """A machine is back; what it had told to be final it still has."""
        assert height >= self._heights.get(owner, 0), f"S2: {owner} lost final blocks"
        self._heights[owner] = height

    @property
    def sent_votes(self) -> list[tuple[int, int, int, str]]:
        """(kind, height, round, owner) of every vote that left a machine, in order."""
        return list(self._sent)

    def forget(self, owner: str) -> None:
        """A machine was wiped: what it told before is not held against its final blocks."""
        self._heights.pop(owner, None)

    @property
    def blocks(self) -> int:
        """How many heights were decided anywhere."""
        return len(self._hashes)


def issued_bills(machine: Machine) -> list[str]:
    """Return the business numbers of all bills in a machine's blocks, in order."""
    store, numbers = machine.running.store, []
    for height in range(1, machine.running.head.height + 1):
        header = store.header(height)
        assert header is not None
        hash_ = header_hash(header)
        body = store.body(height, hash_)
        assert body is not None, f"{machine.agency} has no body of {height}"
        for data in decode_body(body).transactions:
            operations = decode_transaction(data, machine.running.genesis.chain).envelope.operations
            numbers += [o.business_number for o in operations if isinstance(o, IssueBill)]
    return numbers


def assert_same_heads(machines: Iterable[Machine]) -> None:
    """Every machine has the same newest block and the same state after it."""
    heads = {m.agency: (m.running.head.height, m.running.head.hash) for m in machines}
    assert len(set(heads.values())) == 1, f"heads differ: {heads}"
    roots = {m.running.state.state_root for m in machines}
    assert len(roots) == 1, "state roots differ"


def assert_each_once(machine: Machine, numbers: Iterable[str]) -> None:
    """Every acknowledged bill is in the blocks, and in the state, exactly once."""
    issued = issued_bills(machine)
    assert len(issued) == len(set(issued)), "a business number was issued twice"
    present = set(issued)
    for number in numbers:
        assert number in present, f"the acknowledged bill {number} is gone"
        assert machine.running.state.bill_of("hospital", number) is not None
