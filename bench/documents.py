"""How many records a second are sealed, and sealed and committed, by their length.

Rule: bundles go to the hospital's node over its API, a few at a time, each answered when its
records are final; visits alone are counted.
"""

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Final

import aiohttp

from bench.network import Network
from bench.record_load import Person
from exchange.fhir_bundle import split_bundle
from ledger.documents import LeafView
from node.vault.packs import NO_VISIT
from node.vault.store import RecordText, Vault
from node.world import SystemEntropy
from storage.disk import DiskFiles

LOADS: Final = {"4_kib": (4_096, 20), "64_kib": (65_536, 10), "1_mib": (1_048_576, 4)}
"""Bytes of a visit, and visits in a bundle."""
AT_ONCE: Final = 4


async def documents_per_s(network: Network, person: Person, seconds: float) -> dict[str, float]:
    """Return records a second that become final, for each length.

    Args:
        network: running, with numbers allotted and the person's bill issued.
        person: whose records they are.
        seconds: how long each length is offered.
    """
    found = {}
    async with network.session("hospital") as session:
        for name, (size, visits) in LOADS.items():
            found[name] = round(await _rate(session, person, size, visits, seconds=seconds), 1)
    return found


async def publish(session: aiohttp.ClientSession, bundle: bytes) -> list[str]:
    """Publish a bundle; return the names of its documents, the visits' first.

    Raises:
        SystemExit: a record is not final.
    """
    async with session.post(
        "http://node/v1/records?wait_ms=30000",
        data=bundle,
        headers={"Content-Type": "application/fhir+json"},
    ) as answer:
        told = await answer.json()
    items = told.get("items", ())
    if not items or any(item["status"] != "committed" for item in items):
        raise SystemExit(f"not published: {json.dumps(told)[:500]}")
    return [item["document"] for item in items]


async def _rate(
    session: aiohttp.ClientSession, person: Person, size: int, visits: int, *, seconds: float
) -> float:
    bundles = [person.bundle(visits, size) for _ in range(AT_ONCE)]
    start = time.perf_counter()
    published = 0

    async def one_after_another(bundle: bytes) -> None:
        nonlocal published
        while time.perf_counter() - start < seconds:
            published += len(await publish(session, bundle)) - 1
            bundle = person.bundle(visits, size)

    await asyncio.gather(*map(one_after_another, bundles))
    return published / (time.perf_counter() - start)


def sealed_documents_per_s(person: Person) -> dict[str, float]:
    """Return visits a second that one core splits off, commits to, encrypts and writes, synced."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="piaolian-bench-") as folder:
        vault = Vault(
            DiskFiles(Path(folder)),
            SystemEntropy(),
            sealing_key=os.urandom(32),
            portal_key=os.urandom(32),
        )
        for name, (size, visits) in LOADS.items():
            bundles = [person.bundle(visits, size) for _ in range(10)]
            start = time.perf_counter()
            for place, bundle in enumerate(bundles):
                _seal(vault, bundle, f"{name}-{place}".encode())
            found[name] = round(len(bundles) * visits / (time.perf_counter() - start), 1)
    return found


def _seal(vault: Vault, bundle: bytes, transaction: bytes) -> None:
    writer, period = vault.begin(), vault.prepare(time.time_ns() // 1_000_000)
    sealed = []
    for document in split_bundle(bundle).documents:
        leaves = [LeafView(path, value) for path, value in document.leaves()]
        text = RecordText(leaves, document.parts, document.size, bytes(32), NO_VISIT, (bytes(16),))
        sealed.append(vault.seal_record(writer, text, period))
    vault.keep_waiting(writer, transaction, b"transaction", sealed)
