"""The routes of records with real requests: published, listed, read, and who did."""

import asyncio
import json
from typing import Any

import pytest

from exchange.fhir_bundle import BUNDLE_SIZE_MAX
from node.api.auth import Caller
from node.api.record_answers import RecordFace
from node.api.tables.records import RECORDS
from storage.memory import MemoryFiles
from tests.support.office import line
from tests.support.record_bundles import NUMBER, bundle
from tests.support.served import served

FHIR = {"Content-Type": "application/fhir+json"}
PORTAL = Caller("portal", frozenset(("read", "portal")))
DESK = Caller("his", frozenset(("desk",)))
SESSION = "0123456789abcdef"


async def publish(client: Any, body: bytes, query: str = "", **headers: str) -> Any:
    """Publish a bundle; return the answer, which must be one."""
    path = f"/v1/records?wait_ms=20000{query}"
    response = await client.post(path, data=body, headers=FHIR | headers)
    assert response.status == 200, await response.text()
    return (await response.json())["items"]


async def problem(response: Any) -> tuple[int, str]:
    """Return status and code of a problem."""
    assert response.headers["Content-Type"].startswith("application/problem+json")
    return response.status, (await response.json())["code"]


async def test_what_was_published_is_told_listed_and_read_as_it_was_sealed():
    async with served() as (client, office, _):
        await office.issue(line("b", patientNo=NUMBER))
        visit, rest = await publish(client, bundle())
        assert (visit["resource"], visit["kind"], visit["entries"]) == ("Encounter/v1", "01", 2)
        assert (rest["resource"], rest["kind"], rest["status"]) == (
            "Patient/person-1", "03", "committed",
        )  # fmt: skip
        listed = await (await client.get("/v1/records")).json()
        assert [face["document"] for face in listed["items"]] == [
            visit["document"],
            rest["document"],
        ]
        path = f"/v1/records/hospital/{visit['document']}"
        assert await (await client.get(path)).json() == listed["items"][0]
        text = await client.get(f"{path}/text")
        assert text.headers["Content-Type"] == "application/json"
        assert len(text.headers["Document-Seed"]) == 43
        assert json.loads(await text.read())["form"] == "fhir-visit-1"


async def test_a_face_tells_what_the_chain_knows_and_nothing_else():
    async with served() as (client, office, _):
        await office.issue(line("b", patientNo=NUMBER))
        await publish(client, bundle())
        (face, _) = (await (await client.get("/v1/records")).json())["items"]
        assert list(face) == list(RecordFace.__struct_fields__)
        assert {route.scope for route in RECORDS} == {"desk", "read", "details", "portal"}


async def test_an_amendment_is_asked_for_and_has_a_history():
    async with served() as (client, office, _):
        await office.issue(line("b", patientNo=NUMBER))
        (old, _) = await publish(client, bundle())
        after = bundle({"v1": [("v1-37.0", "38.0")]})
        (refused, same) = await publish(client, after)
        assert (refused["status"], refused["problem"]["code"]) == ("refused", "record.differs")
        assert same["status"] == "exists"
        (new, _) = await publish(client, after, "&amend=1")
        assert (new["status"], new["supersedes"]) == ("committed", old["document"])
        for name in (old["document"], new["document"]):
            history = await (await client.get(f"/v1/records/hospital/{name}/history")).json()
            assert [item["state"] for item in history["items"]] == ["superseded", "published"]
            assert history["items"][0]["superseded_by"] == new["document"]


async def test_a_reading_is_on_record_and_the_patient_sees_it():
    async with served() as (client, office, _):
        await office.issue(line("b", patientNo=NUMBER))
        (visit, _) = await publish(client, bundle())
        name = visit["document"]
        for _ in range(2):
            await client.get(f"/v1/records/hospital/{name}/text")
        await client.get(f"/v1/portal/records/{name}?session={SESSION}")
        told = await (await client.get(f"/v1/portal/records/{name}/openings")).json()
        assert [item["what"] for item in told["items"]] == ["record"] * 3
        assert [bool(item["session"]) for item in told["items"]] == [True, False, False]
        assert SESSION not in json.dumps(told)
        bill = await (await client.get("/v1/portal/bills/46060226/1/openings")).json()
        assert bill["items"] == []


async def test_a_session_reads_so_many_records_an_hour():
    async with served() as (client, office, _):
        await office.issue(line("b", patientNo=NUMBER))
        (visit, _) = await publish(client, bundle())
        path = f"/v1/portal/records/{visit['document']}?session={SESSION}"
        for _ in range(3):
            assert (await client.get(path)).status == 200
        assert await problem(await client.get(path)) == (429, "vault.too_many_openings")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "record.not_fhir", None),
        (b"[]", "record.not_fhir", None),
        (b'{"resourceType":"Patient","id":"1"}', "record.not_fhir", "resourceType"),
        (b"\xff\xfe{}", "record.not_fhir", None),
        (bundle(gender="male"), "record.other_patient", "gender"),
        (bundle(birthDate="1950-01-01"), "record.other_patient", "birthDate"),
        (bundle(identifier=[]), "record.unknown_patient", "identifier"),
    ],
)
async def test_a_bad_bundle_is_one_problem_and_nothing_is_done(body, code, field):
    async with served() as (client, office, _):
        await office.issue(line("b", patientNo=NUMBER))
        response = await client.post("/v1/records", data=body, headers=FHIR)
        assert await problem(response) == (422, code)
        assert (await response.json()).get("field") == field
        assert (await (await client.get("/v1/records")).json())["items"] == []
        assert office.services.vault.shelf.waiting() == []


async def test_a_body_that_says_it_is_too_long_is_refused_before_it_is_read():
    async with served() as (client, office, _):
        told = {**FHIR, "Content-Length": str(200 * 1024**2)}
        response = await client.post("/v1/records", data=endless(0), headers=told)
        assert await problem(response) == (413, "request.too_large")
        assert not office.services.publishing.room.locked()
        response.close()


async def test_a_body_that_does_not_end_is_refused_when_it_is_too_long():
    async with served() as (client, office, _):
        response = await client.post("/v1/records", data=endless(20), headers=FHIR)
        assert await problem(response) == (413, "record.too_large")
        assert not office.services.publishing.room.locked()
        assert BUNDLE_SIZE_MAX < 20 * 1024**2


async def endless(chunks: int):
    """Yield so many MiB."""
    for _ in range(chunks):
        yield b" " * 1024**2


async def test_what_is_no_bundle_by_its_type_is_not_read():
    async with served() as (client, _, _):
        response = await client.post("/v1/records", data=b"{}", headers={"Content-Type": "a/b"})
        assert await problem(response) == (415, "request.wrong_type")
        long = await client.post(
            "/v1/records", data=b"{}", headers={**FHIR, "Patient-Number": "n" * 101}
        )
        assert await problem(long) == (422, "request.wrong_value")
        wrong = await client.post("/v1/records?amend=2", data=b"{}", headers=FHIR)
        assert await problem(wrong) == (422, "request.wrong_value")


async def test_who_has_another_scope_neither_publishes_nor_reads():
    async with served(PORTAL) as (client, _, _):
        assert await problem(await client.post("/v1/records", data=b"{}", headers=FHIR)) == (
            403, "auth.missing_scope",
        )  # fmt: skip
        for path in ("/v1/records/hospital/1-0-0/text",):
            assert await problem(await client.get(path)) == (403, "auth.missing_scope")
    async with served(DESK) as (client, _, _):
        for path in ("/v1/records", "/v1/portal/records/1-0-0?session=x", "/v1/records/a/1-0-0"):
            assert await problem(await client.get(path)) == (403, "auth.missing_scope")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/records/hospital/1-0-0", 404, "record.not_found"),
        ("/v1/records/hospital/01-0-0", 422, "document.malformed_name"),
        ("/v1/records/hospital/1-0", 422, "document.malformed_name"),
        ("/v1/records/finance/1-0-0/text", 404, "record.not_found"),
        ("/v1/records/a%2Fb/1-0-0/text", 404, "record.not_found"),
        ("/v1/portal/records/9-9-9?session=x", 404, "record.not_found"),
        ("/v1/portal/records/9-9-9/openings", 404, "record.not_found"),
        ("/v1/records?limit=x", 422, "request.wrong_value"),
    ],
)
async def test_a_name_that_leads_nowhere_is_a_problem(path, status, code):
    async with served() as (client, _, _):
        assert await problem(await client.get(path)) == (status, code)


@pytest.mark.parametrize("damage", ["cut", "gone", "swapped"])
async def test_a_damaged_pack_is_named_to_the_caller_and_in_the_log_and_nothing_is_served(damage):
    async with served() as (client, office, town):
        await office.issue(line("b", patientNo=NUMBER))
        (visit, _) = await publish(client, bundle())
        (other, *_) = await publish(client, bundle({"v9": []}), "&amend=1")
        files = MemoryFiles(town["hospital"].disk)
        path, another = (
            f"vault/packs/{it['document'].rpartition('-')[0]}.pack" for it in (visit, other)
        )
        spoiled = {"cut": (files.read(path) or b"")[:-1], "swapped": files.read(another)}
        files.remove(path)
        if damage in spoiled:
            files.write_atomically(path, spoiled[damage] or b"")
        response = await client.get(f"/v1/records/hospital/{visit['document']}/text")
        told = await response.json()
        assert await problem(response) == (500, "vault.damaged")
        assert told["field"] == path
        faults = town["hospital"].journal.named("api.faulted")
        assert [(fault["code"], fault["field"]) for fault in faults] == [("vault.damaged", path)]


async def test_four_bundles_are_in_memory_at_once_and_a_fifth_waits():
    async with served() as (client, office, _):
        await office.issue(line("b", patientNo=NUMBER))
        bodies = [bundle({f"v{place}": []}) for place in range(6)]
        told = await asyncio.gather(*(publish(client, body, "&amend=1") for body in bodies))
        assert {items[0]["status"] for items in told} == {"committed"}
        assert not office.services.publishing.room.locked()
