"""The application with real requests: who is let in, what is bounded, how it says no."""

import io
import re

from node.api.answers import Status
from node.api.table import ROUTES
from tests.support.office import line
from tests.support.served import READER, served


def a_path(path: str) -> str:
    """Return a route's path with something lawful in each of its places."""
    lawful = {"code": "46060126", "number": "1", "height": "1", "id": "00" * 40}
    return re.sub(r"\{(\w+)\}", lambda place: lawful.get(place[1], "hospital"), path)


async def test_every_route_with_a_scope_refuses_a_caller_without_a_token():
    async with served(None) as (client, _, _):
        for route in ROUTES:
            if not route.scope:
                continue
            path = a_path(route.path)
            response = await client.request(route.method, path)
            assert response.status == 401, route.path
            assert (await response.json())["code"] == "auth.missing"


async def test_every_route_wants_its_own_scope():
    async with served(READER) as (client, _, _):
        for route in ROUTES:
            if route.scope in ("", "read"):
                continue
            path = a_path(route.path)
            response = await client.request(route.method, path)
            assert response.status == 403, route.path


async def test_an_answer_that_the_caller_has_is_not_sent_again():
    async with served() as (client, office, _):
        await office.issue(line("b"))
        first = await client.get("/v1/bills/46060226/1")
        tag = first.headers["ETag"]
        second = await client.get("/v1/bills/46060226/1", headers={"If-None-Match": tag})
        assert (second.status, await second.read()) == (304, b"")


async def test_one_request_too_many_is_told_to_come_again():
    async with served() as (client, office, _):
        office.services.load.requests = office.services.settings.requests_max
        response = await client.get("/v1/status")
        assert response.status == 503
        assert (await response.json())["code"] == "api.busy"
        office.services.load.requests = 0
        assert (await client.get("/v1/status")).status == 200


async def test_unknown_paths_and_methods_are_problems_too():
    async with served() as (client, _, _):
        missing = await client.get("/v1/nothing")
        assert (missing.status, (await missing.json())["code"]) == (404, "route.not_found")
        wrong = await client.delete("/v1/bills")
        assert (wrong.status, wrong.headers["Allow"]) == (405, "GET, POST")


async def test_each_request_is_answered_in_its_own_language():
    async with served() as (client, _, _):
        for header, fix in [
            ("zh-CN,zh;q=0.9,en;q=0.8", "请对照 /v1/openapi.json"),
            ("en", "compare with /v1/openapi.json"),
            ("zh", "请对照 /v1/openapi.json"),
            ("", "compare with /v1/openapi.json"),
        ]:
            response = await client.get("/v1/nothing", headers={"Accept-Language": header})
            assert (await response.json())["fix"] == fix
        told = await client.post(
            "/v1/bills", json={"busNo": "b 1"}, headers={"Accept-Language": "zh"}
        )
        problem = (await told.json())["items"][0]["problem"]
        assert problem["code"] == "his.missing_field"
        assert problem["fix"] == "请补全答复所指字段"


async def test_a_body_above_the_limit_is_refused_whether_announced_or_not():
    async with served() as (client, office, _):
        size = office.services.settings.body_size_max_bytes + 1
        headers = {"Content-Type": "application/x-ndjson"}
        response = await client.post("/v1/bills", data=io.BytesIO(b"x" * size), headers=headers)
        assert (await response.json())["code"] == "request.too_large"

        async def pieces():
            for _ in range(9):
                yield b"x" * (1024 * 1024)

        response = await client.post("/v1/bills", data=pieces(), headers=headers)
        assert (await response.json())["code"] == "request.too_large"


async def test_requests_are_counted_by_route_and_status_without_names():
    async with served() as (client, _, _):
        await client.get("/v1/bills/46060226/7")
        text = await (await client.get("/metrics")).text()
        route = 'route="/v1/bills/{code}/{number}",status="404"'
        assert f"piaolian_api_requests_total{{{route}}} 1" in text


async def test_the_document_is_served_and_names_the_structs():
    async with served() as (client, _, _):
        document = await (await client.get("/v1/openapi.json")).json()
        assert document["openapi"] == "3.1.0"
        assert set(document["components"]["schemas"]["Status"]["properties"]) == set(
            Status.__struct_fields__
        )


async def test_a_write_that_failed_ends_the_process():
    async with served() as (client, office, town):
        town["hospital"].disk.fault = lambda place, _: 0 if "vault" in place else None
        response = await client.post("/v1/bills", data=line("b"), headers={
            "Content-Type": "application/json"
        })  # fmt: skip
        assert response.status == 500
        assert [fault.code for fault in office.faults] == ["storage.write_failed"]
