"""What the ledger, as far as this node knows it, says of the node's own agency.

Rule: nothing is refused for what is not registered: a candidate is added later, and a node that is
behind learns later what was registered meanwhile. The operator is told.
"""

from ledger.agencies import DESK, PROVIDER, REMOVED, Agency, agency_key, keys_of_purpose
from ledger.state import Facts
from node.ports import World
from primitives.errors import Refused


def is_member(facts: Facts, agency_id: str) -> bool:
    """Tell whether the ledger has this agency, not removed."""
    agency = facts.leaf(agency_key(agency_id), Agency)
    return agency is not None and agency.standing != REMOVED


def note_unregistered(world: World, facts: Facts, agency_id: str, time_ms: int) -> None:
    """Tell the operator which of this node's keys the ledger does not know.

    Args:
        world: signer and journal.
        facts: the state.
        agency_id: whose node this is.
        time_ms: its ledger time.
    """
    agency = facts.leaf(agency_key(agency_id), Agency)
    if agency is None:
        world.journal.event("node.not_yet_a_member", agency=agency_id)
        return
    for purpose in (DESK, PROVIDER):
        known = [key.public for key in keys_of_purpose(agency, purpose, time_ms)]
        if known and _public_key(world, purpose) not in known:
            world.journal.event("keys.not_registered", reason=purpose)


def _public_key(world: World, purpose: str) -> bytes | None:
    try:
        return world.signer.public_key(purpose)
    except Refused:
        return None
