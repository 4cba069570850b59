"""An event of the node is read whole, or refused whole; its news replaces what was known."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal.projection.events import read_event
from portal.projection.projection import Projection
from portal.projection.rows import Head, HeightNews, News
from portal.projection.schema import STEPS, TABLES
from portal.projection.watchers import Watchers
from portal.projection.writing import columns
from portal.pseudonyms import Pseudonyms
from primitives.errors import Unavailable
from tests.support.portal_node import CODE, PortalNode, his_line
from tests.support.portal_process import GENESIS, PORTAL_KEY
from tests.support.record_texts import base64url
from tests.unit.portal.test_projection import PATIENT, row

PSEUDONYMS = Pseudonyms(PORTAL_KEY)
VISIT = base64url(bytes(32))
PAYMENT = {
    "provider": "bank", "reference": "p-1", "order": "o-1", "state": "unapplied",
    "amount_fen": 1305, "refunded_fen": 0, "owed_fen": 1305, "due_by_ms": 7, "paid_ms": 5,
}  # fmt: skip


def event() -> dict[str, Any]:
    """An event with one of everything."""
    node = PortalNode(PORTAL_KEY, GENESIS)
    bills = node.issue(his_line())
    order = node.open_order(his_line(busNo="o-1"))
    height = {"height": 1, "endorsement": "endorsed", "withheld": [], "delivered": True}
    told = {"bills": bills, "orders": [order], "payments": [PAYMENT], "heights": [height]}
    told["documents"] = node.records.publish(bills[0]["patient"], 1, "{}", visits=(VISIT,))
    return json.loads(json.dumps(node.blocks[0] | told))  # type: ignore[no-any-return]


def test_all_that_a_block_changed_is_read() -> None:
    head, news = read_event(event(), "chain", PSEUDONYMS)
    (document,) = news.documents
    assert (document.document, document.state, len(document.visit)) == ("1-0-0", "published", 32)
    assert document.patient == PSEUDONYMS.patient(PATIENT)
    (bill,), (order,), (payment,), (height,) = news.bills, news.orders, news.payments, news.heights
    assert (head.chain, head.height) == ("chain", 1)
    assert (bill.name, bill.validity) == (f"{CODE}/0000000001", "issued")
    assert bill.patient == order.patient == PSEUDONYMS.patient(PATIENT)
    assert (order.number, order.left_fen) == ("o-1", 1305)
    assert (payment.is_applied, payment.owed_fen, payment.due_by_ms) == (0, 1305, 7)
    assert (height.height, height.is_delivered) == (1, 1)


def test_claims_papers_and_links_are_read() -> None:
    told = event()
    told["bills"][0] |= {
        "claim": {
            "state": "locked",
            "lock": {"payer_class": "commercial", "until_ms": 9},
            "settlements": [
                {"payer_class": "basic_insurance", "reversed": False},
                {"payer_class": "employer", "reversed": True},
            ],
        },
        "paper": {"state": "paper_live"},
        "counterpart": {"code": CODE, "number": "0000000002"},
    }
    (bill,) = read_event(told, "chain", PSEUDONYMS)[1].bills
    assert (bill.lock_class, bill.lock_until_ms, bill.claimed) == (
        "commercial",
        9,
        "basic_insurance",
    )
    assert (bill.is_on_paper, bill.counterpart) == (1, f"{CODE}/0000000002")


def without(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(told: Any) -> None:
        for step in path[:-1]:
            told = told[step]
        del told[path[-1]]

    return change


def with_value(value: Any, *path: Any) -> Callable[[dict[str, Any]], None]:
    def change(told: Any) -> None:
        for step in path[:-1]:
            told = told[step]
        told[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "spoil",
    [
        without("orders"),
        without("bills", 0, "claim"),
        without("payments", 0, "owed_fen"),
        with_value("../1", "bills", 0, "number"),
        with_value("a/b", "orders", 0, "order"),
        with_value(["x"], "heights"),
        with_value("none", "bills", 0, "amounts"),
        with_value({"code": CODE, "number": "7"}, "bills", 0, "counterpart"),
        with_value("AA", "bills", 0, "visit"),
        without("documents", 0, "kind"),
        with_value("1-0", "documents", 0, "document"),
        with_value("01-0-0", "documents", 0, "document"),
        with_value(2, "documents", 0, "height"),
        with_value("erased", "documents", 0, "state"),
        with_value("superseded", "documents", 0, "state"),
        with_value("2-0-0", "documents", 0, "superseded_by"),
        with_value("../1", "documents", 0, "supersedes"),
        with_value("AA", "documents", 0, "visit"),
        with_value("", "documents", 0, "patient"),
    ],
)
def test_an_event_of_another_form_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    told = event()
    spoil(told)
    with pytest.raises(Unavailable, match=r"node\.malformed"):
        read_event(told, "chain", PSEUDONYMS)


async def test_news_of_a_block_reaches_all_its_bills_and_names_whom_it_concerns(
    tmp_path: Path,
) -> None:
    projection = Projection(tmp_path / "p.sqlite")
    await projection.begin("chain")
    await projection.write_block(
        Head("chain", 1, "h1", 1), News((row("0000000001"), row("0000000002")))
    )
    assert await projection.revision(b"patient") == 1
    told = HeightNews(1, "endorsed", ((CODE, "0000000002"),), 1)
    assert await projection.write_block(Head("chain", 2, "h2", 2), News(heights=(told,))) == {
        b"patient"
    }
    good, bad = (await projection.page(b"patient", number=1, size=9)).bills[::-1]
    assert (good.endorsement, bad.endorsement, good.is_delivered) == ("endorsed", "withheld", 1)
    assert await projection.revision(b"patient") == 2
    assert await projection.revision(b"other") == 0
    projection.close()


async def test_a_payment_concerns_the_patient_of_its_order(tmp_path: Path) -> None:
    projection = Projection(tmp_path / "p.sqlite")
    await projection.begin("chain")
    _, news = read_event(event(), "chain", PSEUDONYMS)
    patient = PSEUDONYMS.patient(PATIENT)
    await projection.write_block(Head("chain", 1, "h1", 1), News(orders=news.orders))
    paid = News(payments=news.payments)
    assert await projection.write_block(Head("chain", 2, "h2", 2), paid) == {patient}
    ((order, stray_fen),) = await projection.orders(patient)
    assert (order.number, stray_fen) == ("o-1", 1305)
    assert await projection.payments("o-1") == news.payments
    assert await projection.order(b"other", "o-1") is None
    projection.close()


def test_another_version_of_the_tables_drops_all_that_was_read(tmp_path: Path) -> None:
    file = tmp_path / "p.sqlite"
    old = sqlite3.connect(file)
    old.executescript(STEPS[0] + "INSERT INTO head VALUES (1, 'chain', 7, 'h', 7);")
    old.executescript("PRAGMA user_version = 1;")
    old.close()
    projection = Projection(file)
    assert asyncio.run(projection.head()) is None
    projection.close()
    assert all(f"CREATE TABLE {table}" in STEPS[-1] for table in TABLES if table != "head")


def test_the_columns_of_a_row_are_its_fields() -> None:
    assert columns(type(row("0000000001"))).startswith("patient, code, number, check_code")


def test_watchers_wake_for_their_patient_alone_and_leave_nothing_behind() -> None:
    watchers = Watchers()
    with watchers.watch(b"one") as one, watchers.watch(b"two") as two:
        watchers.tell(frozenset({b"one", b"three"}))
        assert one.is_set()
        assert not two.is_set()
        assert watchers.count == 2
        watchers.close()
        assert two.is_set()
    assert watchers.count == watchers.count_of(b"one") == 0
