"""The portal's questions about records: bounded, and whatever goes wrong has a code."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from portal.config import load_config
from portal.node_client import RECORD_SIZE_MAX, NodeClient, document_parts, is_document_name
from primitives.errors import Refused, Unavailable
from tests.support.portal_node import PortalNode, write_agency
from tests.support.portal_process import GENESIS, PORTAL_KEY
from tests.support.portal_records import SEED
from tests.support.record_texts import base64url, observation, visit_text

PATIENT = "11010519491231002X"


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[tuple[PortalNode, NodeClient]]:
    node = PortalNode(PORTAL_KEY, GENESIS)
    await node.start()
    async with NodeClient(load_config(write_agency(folder, node)).node) as client:
        yield node, client
    await node.stop()


async def test_a_documents_text_comes_as_it_was_published(tmp_path: Path) -> None:
    async with asking(tmp_path) as (node, client):
        text = visit_text(observation("血糖", "6.10"))
        (name,) = node.publish(PATIENT, text)
        opened = await client.record(name, "session")
        assert (opened.text, opened.seed) == (text, base64url(SEED))
        assert text not in repr(opened)
        (opening,) = await client.openings(name)
        assert opening["session"] == "session"


async def test_a_text_longer_than_any_record_is_given_up(tmp_path: Path) -> None:
    async with asking(tmp_path) as (node, client):
        (name,) = node.publish(PATIENT, visit_text())
        node.records.long_text = RECORD_SIZE_MAX
        assert len((await client.record(name, "session")).text) == RECORD_SIZE_MAX
        node.records.long_text = RECORD_SIZE_MAX + 1
        with pytest.raises(Unavailable, match=r"node\.malformed"):
            await client.record(name, "session")


async def test_too_many_openings_and_a_node_that_is_away_have_their_codes(tmp_path: Path) -> None:
    async with asking(tmp_path) as (node, client):
        (name,) = node.publish(PATIENT, visit_text())
        node.records.too_many = True
        with pytest.raises(Refused, match=r"node\.too_many"):
            await client.record(name, "session")
        await node.stop()
        with pytest.raises(Unavailable, match=r"node\.away"):
            await client.record(name, "session")
        await node.start()


async def test_the_proof_asked_for_is_that_of_the_documents_leaf(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, client):
        proof = await client.document_proof("812-0-3")
        key = base64.urlsafe_b64decode(proof["fact"]["key"] + "==")
        assert key == b"j/hospital/000000000812-00000-0003/"


@pytest.mark.parametrize("name", ["", "1-0", "01-0-0", "1-0-0 ", "1-0-0\n", "../1", "1-0-10000"])
def test_what_is_no_documents_name_is_known(name: str) -> None:
    assert not is_document_name(name)
    with pytest.raises(ValueError, match="no document"):
        document_parts(name)


def test_a_documents_name_tells_where_it_stands() -> None:
    assert is_document_name("812-0-3")
    assert document_parts("812-0-3") == (812, 0, 3)
