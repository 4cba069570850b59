"""What was opened for a session: in memory, bounded, gone with it."""

from pathlib import Path

import pytest

from portal.accounts.sessions import Session
from portal.node_client import OpenedText
from portal.pages import opening_pages, record_files
from portal.records.opened import COUNT_MAX, SESSION_SIZE_MAX, Opened, OpenedRecords, Shelf
from portal.records.record_view import Record
from primitives.errors import Refused
from tests.support.portal_process import scene
from tests.support.record_texts import observation, visit_text

PATIENT = "11010519491231002X"


def opened(size: int) -> Opened:
    return Opened(OpenedText("x" * size, ""), Record(False))


def test_a_shelf_lets_go_of_what_was_not_used_for_longest() -> None:
    shelf = Shelf()
    for number in range(COUNT_MAX + 1):
        shelf.put(f"{number}-0-0", opened(1))
    assert shelf.get("0-0-0") is None
    assert shelf.get("1-0-0") is not None
    assert shelf.size == COUNT_MAX
    shelf.put("large", opened(SESSION_SIZE_MAX))
    assert (shelf.get("1-0-0"), shelf.size) == (None, SESSION_SIZE_MAX)
    shelf.clear()
    assert (shelf.records(), shelf.size) == ((), 0)


async def test_a_document_is_asked_for_once_a_session_and_refusals_end_the_asking(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        names = it.node.publish(PATIENT, *[visit_text(observation("Glucose", "5"))] * 20)
        records = OpenedRecords(it.running.portal.node)
        session = Session("a session of twenty", bytes(32), bytes(32), 0, 0)
        await records.open(session, names[0])
        await records.open(session, names[0])
        assert len(it.node.records.openings[names[0]]) == 1
        it.node.records.too_many = True
        found, failure = await records.open_all(session, names)
        assert list(found) == [names[0]]
        assert isinstance(failure, Refused)
        with pytest.raises(Refused):
            await records.open(session, names[1])


def test_files_and_openings_have_routes_of_their_own() -> None:
    paths = {route.path for module in (opening_pages, record_files) for route in module.routes}
    assert paths == {
        "/records/all.json",
        "/records/openings",
        "/records/{document}/openings",
        "/records/{document}/receipt.json",
    }
