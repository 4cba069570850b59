"""The load: bills of a hospital's day, multiplied with fresh business numbers, signed beforehand.

Rule: open loop. A transaction has its time; it does not wait for the answer to the one before. What
finds the backlog full is turned away and counted, so that a slow network shows as a low rate and
not as an endless queue. Only what stands in a final block counts.
"""

import asyncio
import json
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path

import aiohttp

from ledger.bills import Amounts, DocumentReference
from ledger.issuing import IssueBill
from ledger.transaction import Envelope, Transaction, build
from primitives.hashing import plain_hash
from primitives.signing import SigningKey, key_id
from primitives.units import parse_fen

PLACE = "460000001"
EXPIRY_MS = 3_000_000
BUS_TYPES = {"01": "02", "02": "01", "03": "03", "06": "04"}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the hospital's adapter holds: the chain it writes for and the key it signs with."""

    chain: bytes
    """Hash of the genesis file."""
    key: SigningKey
    """The hospital's desk key."""

    @classmethod
    def load(cls, folder: Path) -> "Desk":
        """Read genesis and key from a test network's folder."""
        seed = bytes.fromhex((folder / "hospital/keys/desk.key").read_text().strip())
        return cls(plain_hash((folder / "genesis.json").read_bytes()), SigningKey(seed))

    def transaction(self, operations: Sequence[IssueBill]) -> Transaction:
        """Return a signed transaction over `operations`."""
        envelope = Envelope(
            chain=self.chain,
            agency="hospital",
            key_id=key_id(self.key.public_key),
            expiry_ms=time.time_ns() // 1_000_000 + EXPIRY_MS,
            operations=tuple(operations),
            acknowledgments=(),
            nonce=os.urandom(16),
        )
        return build(envelope, self.key.sign)


def bills(his_file: Path, label: str) -> Iterator[IssueBill]:
    """Return an endless stream of bills with the amounts and kinds of a real day.

    Commitment and ciphertext hash are random here: sealing is measured apart.
    """
    lines = [json.loads(line) for line in his_file.read_text("utf-8").splitlines()]
    holder_key = SigningKey(bytes(range(32))).public_key
    for number, line in zip(count(), cycle(lines)):
        yield IssueBill(
            place=PLACE,
            kind=BUS_TYPES[line["busType"]],
            business_number=f"{label}-{line['busNo'][:18]}-{number:08d}",
            check_code=f"{number % 1_000_000:06d}",
            amounts=Amounts(
                *(
                    parse_fen(line[name], name)
                    for name in ("totalAmt", "fundPay", "otherfundPay", "accountPay", "ownPay")
                )
            ),
            document=DocumentReference(os.urandom(32), os.urandom(32), 30),
            holder_key=holder_key,
        )


@dataclass(slots=True)
class Outcome:
    """What became of a load."""

    offered: int = 0
    """Bills whose time came."""
    turned_away: int = 0
    """Bills not sent because the backlog was full."""
    refused: int = 0
    """Bills that a node refused or had no room for."""
    committed: int = 0
    """Bills in final blocks."""
    committed_transactions: int = 0
    """Transactions in final blocks."""
    seconds: float = 0.0
    """From the first submission to the last final block."""
    latencies_ms: list[float] = field(default_factory=list)
    """From a transaction's time to its committed answer; only where each answer is awaited."""

    @property
    def pending(self) -> int:
        """Bills sent and neither refused nor final yet."""
        return self.offered - self.turned_away - self.refused - self.committed


async def sustained(
    session: aiohttp.ClientSession,
    groups: Sequence[tuple[int, bytes]],
    *,
    rate_per_s: float,
    backlog_max: int,
) -> Outcome:
    """Offer prepared requests at a steady rate and count what becomes final.

    Args:
        session: a client of one node.
        groups: per request the bills in it and its JSON body, in order.
        rate_per_s: bills a second that are offered.
        backlog_max: bills that may be under way.
    """
    outcome = Outcome()
    done = asyncio.Event()
    follower = asyncio.create_task(_follow(session, outcome, done))
    await asyncio.sleep(0.2)
    start = time.perf_counter()
    due = start
    async with asyncio.TaskGroup() as tasks:
        for size, body in groups:
            await asyncio.sleep(due - time.perf_counter())
            due += size / rate_per_s
            outcome.offered += size
            if outcome.pending > backlog_max:
                outcome.turned_away += size
                continue
            tasks.create_task(_post(session, body, size, outcome))
    last = (-1, time.perf_counter())
    while outcome.pending > 0 and time.perf_counter() - last[1] < 20:
        if outcome.committed != last[0]:
            last = (outcome.committed, time.perf_counter())
        await asyncio.sleep(0.05)
    outcome.seconds = last[1] - start
    done.set()
    follower.cancel()
    return outcome


async def _post(session: aiohttp.ClientSession, body: bytes, size: int, outcome: Outcome) -> None:
    async with session.post(
        "http://node/v1/transactions", data=body, headers={"Content-Type": "application/json"}
    ) as answer:
        items = (await answer.json()).get("items", [])
    share = size // max(1, len(items))
    refused = sum(share for item in items if item["status"] == "refused")
    outcome.refused += refused if items else size


async def _follow(session: aiohttp.ClientSession, outcome: Outcome, done: asyncio.Event) -> None:
    async with session.get(
        "http://node/v1/events", timeout=aiohttp.ClientTimeout(total=None)
    ) as answer:
        async for line in answer.content:
            if line.startswith(b"data:"):
                block = json.loads(line[5:])
                outcome.committed += len(block["bills"])
                outcome.committed_transactions += block["transactions"]
            if done.is_set():
                return


async def one_by_one(
    session: aiohttp.ClientSession, bodies: Sequence[bytes], *, rate_per_s: float
) -> Outcome:
    """Offer single transactions at a steady rate and time each until its committed answer."""
    outcome = Outcome()

    async def submit(body: bytes, due: float) -> None:
        async with session.post(
            "http://node/v1/transactions?wait_ms=10000",
            data=body,
            headers={"Content-Type": "application/json"},
        ) as answer:
            items = (await answer.json()).get("items", [])
        if items and items[0]["status"] == "committed":
            outcome.committed += 1
            outcome.latencies_ms.append((time.perf_counter() - due) * 1000)
        else:
            outcome.refused += 1

    start = due = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for body in bodies:
            await asyncio.sleep(due - time.perf_counter())
            tasks.create_task(submit(body, due))
            outcome.offered += 1
            due += 1 / rate_per_s
    outcome.seconds = time.perf_counter() - start
    return outcome


def request_body(transactions: Sequence[Transaction]) -> bytes:
    """Return the JSON body of one request that hands in several transactions."""
    texts = [urlsafe_b64encode(item.data).rstrip(b"=").decode() for item in transactions]
    return json.dumps({"transactions": texts}).encode()
