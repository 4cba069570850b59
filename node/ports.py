"""The ports through which the node meets the world.

Rule: everything between the sockets and the engine is written against these. The daemon gives it
aiohttp, LevelDB, threads and the system clock; the simulator a virtual-time loop, an in-memory
network that loses, delays and reorders, and a disk that forgets what was not synced. Waiting is
the event loop's (`asyncio.sleep`, `asyncio.timeout`), whose time is virtual in the simulator.
`Databases` and `Files` are the ports of the disk; they live in `storage`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from primitives.signing import Signed
from storage.database import Databases
from storage.files import Files

T = TypeVar("T")


class Clock(Protocol):
    """The wall clock; only headers, expiries and time checks of proposals use it."""

    def now_ms(self) -> int:
        """Return milliseconds since the epoch, UTC; may jump."""


class Link(Protocol):
    """One authenticated connection to a peer: whole frames, in order, as long as it lives."""

    agency: str
    """The agency whose certificate the handshake proved."""
    certificate: bytes
    """That certificate, DER."""
    address: str
    """Where the peer is, for operators: `127.0.0.1:17401`."""

    async def send(self, frame: bytes) -> None:
        """Hand one frame to the connection; waits while its buffer is full.

        Raises:
            PeerFault: `link.closed` when the connection is gone.
        """

    async def receive(self) -> bytes:
        """Return the next frame, at most `FRAME_SIZE_MAX` bytes.

        Raises:
            PeerFault: `link.closed`, or `link.malformed` for what is not a binary frame.
        """

    async def close(self) -> None:
        """Close the connection; harmless when it is closed."""


Roster = Mapping[str, Sequence[bytes]]
"""Every member's certificates (DER) that count at present, in register order."""


class Transport(Protocol):
    """Makes links, both ways, to the agencies of the roster and to nobody else."""

    async def trust(self, roster: Roster) -> None:
        """Make links with exactly these members from now on; links that are up stay up."""

    async def listen(self, accept: Callable[[Link], Awaitable[None]]) -> None:
        """Accept links from now on; `accept` runs as long as its link is used."""

    async def connect(self, agency: str, address: str) -> Link:
        """Open a link to `agency` at `address`.

        Raises:
            PeerFault: `link.refused` when nobody answers, `link.wrong_key` when another key does.
        """

    async def close(self) -> None:
        """Stop listening and close all links."""


class Executor(Protocol):
    """Runs blocking work (synced writes, large signature batches) off the loop."""

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; calls run one after another, in order of arrival."""


class Entropy(Protocol):
    """The only source of randomness."""

    def random_bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""


class Signer(Protocol):
    """The agency's private keys; a hardware module may stand behind it."""

    @property
    def validator_public_keys(self) -> Sequence[bytes]:
        """The keys whose signatures are votes or will be: the present one, and the next."""

    def holds_validator_key(self, public_key: bytes) -> bool:
        """Tell whether votes can be signed that count under `public_key`."""

    def sign_vote(self, kind: Signed, message: bytes, public_key: bytes) -> bytes:
        """Return a validator key's signature over what an agency's node says of itself."""

    def public_key(self, purpose: str) -> bytes:
        """Return the key whose signatures are transactions of a purpose: desk or provider.

        Raises:
            Refused: `key.not_held`.
        """

    def sign_transaction(self, message: bytes, purpose: str) -> bytes:
        """Return the signature of the key of a purpose.

        Raises:
            Refused: `key.not_held`.
        """


class Journal(Protocol):
    """Structured events: `floor.past_tense` with keys; ids and hashes only, never a person."""

    def event(self, name: str, /, **keys: str | int | bool) -> None:
        """Record something an operator would act on or want to know."""

    def debug(self, name: str, /, **keys: str | int | bool) -> None:
        """Record the rest."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the node, in one place."""

    clock: Clock
    transport: Transport
    databases: Databases
    """Where `storage.store.Store` opens its two databases."""
    engine: str
    """Name and format version of the databases, as recorded in them by `init`."""
    files: Files
    """The data folder: vote log, markers, vault packs, keys of the vault."""
    keys: Files
    """The folder of the private keys: beside `validator.key` stands whose store it belongs to."""
    executor: Executor
    entropy: Entropy
    signer: Signer
    journal: Journal


FRAME_SIZE_MAX = 4 * 1024 * 1024
"""A body is at most 2 MiB; with its proof and envelope a frame stays well below."""
