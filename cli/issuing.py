"""Handing a day's bills to the node: in batches, a few under way, answers in the file's order.

Rule: the business number makes it safe to hand a line in again, so what the node had no room for
is handed in again by itself, and what got no answer is reported as unknown, never as failed.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cli.client import NodeClient
from cli.exits import CommandError, Exit
from cli.his_file import LINE_SIZE_MAX, HisLine, batches
from primitives.errors import HouseError, Refused, Unavailable

State = Literal["issued", "exists", "refused", "unknown", "not_taken"]
STATES: tuple[State, ...] = ("issued", "exists", "refused", "unknown", "not_taken")

RETRY_FIRST_S, RETRY_MAX_S = 0.25, 4.0
RETRY_TOTAL_S = 30.0
"""How long a node may stay without room before the run stops."""

_STATE_OF = {"committed": "issued", "exists": "exists", "refused": "refused"}
_LATER = (429, 503)
"""HTTP statuses that mean: the same again, later."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is handed in at once."""

    batch_lines: int
    """Lines a request."""
    in_flight: int
    """Requests under way."""
    wait_ms: int
    """How long the node waits for a batch to become final."""


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of one line."""

    line: int
    """Its number in the file."""
    state: State
    """`exists`: this very bill was issued before; `not_taken`: never reached the ledger."""
    answer: dict[str, Any]
    """What the node said of it."""

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as programs get it."""
        kept = {key: value for key, value in self.answer.items() if key not in ("line", "status")}
        return {"line": self.line, "status": self.state, **kept}


async def issue_lines(
    client: NodeClient, lines: Iterator[HisLine], pace: Pace
) -> AsyncIterator[LineOutcome]:
    """Hand in all lines; yield what became of each, in the file's order.

    Raises:
        HouseError: what ended the run early; the lines answered until then were yielded.
    """
    waiting: deque[asyncio.Task[list[LineOutcome] | _Broken]] = deque()
    source = batches(lines, pace.batch_lines)
    stopped: HouseError | None = None
    while True:
        batch = None if stopped else await asyncio.to_thread(next, source, None)
        if batch is not None:
            waiting.append(asyncio.create_task(_hand_in(client, batch, pace.wait_ms)))
        if not waiting:
            break
        if batch is None or len(waiting) >= pace.in_flight:
            result = await waiting.popleft()
            outcomes = result.outcomes if isinstance(result, _Broken) else result
            for outcome in outcomes:
                yield outcome
            if isinstance(result, _Broken):
                stopped = stopped or result.error
    if stopped:
        raise stopped


@dataclass(frozen=True, slots=True)
class _Broken:
    """A batch that could not be finished."""

    outcomes: list[LineOutcome]
    error: HouseError


async def _hand_in(
    client: NodeClient, batch: Sequence[HisLine], wait_ms: int
) -> list[LineOutcome] | _Broken:
    """Hand in one batch, again and again while the node has no room."""
    done = {line.number: _too_long(line) for line in batch if line.data is None}
    left = [line for line in batch if line.data is not None]
    waited_s, pause_s = 0.0, RETRY_FIRST_S
    while left:
        later: HouseError
        try:
            items = await _request(client, left, wait_ms)
        except Unavailable as error:
            later = error
        except HouseError as error:
            state: State = "unknown" if _is_unknown(error) else "not_taken"
            return _Broken(_in_order(batch, done, state), error)
        else:
            for line, item in zip(left, items, strict=True):
                done[line.number] = LineOutcome(line.number, _state_of(item), item)
            left = [line for line in left if done[line.number].state == "not_taken"]
            later = _error_of(done[left[0].number].answer) if left else Unavailable("node.busy")
        if left and waited_s >= RETRY_TOTAL_S:
            return _Broken(_in_order(batch, done, "not_taken"), later)
        if left:
            await asyncio.sleep(pause_s)
            waited_s += pause_s
            pause_s = min(2 * pause_s, RETRY_MAX_S)
    return _in_order(batch, done, "not_taken")


async def _request(
    client: NodeClient, lines: Sequence[HisLine], wait_ms: int
) -> list[dict[str, Any]]:
    body = b"\n".join(line.data or b"" for line in lines) + b"\n"
    answer = await client.post("/v1/bills", body, media="application/x-ndjson", wait_ms=wait_ms)
    items = answer.get("items")
    if not isinstance(items, list) or len(items) != len(lines):
        raise CommandError(
            Exit.UNEXPECTED, "answer.malformed", "the node did not answer line by line"
        )
    return items


def _in_order(
    batch: Sequence[HisLine], done: dict[int, LineOutcome], otherwise: State
) -> list[LineOutcome]:
    return [done.get(line.number) or LineOutcome(line.number, otherwise, {}) for line in batch]


def _state_of(item: dict[str, Any]) -> State:
    if (item.get("problem") or {}).get("status") in _LATER:
        return "not_taken"
    known = _STATE_OF.get(str(item.get("status")), "unknown")
    return next(state for state in STATES if state == known)


def _error_of(item: dict[str, Any]) -> Unavailable:
    problem = item["problem"]
    return Unavailable(str(problem.get("code")), str(problem.get("detail", "")))


def _is_unknown(error: HouseError) -> bool:
    return isinstance(error, CommandError) and error.exit_code == Exit.OUTCOME_UNKNOWN


def _too_long(line: HisLine) -> LineOutcome:
    refusal = Refused("his.too_long", f"more than {LINE_SIZE_MAX // 1024} KiB in one line")
    problem = {"code": refusal.code, "detail": refusal.detail, "status": 413}
    return LineOutcome(line.number, "refused", {"business_number": "", "problem": problem})
