"""The only place that signs votes.

Rule: the guard is asked for every signature; the record (with its lock) is durable in both copies
of the vote log before the message leaves; several votes may share one sync. The message is signed
as it was made: nothing here asks for a "current" height, round or hash.
Source: consensus rules §2.9.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

import msgspec

from consensus.effects import Vote
from consensus.guard import Ruling, SigningGuard
from consensus.inputs import Input, Received
from consensus.messages import (
    KIND_OF,
    EvidenceFound,
    SignedMessage,
    sign_bytes,
)
from consensus.records import (
    CleanShutdownRecord,
    EvidenceRecord,
    SignedRecord,
    SignFromRecord,
)
from consensus.records import decode as decode_record
from consensus.recovery import SIGN_FROM_UNKNOWN, is_needed
from node.ground import Ground
from primitives import codec
from storage.votes import VoteLog

LOG_BYTES_MAX: Final = 256 * 1024
"""When the log is longer, it begins anew with what still binds."""
EVIDENCE_PER_SIGNER: Final = 4
"""Enough to convict: a liar that goes on must not make the log grow without end."""


class Voter:
    """Signs, records, sends, feeds back.

    Args:
        ground: signer, worker, journal.
        log: open and sound.
        guard: remembers all that was signed.
        payloads: what the log holds, oldest first.
        send: sends a signed message to all validators of its height.
        tell: hands an input to the driver.
    """

    def __init__(
        self,
        ground: Ground,
        log: VoteLog,
        guard: SigningGuard,
        *,
        payloads: tuple[bytes, ...],
        send: Callable[[SignedMessage], None],
        tell: Callable[[Input], None],
    ) -> None:
        self._ground = ground
        self._log = log
        self.guard = guard
        self._payloads = deque(payloads)
        self._convicted = Counter(
            record.found.second.signer
            for record in map(decode_record, payloads)
            if isinstance(record, EvidenceRecord)
        )
        self._shorten_above = LOG_BYTES_MAX
        self._send = send
        self._tell = tell
        self._waiting: list[tuple[bytes | None, SignedMessage | None]] = []
        self._filled = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.has_room = True
        """False when the disk is nearly full: nothing is signed."""
        self._is_stopped = False

    @property
    def sign_from(self) -> int:
        """First height that may be signed: none at all while the disk is nearly full."""
        return self.guard.sign_from if self.has_room else SIGN_FROM_UNKNOWN

    def vote(self, effect: Vote) -> None:
        """Sign a message, unless the guard refuses; it leaves when its record is durable."""
        message = effect.message
        journal = self._ground.world.journal
        ruling = self.guard.judge(message)
        if ruling.ruling is Ruling.REPEAT and ruling.stored is not None:
            self._queue(None, ruling.stored)  # behind its own record, which may not be durable yet
            return
        if ruling.ruling is Ruling.REFUSE or self._is_stopped or not self.has_room:
            rule = ruling.rule or ("stopped" if self._is_stopped else "disk")
            journal.event("votes.refused", height=effect.height, round=effect.round, reason=rule)
            return
        committed = self._ground.committed
        key = committed.validators(effect.height)[message.signer].public_key
        signature = self._ground.world.signer.sign_vote(
            KIND_OF[type(message)], sign_bytes(message, committed.tip.chain), key
        )
        signed = msgspec.structs.replace(message, signature=signature)
        self.guard.record(signed)
        record = SignedRecord(codec.encode(signed), effect.lock)
        self._queue(codec.encode(record), signed)

    def stop_signing(self) -> None:
        """Our key is in use elsewhere: sign nothing more in this life."""
        self._is_stopped = True

    def quarantine(self, sign_from: int) -> None:
        """Keep on record below which height nothing is signed."""
        self.guard.quarantine(sign_from)
        self._queue(codec.encode(SignFromRecord(sign_from)), None)

    def keep_evidence(self, found: EvidenceFound) -> None:
        """Put a proof of a liar on record, the first few of each; nobody waits for it."""
        signer = found.second.signer
        if self._convicted[signer] >= EVIDENCE_PER_SIGNER:
            return
        self._convicted[signer] += 1
        self._queue(codec.encode(EvidenceRecord(found)), None)

    def start_height(self, height: int) -> None:
        """The block below is durable or will be before any record of this height."""
        self.guard.start_height(height)

    async def run(self) -> None:
        """Write what waits, then send it, for ever.

        Raises:
            NodeFault: the log cannot be written; the node ends.
        """
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                batch, self._waiting = self._waiting, []
                payloads = [payload for payload, _ in batch if payload is not None]
                if payloads:
                    await self._write(payloads)
                if self._ground.tasks.is_over and not self._is_stopped:
                    return  # something broke meanwhile: nothing more leaves this node
                for _, message in batch:
                    if message is not None:
                        self._send(message)
                        self._feed_back(message)
                await self._shorten()
            self._idle.set()

    async def close(self, height: int) -> None:
        """Finish, note that the node stopped in order, close the log."""
        self._is_stopped = True
        async with asyncio.timeout(5):
            await self._idle.wait()
        record = codec.encode(CleanShutdownRecord(height))
        await self._write([record])
        self._log.close()

    async def _write(self, payloads: list[bytes]) -> None:
        await self._ground.world.executor.run(lambda: self._log.append(payloads))

    def _queue(self, payload: bytes | None, message: SignedMessage | None) -> None:
        """Put a record, a message, or both behind all that waits to be durable."""
        if payload is not None:
            self._payloads.append(payload)
        self._waiting.append((payload, message))
        self._idle.clear()
        self._filled.set()

    def _feed_back(self, message: SignedMessage) -> None:
        now_ms = self._ground.now_ms()
        self._tell(Received(message, self._ground.agency, now_ms, now_ms))

    async def _shorten(self) -> None:
        """Begin the log anew when it is long; the payloads that still bind move along."""
        if self._log.size_bytes <= self._shorten_above:
            return
        tip = self._ground.store.last.height
        waiting = [payload for payload, _ in self._waiting if payload is not None]
        durable = list(self._payloads)[: len(self._payloads) - len(waiting)]
        needed = [p for p in durable if is_needed(decode_record(p), tip)]
        self._payloads = deque([*needed, *waiting])
        await self._ground.world.executor.run(lambda: self._log.retain(needed))
        self._shorten_above = max(LOG_BYTES_MAX, 2 * self._log.size_bytes)
