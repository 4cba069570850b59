"""Publishing as the command line does it: `piaolian record publish`, or the question it asks.

Rule: a document counts when the node answers that it is committed.
"""

import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.network import PROGRAMS, Network
from cli.client import NodeClient
from cli.commands.record import FHIR
from cli.options import DEFAULT_TIMEOUT_S
from cli.target import Target, find_target

WAIT_S: Final = 30


@dataclass(frozen=True, slots=True)
class Published:
    """A call that published."""

    documents: tuple[str, ...]
    """Names of the visits' documents."""
    started_ms: float
    """When the call began, in milliseconds since the epoch."""
    answered_ms: float
    """When it was answered."""


class Publisher:
    """Publishes at a network's hospital, each call over a connection of its own.

    Args:
        network: whose hospital.
    """

    def __init__(self, network: Network) -> None:
        place = network.places["hospital"]
        files = Path(place["token_file"]), Path(place["ca_file"])
        self._target: Target = find_target(place["url"], *files)
        self._options = ("--node", place["url"], "--token-file", files[0], "--ca-file", files[1])

    async def publish(self, bundle: bytes) -> Published:
        """Ask as the command does, connection and all.

        Raises:
            SystemExit: when a record of the bundle is not committed.
        """
        started_ms = _now_ms()
        async with NodeClient(self._target, DEFAULT_TIMEOUT_S) as client:
            answer = await client.post(
                "/v1/records", bundle, media=FHIR, wait_ms=WAIT_S * 1000, headers={}, amend=0
            )
        return Published(_visits(answer["items"]), started_ms, _now_ms())

    async def publish_by_program(self, bundle: bytes) -> Published:
        """Run the program itself; the time is from its start.

        Raises:
            SystemExit: when a record of the bundle is not committed.
        """
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            file.write(bundle)
            file.flush()
            started_ms = _now_ms()
            process = await asyncio.create_subprocess_exec(
                PROGRAMS / "piaolian",
                *("record", "publish", file.name, *self._options, "-o", "jsonl"),
                stdout=asyncio.subprocess.PIPE,
            )
            told, _ = await process.communicate()
        items = [json.loads(line) for line in told.splitlines()]
        return Published(_visits(items), started_ms, _now_ms())


def _visits(items: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the names of the visits' documents; the rest's is the last."""
    if len(items) < 2 or any(item["status"] != "committed" for item in items):
        raise SystemExit(f"a record was not published: {items}")
    return tuple(item["document"] for item in items[:-1])


def _now_ms() -> float:
    return time.time_ns() / 1e6
