"""The hospital's API in a simulated town: the real handlers, called without sockets."""

import asyncio
import copy
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from aiohttp import StreamReader
from aiohttp.test_utils import make_mocked_request

from exchange.fhir_bundle import split_bundle
from ledger.ranges import AllotNumbers
from node.api.auth import OPERATOR, Caller
from node.api.call import Call, Services
from node.api.routes import Handler
from node.config import (
    ApiSection,
    Config,
    FinanceSection,
    KeysSection,
    LimitsSection,
    LinksSection,
    LogSection,
    NodeSection,
    VaultSection,
)
from node.services import Secrets, build_services
from node.slots import Slot
from primitives.errors import HouseError, NodeFault
from tests.support.his_lines import good_line
from tests.support.town import Town
from tests.support.virtual_loop import machine
from tests.support.world import Machine, VirtualExecutor, seed_bytes

PLACE = "460000001"
SECRETS = Secrets(seed_bytes("sealing"), seed_bytes("portal"))


def config_of(agency: str) -> Config:
    """Return settings that are all defaults."""
    return Config(
        Path("node.toml"),
        NodeSection(agency),
        KeysSection(),
        LinksSection(),
        ApiSection(),
        VaultSection(openings_per_session_max=3),
        FinanceSection(),
        LogSection(),
        LimitsSection(),
    )


class Office:
    """One agency's services beside its running node."""

    def __init__(self, home: Machine) -> None:
        self.machine = home
        self.faults: list[NodeFault] = []
        self.services: Services = None  # type: ignore[assignment]

    async def open(self) -> None:
        """Start the services, as the program does after the node."""
        name = machine.set(self.machine.agency)
        try:
            self.services = await build_services(
                self.machine.running,
                self.machine.world(),
                config=config_of(self.machine.agency),
                genesis_bytes=self.machine.genesis,
                secrets=SECRETS,
                vault_thread=VirtualExecutor(lambda: 0.0002),
                fail=self.faults.append,
            )
            self._following = [asyncio.create_task(self.services.settling.run())]
        finally:
            machine.reset(name)

    def act(self) -> None:
        """Let the node do by itself what its agency has to do."""
        name = machine.set(self.machine.agency)
        try:
            roots = self.services.duties.roots()
            self._following += [asyncio.create_task(self._watched(root)) for root in roots]
        finally:
            machine.reset(name)

    async def _watched(self, root: Coroutine[Any, Any, None]) -> None:
        """Run a root; what ends it by an error ends the node, as in the program."""
        try:
            await root
        except Exception as error:
            self.machine.error = error
            raise

    def close(self) -> None:
        """Stop following the chain."""
        for task in self._following:
            task.cancel()

    async def issue(self, *lines: bytes, wait_ms: int = 20_000) -> list[Slot | HouseError]:
        """Issue bills; return what became of each line."""
        return await self.services.issuing.issue(lines, wait_ms)

    async def publish(
        self, bundle: bytes, number: str = "", *, amend: bool = False, wait_ms: int = 20_000
    ) -> list[Slot | HouseError]:
        """Publish a bundle; return what became of each record."""
        return await self.services.publishing.publish(
            split_bundle(bundle), patient_number=number, is_amendment=amend, wait_ms=wait_ms
        )

    async def ask(
        self,
        handler: Handler,
        query: str = "",
        *,
        body: bytes = b"",
        media: str = "application/json",
        caller: Caller = OPERATOR,
        idempotency: str = "",
        patient_number: str = "",
        **path: str,
    ) -> Any:
        """Return what a handler answers.

        Args:
            handler: of the route.
            query: after the question mark.
            body: of the request.
            media: its type.
            caller: who asks.
            idempotency: the Idempotency-Key.
            patient_number: the Patient-Number.
            **path: the parts of the path.
        """
        headers = {"Content-Type": media, "Content-Length": str(len(body))}
        headers |= {"Idempotency-Key": idempotency} if idempotency else {}
        headers |= {"Patient-Number": patient_number} if patient_number else {}
        payload = StreamReader(_Protocol(), 2**16, loop=asyncio.get_running_loop())
        payload.feed_data(body)
        payload.feed_eof()
        request = make_mocked_request(
            "GET", f"/?{query}", headers=headers, match_info=path, payload=payload
        )
        return await handler(Call(request, caller, self.services))


class _Protocol:
    """A connection that never fills up."""

    _reading_paused = False

    def resume_reading(self, **_: object) -> None:
        return


async def open_town(last: int = 1_000_000, kind: str = "02") -> tuple[Town, Office]:
    """Start four agencies, allot inpatient numbers and open the hospital's office."""
    town = Town()
    await town.start()
    finance = Office(town["finance"])
    await finance.open()
    operation = AllotNumbers("hospital", PLACE, kind, f"4606{kind}26", 1, last)
    await town.commit(finance.services.desk.transaction([operation]), "finance")
    await town.level()
    office = Office(town["hospital"])
    await office.open()
    return town, office


def line(number: str, **changes: Any) -> bytes:
    """Return a good line with its own numbers, dated before the simulated time."""
    bill = copy.deepcopy(good_line()) | {"busNo": number, "busDateTime": "20251220101500000"}
    for name in ("consultationDate", "inHospitalDate", "outHospitalDate"):
        bill[name] = "20251210"
    for place, item in enumerate(bill["listDetail"]):
        item["listDetailNo"] = f"{number}-{place}"
    return json.dumps(bill | changes, ensure_ascii=False).encode()
