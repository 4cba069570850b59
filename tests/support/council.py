"""The members governing themselves on a simulated network."""

from collections.abc import Sequence

from ledger.agencies import VALIDATOR
from ledger.governance import ProposalMade, Propose, Vote
from ledger.key_rotation import RotateCertificate, RotateKey
from ledger.membership import (
    AddAgency,
    AddValidator,
    Change,
    NewKey,
    RemoveAgency,
    RemoveValidator,
)
from ledger.operations import Operation
from ledger.readiness import Readiness, readiness_key
from ledger.receipt import decode_receipt
from ledger.validators import ValidatorSets, validator_sets
from primitives.signing import key_id
from tests.support.town import EXPIRY_MS, Town, until
from tests.support.world import AGENCIES, SeededSigner, agency_of

UNTIL_MS = EXPIRY_MS + 86_400_000
DAY_MS = 86_400_000


class Council:
    """Whoever holds the governance keys of a town's agencies."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._count = 0

    async def govern(self, agency: str, operation: Operation, at: str | None = None) -> int:
        """Let an agency's governance key sign one operation; return its height."""
        self._count += 1
        transaction = self.town.desk(agency, self._count).transaction(
            (operation,), EXPIRY_MS, "governance"
        )
        return await self.town.commit(transaction, at or agency)

    async def carry(
        self, change: Change, voters: Sequence[str] = AGENCIES[:3], height: int = 0
    ) -> int:
        """Propose a change and vote for it; return the height of the deciding vote."""
        first, *others = voters
        asked = Propose(change, height, UNTIL_MS)
        self._count += 1
        transaction = self.town.desk(first, self._count).transaction(
            (asked,), EXPIRY_MS, "governance"
        )
        await self.town.commit(transaction, first)
        receipt = await self.town[first].running.wait(transaction.id, 1_000)
        assert receipt is not None
        (made,) = decode_receipt(receipt.receipt).results
        assert isinstance(made, ProposalMade)
        decided = receipt.height
        for voter in others:
            decided = await self.govern(voter, Vote(made.proposal, True), first)
        return decided

    async def add_agency(self, agency: str, voters: Sequence[str] = AGENCIES[:3]) -> int:
        """Let an agency become a member."""
        place = len(self.town.machines)
        entry = agency_of(agency, place - 1)
        keys = tuple(NewKey(key.purpose, key.public) for key in entry.keys)
        der = entry.certificates[0].der
        change = AddAgency(agency, entry.name, entry.uscc, entry.roles, der, keys)
        return await self.carry(change, voters)

    async def seat(self, agency: str, voters: Sequence[str] = AGENCIES[:3]) -> int:
        """Add a member whose machine runs, wait for its signal, let it vote.

        Returns:
            The height that decided on its vote.
        """
        await self.add_agency(agency, voters)
        key, node = readiness_key(agency), self.town[voters[0]].running
        await until(lambda: node.state.leaf(key, Readiness) is not None, 90)
        await self.town.level()
        return await self.carry(AddValidator(agency), voters)

    async def unseat(self, agency: str, voters: Sequence[str]) -> int:
        """Take a member's vote."""
        return await self.carry(RemoveValidator(agency), voters)

    async def remove(self, agency: str, voters: Sequence[str]) -> int:
        """Let a member leave for ever."""
        return await self.carry(RemoveAgency(agency), voters)

    async def rotate_certificate(self, agency: str, certificate: bytes, overlap_ms: int) -> int:
        """Let an agency's node be known by another certificate."""
        return await self.govern(agency, RotateCertificate(certificate, overlap_ms))

    async def rotate_validator_key(self, agency: str, signer: SeededSigner, place: int) -> int:
        """Put a key of `signer` in the place of the agency's first validator key."""
        old, new = signer.validator_public_key, signer.validator_public_keys[place]
        return await self.govern(agency, RotateKey(VALIDATOR, key_id(old), new, 0))

    def sets(self, at: str = "hospital") -> ValidatorSets:
        """Return who votes on the next two heights."""
        return validator_sets(self.town[at].running.state)
