"""What a node does by itself for the life of a bill, put together by the roles of its agency.

Rule: nothing acts before the open matters are read from the chain; an error that is no refusal
ends the node, as in any of its tasks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from ledger.agencies import FINANCE, HOSPITAL, Agency, agency_key
from node.alarms import Alarms
from node.billing import Billing
from node.config import FinanceSection
from node.desk import Desk
from node.endorser import Endorser
from node.errands import Errands
from node.node import Node
from node.open_matters import OpenMatters
from node.original_making import OriginalMaker
from node.originals import Originals
from node.ports import Executor, World
from node.settling import Settling
from node.sweeper import Sweeper
from node.vault.seals import SealShelf
from node.vault.store import Vault
from node.withholding import Withholding


@dataclass(frozen=True, slots=True)
class Duties:
    """What the node does by itself, for those who ask it and for those who run it."""

    matters: OpenMatters
    """What is open, as far as it concerns this agency."""
    alarms: Alarms
    """What is late."""
    errands: Errands
    """Takes the node's own transactions."""
    sweeper: Sweeper
    """Ends lapsed orders, tells what is late."""
    endorser: Endorser | None
    """At finance."""
    originals: Originals | None
    """At a hospital."""
    billing: Billing | None
    """At a hospital."""
    endorses: bool
    """Whether this node endorses by itself."""
    _is_ready: asyncio.Event = field(default_factory=asyncio.Event)

    def roots(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs as long as the node does; each is one task."""
        acting: list[Callable[[], Awaitable[None]]] = [self.sweeper.run]
        if self.endorser is not None and self.endorses:
            acting.append(self.endorser.run)
        if self.originals is not None:
            acting.append(self.originals.run)
        if self.billing is not None:
            acting.append(self.billing.run)
        return [self._prepare(), *(self._act(run) for run in acting)]

    async def _prepare(self) -> None:
        await self.matters.build()
        self._is_ready.set()

    async def _act(self, run: Callable[[], Awaitable[None]]) -> None:
        await self._is_ready.wait()
        await run()


def build_duties(
    node: Node,
    world: World,
    *,
    desk: Desk,
    vault: Vault,
    settling: Settling,
    vault_thread: Executor,
    finance: FinanceSection,
) -> Duties:
    """Return what the agency of `desk` has to do by the roles it has now.

    Args:
        node: started.
        world: the node's.
        desk: of the agency.
        vault: its details.
        settling: tells when the vault has followed the chain.
        vault_thread: where the vault's disk work runs.
        finance: settings of finance's node.
    """
    agency = node.state.leaf(agency_key(desk.agency), Agency)
    roles = agency.roles if agency is not None else ()
    start = _Start(node, world, desk, OpenMatters(node, desk.agency, roles), Errands(node, desk))
    alarms = Alarms(node, start.matters, world.clock, world.journal)
    node.metrics.register(alarms)
    is_hospital = HOSPITAL in roles
    maker = OriginalMaker(
        node,
        desk=desk,
        shelf=vault.shelf,
        seals=SealShelf(world.files),
        vault_thread=vault_thread,
        is_busy=lambda: bool(settling.slots) or node.status().pending_transactions > 0,
    )
    return Duties(
        matters=start.matters,
        alarms=alarms,
        errands=start.errands,
        sweeper=start.sweeper(alarms),
        endorser=start.endorser(finance) if FINANCE in roles else None,
        originals=start.originals(maker, settling) if is_hospital else None,
        billing=start.billing() if is_hospital else None,
        endorses=finance.endorse == "on",
    )


@dataclass(frozen=True, slots=True)
class _Start:
    """What all duties stand on."""

    node: Node
    world: World
    desk: Desk
    matters: OpenMatters
    errands: Errands

    def sweeper(self, alarms: Alarms) -> Sweeper:
        return Sweeper(
            self.desk.agency,
            self.matters,
            alarms=alarms,
            errands=self.errands,
            clock=self.world.clock,
            journal=self.world.journal,
        )

    def endorser(self, finance: FinanceSection) -> Endorser:
        return Endorser(
            self.node,
            self.matters,
            withholding=Withholding(self.node, finance, self.world.files),
            errands=self.errands,
            desk=self.desk,
            journal=self.world.journal,
        )

    def originals(self, maker: OriginalMaker, settling: Settling) -> Originals:
        return Originals(
            self.node,
            self.matters,
            maker=maker,
            settling=settling,
            errands=self.errands,
            journal=self.world.journal,
        )

    def billing(self) -> Billing:
        return Billing(
            self.node,
            self.matters,
            entropy=self.world.entropy,
            errands=self.errands,
            desk=self.desk,
            journal=self.world.journal,
        )
