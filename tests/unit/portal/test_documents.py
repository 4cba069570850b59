"""Documents of the projection: whose, the newest of each line, and what changed since."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from portal.projection.projection import Projection
from portal.projection.rows import DocumentRow, Head, News
from tests.unit.portal.test_projection import row

PATIENT, OTHER = b"patient", b"other"


def document(name: str, **changes: object) -> DocumentRow:
    height, _, operation = (int(part) for part in name.split("-"))
    plain = DocumentRow(
        patient=PATIENT,
        document=name,
        kind="01",
        size_class=4096,
        time_ms=height,
        height=height,
        sequence=operation,
        state="published",
        supersedes="",
        superseded_by="",
        visit=b"",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def names(rows: tuple[DocumentRow, ...]) -> list[str]:
    return [it.document for it in rows]


@asynccontextmanager
async def written(folder: Path, *blocks: News) -> AsyncIterator[Projection]:
    projection = Projection(folder / "p.sqlite")
    await projection.begin("chain")
    for height, news in enumerate(blocks, 1):
        await projection.write_block(Head("chain", height, f"h{height}", height), news)
    yield projection
    projection.close()


def amended() -> tuple[News, News, News]:
    """Three documents, of which the first is amended, and then its amendment."""
    first = tuple(document(f"1-0-{number}") for number in range(3))
    second = (
        replace(first[0], state="superseded", superseded_by="2-0-0"),
        document("2-0-0", supersedes="1-0-0"),
    )
    third = (
        replace(second[1], state="superseded", superseded_by="3-0-0"),
        document("3-0-0", supersedes="2-0-0"),
    )
    return News(documents=first), News(documents=second), News(documents=third)


async def test_an_amendment_takes_the_place_of_what_it_amends(tmp_path: Path) -> None:
    async with written(tmp_path, *amended()) as projection:
        found = await projection.documents.newest(PATIENT, count=10, skip=0)
        assert names(found) == ["3-0-0", "1-0-2", "1-0-1"]
        assert await projection.documents.count(PATIENT) == 3
        skipped = await projection.documents.newest(PATIENT, count=1, skip=1)
        assert names(skipped) == ["1-0-2"]


async def test_each_version_leads_to_all_of_its_line(tmp_path: Path) -> None:
    async with written(tmp_path, *amended()) as projection:
        for name in ("1-0-0", "2-0-0", "3-0-0"):
            line = await projection.documents.line(PATIENT, name)
            assert names(line) == ["3-0-0", "2-0-0", "1-0-0"]
        assert names(await projection.documents.line(PATIENT, "1-0-1")) == ["1-0-1"]
        assert await projection.documents.line(OTHER, "1-0-1") == ()


async def test_every_version_is_walked_through_once(tmp_path: Path) -> None:
    async with written(tmp_path, *amended()) as projection:
        walked: list[DocumentRow] = []
        after = None
        while (found := await projection.documents.every(PATIENT, after=after)) is not None:
            walked.append(found)
            after = found
        assert names(tuple(walked)) == ["3-0-0", "2-0-0", "1-0-2", "1-0-1", "1-0-0"]


async def test_what_changed_is_told_in_pieces_that_leave_nothing_out(tmp_path: Path) -> None:
    async with written(tmp_path, *amended()) as projection:
        mark, seen = "0", []
        while True:
            changes = await projection.documents.changed_after(PATIENT, mark, count=2)
            seen += names(changes.rows)
            mark = changes.mark
            if changes.is_all:
                break
        assert seen == ["1-0-1", "1-0-2", "1-0-0", "2-0-0", "3-0-0"]
        assert mark == str(await projection.revision(PATIENT)) == "3"
        nothing = await projection.documents.changed_after(PATIENT, mark, count=2)
        assert (nothing.rows, nothing.mark, nothing.is_all) == ((), "3", True)
        assert (await projection.documents.changed_after(OTHER, "0", count=2)).rows == ()


@pytest.mark.parametrize("mark", ["", "x", "1.2", "1.2.3.4", "-1", "1.a.3", "9" * 16, "１"])
async def test_what_is_no_mark_is_refused(tmp_path: Path, mark: str) -> None:
    async with written(tmp_path) as projection:
        with pytest.raises(ValueError, match="no mark"):
            await projection.documents.changed_after(PATIENT, mark, count=2)


async def test_a_patient_sees_no_document_of_another(tmp_path: Path) -> None:
    theirs = document("1-0-9", patient=OTHER, visit=b"v" * 32)
    async with written(tmp_path, News(documents=(theirs,))) as projection:
        assert await projection.documents.one(OTHER, "1-0-9") == theirs
        assert await projection.documents.one(PATIENT, "1-0-9") is None
        assert await projection.documents.of_visit(PATIENT, b"v" * 32) == ()
        assert await projection.documents.count(PATIENT) == 0
        assert await projection.documents.every(PATIENT, after=None) is None
        assert await projection.revision(PATIENT) == 0


async def test_a_bill_and_its_visit_find_each_other(tmp_path: Path) -> None:
    visit, bill = b"v" * 32, replace(row("0000000001"), visit=b"v" * 32)
    news = News(
        (bill, row("0000000002"), replace(bill, number="0000000003", patient=OTHER)),
        documents=(document("1-0-0", visit=visit), document("1-0-1")),
    )
    async with written(tmp_path, news) as projection:
        assert names(await projection.documents.of_visit(PATIENT, visit)) == ["1-0-0"]
        assert await projection.documents.of_visit(PATIENT, b"") == ()
        asked = frozenset({visit, b"", b"w" * 32})
        assert await projection.bills_of_visits(PATIENT, asked) == {visit: (bill,)}


async def test_a_block_with_documents_concerns_their_patients(tmp_path: Path) -> None:
    async with written(tmp_path) as projection:
        news = News(documents=(document("1-0-0"), document("1-0-1", patient=OTHER)))
        told = await projection.write_block(Head("chain", 1, "h", 1), news)
        assert told == {PATIENT, OTHER}
