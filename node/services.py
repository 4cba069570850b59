"""What the API's handlers work with, put together from a running node and its world."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from node.api.call import Load, Services
from node.api.outline import BlockReader
from node.check_limits import CheckLimits
from node.config import Config, VaultSection
from node.desk import Desk
from node.duties import build_duties
from node.issuing import Issuing
from node.kept_requests import KeptRequests
from node.node import Node
from node.ports import Executor, World
from node.publishing import Publishing
from node.settling import Settling
from node.vault.openings import OpeningJournal, OpeningLimits
from node.vault.store import Vault
from primitives.errors import NodeFault
from primitives.units import SHANGHAI_OFFSET_MS


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Keys of the vault."""

    sealing_key: bytes
    """The agency's private X25519 key."""
    portal_key: bytes
    """Key of the patients' pseudonyms."""


async def build_services(
    node: Node,
    world: World,
    *,
    config: Config,
    genesis_bytes: bytes,
    secrets: Secrets,
    vault_thread: Executor,
    fail: Callable[[NodeFault], None],
) -> Services:
    """Open the vault, reconcile what waits in it, and return the services.

    Args:
        node: started.
        world: the node's.
        config: for limits.
        genesis_bytes: the genesis file.
        secrets: keys of the vault.
        vault_thread: where the vault's disk work runs.
        fail: ends the process with a fault that no request can live with.

    Raises:
        NodeFault: the vault is damaged.
    """
    agency, chain = config.node.agency, node.genesis.chain
    vault = _vault(world, config, secrets)
    desk = _desk(node, world, agency)
    settling = Settling(
        node, vault, vault_thread=vault_thread, chain=chain, agency=agency, journal=world.journal
    )
    await settling.start()
    issuing = Issuing(
        node,
        vault,
        settling=settling,
        vault_thread=vault_thread,
        desk=desk,
        clock=world.clock,
        entropy=world.entropy,
    )
    publishing = Publishing(
        node, vault, settling=settling, vault_thread=vault_thread, desk=desk, clock=world.clock
    )
    duties = build_duties(
        node,
        world,
        desk=desk,
        vault=vault,
        settling=settling,
        vault_thread=vault_thread,
        finance=config.finance,
    )
    return Services(
        node=node,
        genesis_bytes=genesis_bytes,
        agency=agency,
        settings=config.api,
        clock=world.clock,
        vault=vault,
        vault_thread=vault_thread,
        issuing=issuing,
        publishing=publishing,
        requests=await vault_thread.run(partial(KeptRequests, world.files)),
        openings=OpeningJournal(world.files),
        limits=_limits(config.vault),
        checks=CheckLimits(config.api.checks_per_minute_max),
        load=Load(),
        blocks=BlockReader(node),
        desk=desk,
        settling=settling,
        duties=duties,
        journal=world.journal,
        fail=fail,
    )


def _vault(world: World, config: Config, secrets: Secrets) -> Vault:
    return Vault(
        world.files,
        world.entropy,
        sealing_key=secrets.sealing_key,
        portal_key=secrets.portal_key,
        visit_offset_ms=0 if config.vault.visit_times == "utc" else SHANGHAI_OFFSET_MS,
        records_bytes_max=config.vault.records_bytes_max,
    )


def _limits(vault: VaultSection) -> OpeningLimits:
    return OpeningLimits(vault.openings_per_session_max, vault.contacts_per_minute_max)


def _desk(node: Node, world: World, agency: str) -> Desk:
    return Desk(
        node.genesis.chain,
        agency,
        clock=world.clock,
        entropy=world.entropy,
        signer=world.signer,
        expiry_max_ms=node.genesis.parameters.max_expiry_ms,
    )
