"""The running node: the house is built, started and stopped in order.

Rule: sockets open last and close first; whatever breaks, the first fault decides the exit code.
"""

import asyncio
import difflib
import signal
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from ledger.genesis import Genesis
from node.api.auth import Tokens
from node.api.call import Services
from node.api.server import ApiServer
from node.clock import SystemClock
from node.config import Config, split_address
from node.keys import AgencyKeys, check_not_of_another, load_keys, read_key
from node.logs import StructuredJournal
from node.node import Node
from node.ports import Journal, Roster, World
from node.services import Secrets, build_services
from node.settings import NodeSettings
from node.signer import FileSigner
from node.store_create import load_genesis
from node.supervision import Supervisor
from node.tls import LinkIdentity
from node.vault.store import Vault
from node.websockets import LinkSettings, WebsocketTransport
from node.world import OneThread, SystemEntropy
from primitives.errors import NodeFault
from storage.disk import DiskFiles
from storage.leveldb import ENGINE, LevelDatabases

SWITCH_INTERVAL_S = 0.0005
"""A worker thread returning from LevelDB or libsodium waits this long for the loop's thread."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What stands before the node: settings, secrets and the world."""

    config: Config
    genesis_bytes: bytes
    genesis: Genesis
    keys: AgencyKeys
    identity: LinkIdentity
    world: World
    thread: OneThread
    vault_thread: OneThread


class Daemon:
    """One node as a process.

    Args:
        config: its settings.

    Raises:
        NodeFault: what is wrong with settings, keys or genesis, before anything is opened.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._parts = _gather(config)
        self._supervisor = Supervisor()
        self._journal = self._parts.world.journal
        self._node = Node(self._parts.world, self._parts.genesis_bytes, _settings(config))
        self._broken: asyncio.Future[None] = asyncio.Future()
        self._vault: Vault | None = None
        self._api: ApiServer | None = None

    async def run(self) -> None:
        """Run until a signal asks to stop.

        Raises:
            NodeFault: what broke the node; its `exit_code` is the process's.
        """
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            services = await self._start()
            self._supervisor.ready(f"serving {self._config.node.agency}")
            self._journal.event(
                "node.started", listen=self._config.links.listen, height=self._node.head.height
            )
            await self._until(stop, services)
        finally:
            self._supervisor.stopping()
            await self._stop()

    async def _start(self) -> Services:
        await self._node.start()
        parts = self._parts
        services = await build_services(
            self._node,
            parts.world,
            config=self._config,
            genesis_bytes=parts.genesis_bytes,
            secrets=Secrets(parts.keys.sealing, read_key(self._config.vault.portal_key)),
            vault_thread=parts.vault_thread,
            fail=self._fail,
        )
        self._vault = services.vault
        self._api = ApiServer(services, Tokens(self._config.api.tokens))
        place = str(self._config.file)
        await self._api.listen_on_socket(self._config.api.socket, f"{place}: api.socket")
        host, port = split_address(self._config, "api.listen")
        await self._api.listen_on_tls(
            host, port, context=self._parts.identity.api_context(), place=f"{place}: api.listen"
        )
        return services

    def _fail(self, fault: NodeFault) -> None:
        if not self._broken.done():
            self._broken.set_exception(fault)

    async def _until(self, stop: asyncio.Event, services: Services) -> None:
        """Return when asked to stop; raise the first fault of any root task."""
        roots: list[Coroutine[Any, Any, Any]] = [
            stop.wait(),
            self._node.run(),
            services.settling.run(),
            *services.duties.roots(),
            self._supervisor.watch(),
        ]
        tasks = [asyncio.ensure_future(root) for root in roots]
        watching = {tasks[0], tasks[1], self._broken}
        try:
            while not any(future.done() for future in watching):
                others = {task for task in tasks[2:] if not task.done()}
                await asyncio.wait(watching | others, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks[2:]:
                    if task.done():
                        task.result()
            for future in watching:
                if future.done():
                    future.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stop(self) -> None:
        if self._api is not None:
            await self._api.close()
        await self._node.stop()
        if self._vault is not None:
            await self._parts.vault_thread.run(self._vault.close)
        self._parts.vault_thread.close()
        self._parts.thread.close()


def serve(config: Config) -> None:
    """Run a node until a signal asks to stop.

    Raises:
        NodeFault: what broke it.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)

    async def run() -> None:
        await Daemon(config).run()

    asyncio.run(run())


def _gather(config: Config) -> _Parts:
    genesis_bytes, genesis = load_genesis(config.node.genesis)
    roster = {name: [agency.certificates[0].der] for name, agency in genesis.agencies}
    keys = load_keys(config.keys.directory)
    agency = config.node.agency
    check_not_of_another(keys, config.keys.directory, agency, genesis.agencies)
    journal = StructuredJournal(agency, config.log.level, style=config.log.format)
    _note_unknown_peers(config, roster, journal)
    identity = LinkIdentity(agency, config.keys.directory, roster)
    thread, vault_thread = OneThread("disk"), OneThread("vault")
    host, port = split_address(config, "links.listen")
    links = LinkSettings(
        str(config.file),
        host,
        port,
        config.links.connect_timeout_ms,
        config.links.heartbeat_ms,
    )
    data = config.node.data
    world = World(
        clock=SystemClock(),
        transport=WebsocketTransport(identity, links),
        databases=LevelDatabases(data),
        engine=ENGINE,
        files=DiskFiles(data),
        keys=DiskFiles(config.keys.directory),
        executor=thread,
        entropy=SystemEntropy(),
        signer=FileSigner(keys, config.keys.directory),
        journal=journal,
    )
    return _Parts(config, genesis_bytes, genesis, keys, identity, world, thread, vault_thread)


def _note_unknown_peers(config: Config, roster: Roster, journal: Journal) -> None:
    """Tell of peers that the genesis does not name: the ledger may have added them since."""
    for peer, _ in config.peers():
        if peer not in roster:
            near = difflib.get_close_matches(peer, roster, n=1)
            journal.event("links.peer_not_in_genesis", peer=peer, reason=near[0] if near else "")


def _settings(config: Config) -> NodeSettings:
    return NodeSettings(
        agency=config.node.agency,
        peers=config.peers(),
        connect_timeout_ms=config.links.connect_timeout_ms,
        heartbeat_ms=config.links.heartbeat_ms,
        mempool_bytes=config.limits.mempool_bytes,
        disk_free_min_bytes=config.limits.disk_free_min_bytes,
    )


def check(config: Config) -> None:
    """Read everything that `serve` reads before it opens anything.

    Raises:
        NodeFault: what is wrong.
    """
    parts = _gather(config)
    parts.thread.close()
    parts.vault_thread.close()
    read_key(config.vault.portal_key)
    Tokens(config.api.tokens)
