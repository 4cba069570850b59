"""The log: a closed list of keys, a JSON line an event."""

import io
import json
import time

from portal.clock import SystemClock
from portal.logs import Log
from tests.support.portal_process import SetClock


def test_a_key_that_is_not_on_the_list_is_dropped() -> None:
    stream = io.StringIO()
    Log(SetClock(), "info", stream).event("page.failed", route="/bills", phone="13900000001")
    line = json.loads(stream.getvalue())
    assert line["route"] == "/bills"
    assert "phone" not in line
    assert line["event"] == "page.failed"


def test_the_rest_is_told_on_request_only() -> None:
    quiet, loud = io.StringIO(), io.StringIO()
    Log(SetClock(), "info", quiet).debug("projection.block_written", height=1)
    Log(SetClock(), "debug", loud).debug("projection.block_written", height=1)
    assert quiet.getvalue() == ""
    assert json.loads(loud.getvalue())["height"] == "1"


def test_the_system_clock_tells_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    assert before <= SystemClock().now_ms() <= time.time_ns() // 1_000_000
