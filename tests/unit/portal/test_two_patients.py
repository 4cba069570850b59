"""Two patients over the whole route table, the open stream included: neither sees the other's."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from portal.pages.app import make_app
from tests.support.portal_node import his_line
from tests.support.portal_process import Browser, Page, Scene, scene
from tests.support.record_texts import resource, visit_text

FIRST, SECOND = "11010519491231002X", "110105198001010032"
NOBODYS = {"code": "46060126", "number": "0000000999", "order": "none", "document": "999-0-0"}
DOORS_OF_ALL = {"/language/{language}", "/livez", "/readyz", "/genesis.json"}
"""They say the same to everybody, logged in or not."""


@dataclass(frozen=True)
class Visitor:
    """A patient with a bill, an order and a record, logged in."""

    browser: Browser
    names: dict[str, str]
    """Of the bill, the order, the document."""
    words: tuple[str, ...]
    """Stand in what is this patient's and nowhere else."""


async def visitor(it: Scene, place: int, resident_id: str) -> Visitor:
    own = {"idCardNo": resident_id, "tel": f"1390000000{place}", "payer": f"payer-{place}"}
    (face,) = await it.issue(his_line(**own, busNo=f"bill-{place}"))
    browser = await it.first_login(resident_id, face["check_code"])
    written = it.log.expect(f'"height": "{len(it.node.blocks) + 2}"')
    it.node.open_order(his_line(**own, busNo=f"order-{place}"))
    (document,) = it.node.publish(resident_id, visit_text(resource("Condition", f"ill-{place}")))
    await written.wait()
    names = {"code": face["code"], "number": face["number"], "order": f"order-{place}"}
    words = (f"payer-{place}", f"order-{place}", f"ill-{place}", f'id="doc-{document}"')
    return Visitor(browser, names | {"document": document}, words)


def address(path: str, names: dict[str, str]) -> str:
    number = names["order"] if path.startswith("/orders") else names["number"]
    return path.format(code=names["code"], number=number, document=names["document"])


async def asked(who: Visitor, method: str, path: str) -> Page:
    return await (who.browser.post(path) if method == "POST" else who.browser.get(path))


async def heard(who: Visitor, seconds: float) -> bytes:
    """Return what the stream of an open page tells for a while."""
    told = b""
    async with who.browser.session.get(f"{who.browser.url}/follow?seen=0") as response:
        try:
            async with asyncio.timeout(seconds):
                async for chunk in response.content.iter_any():
                    told += chunk
        except TimeoutError:
            return told
    return told


async def test_no_route_tells_one_patient_anything_of_the_other(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        one, two = await visitor(it, 1, FIRST), await visitor(it, 2, SECOND)
        doors = {
            (route.method, route.resource.canonical)
            for route in make_app(it.running.portal).router.routes()
            if route.resource is not None and route.method in ("GET", "POST")
        }
        # A logout would end the story; the stream is heard below; files are the same for all.
        doors -= {("POST", "/logout"), ("GET", "/follow"), ("GET", "/static")}
        doors = {door for door in doors if door[1] not in DOORS_OF_ALL}
        count = 0
        for who, other in ((one, two), (two, one)):
            for method, path in sorted(doors):
                own = await asked(who, method, address(path, who.names))
                found = [word for word in other.words if word in own.text]
                assert found == [], (method, path)
                count += 1
                if "{" in path:
                    hidden = await asked(who, method, address(path, other.names))
                    unknown = await asked(who, method, address(path, NOBODYS))
                    assert hidden.status == unknown.status == 404, (method, path)
                    # The page of a door that is not there repeats what was asked, and no more.
                    secrets = [word for word in other.words if word not in other.names.values()]
                    assert not any(word in hidden.text for word in secrets), (method, path)
                    count += 2
        print(f"{count} questions of two patients over {len(doors)} routes")  # noqa: T201
        assert count == 2 * sum(3 if "{" in path else 1 for _, path in doors)


async def test_the_open_stream_tells_a_patient_nothing_of_the_other(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        one, two = await visitor(it, 1, FIRST), await visitor(it, 2, SECOND)
        height = len(it.node.blocks)
        stream = asyncio.create_task(heard(one, 2))
        written = it.log.expect(f'"height": "{height + 1}"')
        it.node.publish(SECOND, visit_text(resource("Condition", "new")))
        await written.wait()
        told = await stream
        assert told.count(b"event: changed") == 1, "what is one's own, and nothing after"
        assert not any(word.encode() in told for word in two.words)
