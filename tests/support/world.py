"""Simulated agencies: machines with a disk, keys from a seed, and whole nodes on them."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from ledger.agencies import ACTIVE, Agency, AgencyCertificate, AgencyKey
from ledger.bills import Amounts, DocumentReference
from ledger.genesis import write_genesis
from ledger.issuing import IssueBill
from ledger.parameters import Parameters
from ledger.ranges import AllotNumbers
from ledger.transaction import Envelope, Operation, Transaction, build
from node.node import Node
from node.ports import World
from node.settings import NodeSettings
from node.start import VALIDATOR_KEY, create_store
from node.testnet import example_uscc
from primitives.errors import NodeFault
from primitives.hashing import plain_hash
from primitives.signing import Signed, SigningKey, key_id
from storage.identity import KEY_IS_NEW, key_owner_path
from storage.memory import MemoryDatabases, MemoryDisk, MemoryFiles, keep_prefix
from tests.support.network import MemoryNetwork, certificate_of
from tests.support.virtual_loop import machine

T = TypeVar("T")

EPOCH_MS = 1_767_240_000_000
"""2026-01-01 12:00 in Shanghai: when simulated clocks start."""
AGENCIES = ("hospital", "finance", "insurance", "health")
CANDIDATES = ("bank", "audit")
"""Agencies that may join later; the genesis does not name them."""
ROLES = {
    "hospital": "hospital",
    "finance": "finance",
    "insurance": "insurer",
    "health": "health",
    "bank": "provider",
    "audit": "audit",
}
USCC = tuple(example_uscc(place) for place in range(len(ROLES)))
CODE = "46060126"
PLACE = "001"
ENGINE = "memory-1"


def seed_bytes(*parts: object) -> bytes:
    """Return 32 bytes that depend on all parts."""
    return hashlib.sha256(repr(parts).encode()).digest()


class SeededEntropy:
    """The port `Entropy`: random bytes from a seed."""

    def __init__(self, *parts: object) -> None:
        self._random = random.Random(repr(parts))

    def random_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


class VirtualClock:
    """The port `Clock`: the loop's time, with an offset of its own."""

    def __init__(self, offset_ms: int) -> None:
        self.offset_ms = offset_ms

    def now_ms(self) -> int:
        return EPOCH_MS + self.offset_ms + int(asyncio.get_running_loop().time() * 1000)


class VirtualExecutor:
    """The port `Executor`: work takes virtual time, a crash may come before it or after."""

    def __init__(self, delay_s: Callable[[], float]) -> None:
        self._delay_s = delay_s
        self._line = asyncio.Lock()

    async def run(self, work: Callable[[], T]) -> T:
        async with self._line:
            await asyncio.sleep(self._delay_s())
            result = work()
            await asyncio.sleep(self._delay_s())
            return result


class SeededSigner:
    """The port `Signer`: keys of one agency, from a seed."""

    def __init__(self, agency: str, *next_keys: str) -> None:
        """Make the keys of an agency.

        Args:
            agency: its id.
            next_keys: names of further validator keys, those of rotations.
        """
        self.validator = SigningKey(seed_bytes("validator", agency))
        following = [SigningKey(seed_bytes("validator", agency, name)) for name in next_keys]
        self.validators = {key.public_key: key for key in (self.validator, *following)}
        self._of = {
            purpose: SigningKey(seed_bytes(purpose, agency))
            for purpose in ("desk", "provider", "governance")
        }

    @property
    def validator_public_key(self) -> bytes:
        return self.validator.public_key

    @property
    def desk_public_key(self) -> bytes:
        return self.public_key("desk")

    @property
    def validator_public_keys(self) -> Sequence[bytes]:
        return tuple(self.validators)

    def holds_validator_key(self, public_key: bytes) -> bool:
        return public_key in self.validators

    def sign_vote(self, kind: Signed, message: bytes, public_key: bytes | None = None) -> bytes:
        assert message[9] == kind
        key = self.validator if public_key is None else self.validators[public_key]
        return key.sign(message)

    def public_key(self, purpose: str) -> bytes:
        return self._of[purpose].public_key

    def sign_transaction(self, message: bytes, purpose: str) -> bytes:
        return self._of[purpose].sign(message)


@dataclass(slots=True)
class MemoryJournal:
    """The port `Journal`: keeps events."""

    events: list[tuple[str, dict[str, str | int | bool]]] = field(default_factory=list)
    listener: Callable[[str, dict[str, str | int | bool]], None] = lambda _name, _keys: None

    def event(self, name: str, /, **keys: str | int | bool) -> None:
        keys["virtual_ms"] = int(asyncio.get_running_loop().time() * 1000)
        self.events.append((name, keys))
        self.listener(name, keys)

    def debug(self, name: str, /, **keys: str | int | bool) -> None:
        self.event(name, **keys)

    def named(self, name: str) -> list[dict[str, str | int | bool]]:
        return [keys for event, keys in self.events if event == name]


def agency_of(name: str, place: int) -> Agency:
    """Return a member's entry in the genesis."""
    signer = SeededSigner(name)
    keys = (
        ("governance", signer.public_key("governance")),
        ("validator", signer.validator_public_key),
        ("desk", signer.desk_public_key),
    )
    return Agency(
        name=name,
        uscc=USCC[place],
        roles=(ROLES[name],),
        index=place,
        certificates=(AgencyCertificate(certificate_of(name)),),
        standing=ACTIVE,
        is_frozen=False,
        keys=tuple(AgencyKey(key_id(public), purpose, 1, public) for purpose, public in keys),
    )


def make_genesis(parameters: Parameters | None = None, name: str = "simulated") -> bytes:
    """Return the genesis file of four agencies, all of which vote."""
    return write_genesis(
        name=name,
        time_ms=EPOCH_MS - 1_000,
        parameters=parameters or Parameters(),
        agencies=[(agency, agency_of(agency, i)) for i, agency in enumerate(AGENCIES)],
        validators=AGENCIES,
    )


class Machine:
    """One agency's computer: it may crash, lose what was not synced, and start again."""

    def __init__(
        self, agency: str, network: MemoryNetwork, genesis: bytes, *, seed: int, offset_ms: int = 0
    ) -> None:
        self.agency = agency
        self.network = network
        self.genesis = genesis
        self.disk = MemoryDisk()
        self.journal = MemoryJournal()
        self.node: Node | None = None
        self.error: BaseException | None = None
        self.settings = NodeSettings(
            agency,
            tuple((other, f"memory:{other}") for other in AGENCIES if other != agency),
            connect_timeout_ms=1_000,
            heartbeat_ms=5_000,
        )
        self.clock = VirtualClock(offset_ms)
        self.signer = SeededSigner(agency)
        self.next_certificates: tuple[bytes, ...] = ()
        """Those in the folder of keys beside the first."""
        self.sync_ms = 0.2
        self._random = random.Random(f"machine {agency} {seed}")
        self._starts = 0
        self._seed = seed
        owner = key_owner_path(VALIDATOR_KEY)
        MemoryFiles(self.disk).write_atomically(owner, KEY_IS_NEW)
        self.create_store()

    def create_store(self) -> None:
        """Do what `store create` does."""
        create_store(
            MemoryDatabases(self.disk),
            MemoryFiles(self.disk),
            engine=ENGINE,
            genesis=self.genesis,
            store_id=seed_bytes("store", self.agency, self._seed, self._starts)[:16],
        )
        MemoryDatabases(self.disk)
        self.disk.crash(keep_prefix(lambda size: size))

    def world(self) -> World:
        """Return the ports that a process would get anew."""
        self._starts += 1
        return World(
            clock=self.clock,
            transport=self.network.transport(self.agency, *self.next_certificates),
            databases=MemoryDatabases(self.disk),
            engine=ENGINE,
            files=MemoryFiles(self.disk),
            keys=MemoryFiles(self.disk),
            executor=VirtualExecutor(self._sync_s),
            entropy=SeededEntropy(self.agency, self._seed, self._starts),
            signer=self.signer,
            journal=self.journal,
        )

    def _sync_s(self) -> float:
        """Return how long half a blocking call takes."""
        return self._random.expovariate(1.0) * self.sync_ms / 1000

    async def start(self) -> None:
        """Start the node, as the program would."""
        assert self.node is None
        self.network.note("start", self.agency)
        self.node = Node(self.world(), self.genesis, self.settings)
        name = machine.set(self.agency)
        try:
            await self.node.start()
            asyncio.get_running_loop().create_task(self._run(self.node))
        finally:
            machine.reset(name)

    def crash(self) -> None:
        """Lose power: everything unsynced may be lost, every task ends where it is."""
        self.network.note("crash", self.agency)
        self.network.unplug(self.agency)
        self.disk.crash(keep_prefix(lambda size: self._random.randint(0, size)))
        self.node = None
        asyncio.get_running_loop().kill(self.agency)  # type: ignore[attr-defined]

    async def stop(self) -> None:
        """Stop in order."""
        assert self.node is not None
        await self.node.stop()
        self.network.unplug(self.agency)
        self.node = None

    @property
    def running(self) -> Node:
        """The node, which must run."""
        if self.error is not None:
            raise self.error
        assert self.node is not None
        return self.node

    async def _run(self, node: Node) -> None:
        try:
            await node.run()
        except (NodeFault, AssertionError) as error:
            if self.node is node:
                self.error = error


class Desk:
    """Somebody at an agency who makes transactions."""

    def __init__(self, agency: str, genesis: bytes, *seed: object) -> None:
        self.agency = agency
        self.chain = plain_hash(genesis)
        self.signer = SeededSigner(agency)
        self._entropy = SeededEntropy("desk", agency, *seed)

    def transaction(
        self, operations: tuple[Operation, ...], expiry_ms: int, purpose: str = "desk"
    ) -> Transaction:
        """Return a transaction signed by the key of a purpose."""
        envelope = Envelope(
            chain=self.chain,
            agency=self.agency,
            key_id=key_id(self.signer.public_key(purpose)),
            expiry_ms=expiry_ms,
            operations=operations,
            acknowledgments=(),
            nonce=self._entropy.random_bytes(16),
        )
        return build(envelope, lambda message: self.signer.sign_transaction(message, purpose))

    def allot(self, first: int, last: int, expiry_ms: int) -> Transaction:
        """Return an allotment of numbers to the hospital."""
        operation = AllotNumbers("hospital", PLACE, "01", CODE, first, last)
        return self.transaction((operation,), expiry_ms)

    def bills(self, numbers: list[str], expiry_ms: int) -> Transaction:
        """Return a transaction that issues a bill for each business number."""
        return self.transaction(tuple(self.bill(number) for number in numbers), expiry_ms)

    def bill(self, business_number: str) -> IssueBill:
        """Return the operation that issues one bill."""
        return IssueBill(
            place=PLACE,
            kind="01",
            business_number=business_number,
            check_code="abc123",
            amounts=Amounts(10_000, 6_000, 0, 1_000, 3_000),
            document=DocumentReference(
                seed_bytes("commitment", business_number),
                seed_bytes("ciphertext", business_number),
                30,
            ),
            holder_key=self._holder_key,
        )

    @cached_property
    def _holder_key(self) -> bytes:
        return SigningKey(seed_bytes("holder")).public_key
