"""Who may link: the members and their certificates as the ledger has them.

Rule: transport and links follow the durable state, without a restart: a new member may link from
the block that added it, a removed one is dropped and refused, and while a certificate changes the
old one and the new both count. The register is read only when a block changed it or a certificate's
time is over.
"""

import asyncio
from collections.abc import Iterable, KeysView

from ledger.agencies import (
    REGISTER_KEY,
    Agency,
    Register,
    agency_key,
    certificates_of,
)
from ledger.state import Facts
from node.peers import Peers
from node.ports import Roster, Transport


def roster_of(facts: Facts, time_ms: int) -> Roster:
    """Return the members that are not removed, and the certificates that count at a ledger time."""
    found = {name: certificates_of(agency, time_ms) for name, agency in _agencies(facts)}
    return {name: certificates for name, certificates in found.items() if certificates}


def next_end(facts: Facts, time_ms: int) -> int | None:
    """Return the ledger time at which the next certificate ceases to count; None when none does."""
    ends = (item.until_ms for _, agency in _agencies(facts) for item in agency.certificates)
    return min((end for end in ends if end > time_ms), default=None)


class RosterKeeper:
    """Lets transport and peers follow the ledger's member list.

    Args:
        transport: makes the links.
        peers: hold them.
    """

    def __init__(self, transport: Transport, peers: Peers) -> None:
        self._transport = transport
        self._peers = peers
        self._roster: Roster = {}
        self._leaves: set[bytes] = set()
        self._ends: int | None = None
        self._news = asyncio.Event()

    def follow(self, facts: Facts, time_ms: int, changed: KeysView[bytes] | None = None) -> None:
        """Look at the state after a block, if the block can have changed the list.

        Args:
            facts: the state.
            time_ms: its ledger time.
            changed: the state keys that the block changed; None to look in any case.
        """
        is_over = self._ends is not None and self._ends <= time_ms
        touched = changed is None or not changed.isdisjoint(self._leaves)
        if not touched and not is_over:
            return
        self._leaves = {REGISTER_KEY, *(agency_key(name) for name, _ in _agencies(facts))}
        self._ends = next_end(facts, time_ms)
        roster = roster_of(facts, time_ms)
        if roster != self._roster:
            self._roster = roster
            self._news.set()

    async def settle(self) -> None:
        """Let transport and peers know the newest list."""
        self._news.clear()
        roster = self._roster
        await self._transport.trust(roster)
        self._peers.follow(roster)

    async def run(self) -> None:
        """Settle whenever the list changed, for ever."""
        while True:
            await self._news.wait()
            await self.settle()


def _agencies(facts: Facts) -> Iterable[tuple[str, Agency]]:
    register = facts.leaf(REGISTER_KEY, Register)
    assert register is not None, "the genesis writes the register"
    for name in register.agencies:
        agency = facts.leaf(agency_key(name), Agency)
        assert agency is not None, "the register names members"
        yield name, agency
