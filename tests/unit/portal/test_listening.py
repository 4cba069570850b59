"""Serving on an address, beside endless work."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web

from portal.listening import listen, run_beside
from portal.settings_file import read_settings
from primitives.errors import NodeFault, Unavailable


async def forever() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise Unavailable("work.failed", "it ended")


async def test_it_ends_when_it_is_told() -> None:
    stop = asyncio.Event()
    stop.set()
    await run_beside(stop, forever(), forever())


async def test_it_ends_with_the_failure_of_any_of_its_work() -> None:
    with pytest.raises(Unavailable, match=r"work\.failed"):
        await run_beside(asyncio.Event(), forever(), fail())


async def test_an_address_in_use_is_named_with_its_settings(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        file = tmp_path / "x.toml"
        url = await listen(web.Application(), ("127.0.0.1", 0), file=file, stack=stack)
        port = int(url.rpartition(":")[2])
        with pytest.raises(NodeFault, match=r"portal\.address_in_use") as caught:
            await listen(web.Application(), ("127.0.0.1", port), file=file, stack=stack)
    assert str(file) in str(caught.value)
    assert caught.value.exit_code == 78


def test_a_settings_file_that_is_missing_or_no_text_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NodeFault, match="make one with `some init`"):
        read_settings(tmp_path / "x.toml", "some init")
    (tmp_path / "x.toml").write_bytes(b"\xff")
    with pytest.raises(NodeFault, match=r"config\.malformed"):
        read_settings(tmp_path / "x.toml", "some init")
