"""Requests that were made under a key of their own, so that a second try is the first one's answer.

    requests/<hash of caller and key>-<until>   body hash and the signed transaction; MessagePack

Rule: written and synced before the transaction is handed in, kept a day longer than it may wait.
What is kept can be handed in again byte for byte, whatever a crash left undone.
"""

import asyncio
import hashlib

from primitives.codec import Hash32, Message, decode, encode
from primitives.errors import NodeFault, PeerFault, Unavailable
from storage.files import Files

FOLDER = "requests/"
KEPT_MAX = 20_000
"""Requests kept at once; with a transaction of a kilobyte each about 20 MiB."""
KEPT_SIZE_MAX = 2 * 1024 * 1024
KEEP_MS = 86_400_000
"""How long after its transaction's expiry a request is still known."""


class KeptRequest(Message, tag=1):
    """What a request led to."""

    body_hash: Hash32
    """SHA-256 of its body."""
    transaction: bytes
    """The whole signed bytes."""


class KeptRequests:
    """The folder of kept requests. All but `lock` runs on a worker thread.

    Args:
        files: where the folder lies.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._paths: dict[str, str] = {}
        self.lock = asyncio.Lock()
        """Held while one request is looked up and kept."""
        for path in files.list(FOLDER):
            name, _, until = path.removeprefix(FOLDER).partition("-")
            if until.isdigit():
                self._paths[name] = path

    def find(self, name: str) -> KeptRequest | None:
        """Return a kept request.

        Raises:
            NodeFault: `storage.read_failed`, `requests.damaged`.
        """
        path = self._paths.get(name)
        data = None if path is None else self._files.read(path)
        if data is None:
            return None
        try:
            return decode(data, KeptRequest, KEPT_SIZE_MAX)
        except PeerFault as error:
            raise NodeFault("requests.damaged", f"{path} is damaged; remove it") from error

    def keep(self, name: str, request: KeptRequest, *, expiry_ms: int, now_ms: int) -> None:
        """Keep a request; durable on return. Forgets what is past its time.

        Args:
            name: as `request_name` makes it.
            request: what it led to.
            expiry_ms: of its transaction.
            now_ms: wall clock.

        Raises:
            Unavailable: `requests.full`.
            NodeFault: `storage.write_failed`.
        """
        for old, path in list(self._paths.items()):
            if int(path.rpartition("-")[2]) < now_ms:
                self.forget(old)
        if len(self._paths) >= KEPT_MAX:
            raise Unavailable("requests.full", "too many requests with a key of their own are kept")
        path = f"{FOLDER}{name}-{expiry_ms + KEEP_MS}"
        self._files.write_atomically(path, encode(request))
        self._paths[name] = path

    def forget(self, name: str) -> None:
        """Remove a request that led to nothing."""
        path = self._paths.pop(name, None)
        if path is not None:
            self._files.remove(path)


def request_name(caller: str, key: str) -> str:
    """Return how a caller's key is known: its hash, hex."""
    return hashlib.sha256(f"{caller}\n{key}".encode()).hexdigest()
