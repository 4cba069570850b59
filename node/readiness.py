"""A candidate's node says by itself that it is ready to vote.

Rule: it says so when its ledger is in step, the agency has a validator key that is held here and
has no vote yet; again after half of the time for which its word counts. No vote follows from it:
that is the members' decision.
"""

import asyncio
from collections.abc import Callable

from ledger.agencies import ACTIVE, VALIDATOR, Agency, agency_key, keys_of_purpose
from ledger.checks import parameters_of
from ledger.parameters import RULES_VERSION
from ledger.readiness import Readiness, SignalReadiness, readiness_key, readiness_message
from ledger.state import View
from ledger.validators import validator_sets
from node.admission import Admission
from node.answers import NodeStatus
from node.desk import Desk
from node.ports import Journal, Signer
from primitives.errors import HouseError
from primitives.signing import Signed

Now = Callable[[], tuple[View, NodeStatus]]
PAUSE_S = 5.0
"""Between two looks; what was said is in a block by then."""


class ReadinessSignal:
    """Tells the ledger that this node is ready, as long as that is of use.

    Args:
        desk: makes the transaction.
        signer: holds the validator key.
        admission: takes the transaction in line.
        journal: for operators.
    """

    def __init__(self, desk: Desk, signer: Signer, admission: Admission, journal: Journal) -> None:
        self._desk = desk
        self._signer = signer
        self._admission = admission
        self._journal = journal

    async def run(self, now: Now) -> None:
        """Look every few seconds, for ever.

        Args:
            now: returns the state after the newest block and where the node stands.
        """
        while True:
            view, status = now()
            self.look(view, status)
            await asyncio.sleep(PAUSE_S)

    def look(self, view: View, status: NodeStatus) -> None:
        """Say that the node is ready, if it is and somebody may want to know."""
        if not status.ready or status.is_validator:
            return
        public = self._candidate_key(view, status.head.time_ms)
        if public is None:
            return
        desk, height = self._desk, status.head.height
        message = readiness_message(desk.chain, desk.agency, RULES_VERSION, height)
        signature = self._signer.sign_vote(Signed.READINESS, message, public)
        transaction = desk.transaction([SignalReadiness(RULES_VERSION, height, signature)])
        try:
            self._admission.submit(transaction.data)
        except HouseError as error:
            self._journal.event("readiness.refused", code=error.code)
        else:
            self._journal.event("readiness.signalled", height=height)

    def _candidate_key(self, view: View, time_ms: int) -> bytes | None:
        """Return the validator key of this agency, if it is a candidate and has to speak up."""
        agency_id = self._desk.agency
        agency = view.leaf(agency_key(agency_id), Agency)
        sets = validator_sets(view)
        votes = any(entry.agency == agency_id for entry in (*sets.next, *sets.after_next))
        if agency is None or agency.standing != ACTIVE or votes:
            return None
        said = view.leaf(readiness_key(agency_id), Readiness)
        half_ms = parameters_of(view).readiness_ms // 2
        if said is not None and said.time_ms + half_ms > time_ms:
            return None
        keys = keys_of_purpose(agency, VALIDATOR, time_ms)
        is_held = bool(keys) and self._signer.holds_validator_key(keys[-1].public)
        return keys[-1].public if is_held else None
