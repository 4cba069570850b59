"""Making the signed original (电子票据原件) of a bill, and making it again.

An original is made after commit, for only then the number is known, and is the same bytes whenever
it is made again: nothing of it is stored but its signature and the names that may change.

Rule: the signatures are on disk before anybody hears of the hashes; a document that differs from
what was signed is never given out. Making them takes a twentieth of the loop's time while bills are
on their way, and half of it else.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from exchange.bill import ExchangeBill
from exchange.national_xml import (
    NationalDocument,
    is_signed_by,
    original_hash,
    signed_original,
)
from exchange.signatures import UnitSignature
from ledger.agencies import FINANCE, REGISTER_KEY, Agency, Register, agency_key
from ledger.bills import RED, Bill, bill_key
from ledger.checks import parameters_of
from ledger.state import View
from node.block_bills import MadeBill, bills_of_block
from node.desk import Desk
from node.node import Node
from node.ports import Executor
from node.vault.places import sealed_place
from node.vault.seals import SealedOriginal, Seals, SealShelf
from node.vault.shelf import Shelf
from primitives.errors import NodeFault, Refused
from primitives.signing import key_id

SHARE_IDLE: Final = 1
SHARE_BUSY: Final = 19
"""For each second of making originals the loop has so many for everything else: while nothing
waits here to be committed, and while something does."""
PAUSE_S_MAX: Final = 0.05
"""The longest pause after one."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an original says that stands neither in the bill nor in its details."""

    issuer_name: str
    """收款单位."""
    issuer_uscc: str
    """Its unified social credit code."""
    supervisor_name: str
    """财政部门."""
    area_code: str
    """SupervisorAreaCode."""


class OriginalMaker:
    """Makes the originals of one agency's bills.

    Args:
        node: has the chain.
        desk: signs.
        shelf: has the details.
        seals: keeps the signatures.
        vault_thread: where the vault's disk work runs.
        is_busy: tells whether bills are on their way, which go first.
    """

    def __init__(
        self,
        node: Node,
        *,
        desk: Desk,
        shelf: Shelf,
        seals: SealShelf,
        vault_thread: Executor,
        is_busy: Callable[[], bool],
    ) -> None:
        self._node = node
        self._desk = desk
        self._shelf = shelf
        self._seals = seals
        self._thread = vault_thread
        self._is_busy = is_busy

    async def document_of(self, code: str, number: int) -> NationalDocument:
        """Return the signed original of an own bill, for formats that are built on it.

        Raises:
            Refused: `bill.unknown`; `original.not_made` when it is not made yet, or not here;
                `details.not_found`.
            NodeFault: `vault.damaged`.
        """
        bill = self._node.state.leaf(bill_key(code, number), Bill)
        if bill is None:
            raise Refused("bill.unknown", "no bill has this code and number", "number")
        seals = await self._thread.run(lambda: self._seals.read(bill.height))
        sealed = None if seals is None else _of(seals, code, number)
        if seals is None or sealed is None:
            raise Refused("original.not_made", "it is made after the bill's block", "number")
        names = Names(seals.issuer_name, seals.issuer_uscc, seals.supervisor_name, seals.area_code)
        exchanged = await self._exchange_bill(MadeBill(code, number, bill), names)
        unit = UnitSignature(seals.key_id, sealed.signature)
        document = NationalDocument(exchanged, unit)
        if not is_signed_by(document, self._desk.chain, seals.public_key):
            raise NodeFault("vault.damaged", "an original is not what was signed", "vault")
        return document

    async def hashes(self, height: int) -> list[bytes]:
        """Return the hashes of the originals of own bills of a block; their seals are kept then.

        Args:
            height: of a block up to which the vault has followed the chain.

        Raises:
            HouseError: one of them cannot be made here.
        """
        await self._require_details(height)
        made = await bills_of_block(self._node, height)
        own = [item for item in made if item.bill.issuer == self._desk.agency]
        seals = await self._thread.run(lambda: self._seals.read(height))
        if seals is not None:
            documents = [await self.document_of(item.code, item.number) for item in own]
            return [original_hash(document) for document in documents]
        names = names_of(self._node.state, self._desk.agency)
        hashes, sealed = [], []
        time = asyncio.get_running_loop().time
        for item in own:
            began = time()
            exchanged = await self._exchange_bill(item, names)
            unit, document = signed_original(
                exchanged, self._desk.chain, self._desk.public_key, self._desk.sign
            )
            hashes.append(sha256(document).digest())
            sealed.append(SealedOriginal(item.code, item.number, unit.signature))
            share = SHARE_BUSY if self._is_busy() else SHARE_IDLE
            await asyncio.sleep(min(PAUSE_S_MAX, share * (time() - began)))
        await self._keep(height, names, tuple(sealed))
        return hashes

    async def _require_details(self, height: int) -> None:
        """Refuse a recent block whose details are kept elsewhere, before its bills are read.

        Raises:
            Refused: `details.not_found`.
        """
        faces = self._node.faces(height) or ()
        own = next((face for face in faces if face.issuer == self._desk.agency), None)
        if own is None:
            return
        bill = self._node.state.leaf(bill_key(own.code, own.number), Bill)
        assert bill is not None, "a face is a bill's"
        place = sealed_place(self._node.state, bill)
        if not await self._thread.run(lambda: self._shelf.has(place)):
            raise Refused("details.not_found", "the details of this bill are not in this vault")

    async def _keep(self, height: int, names: Names, sealed: tuple[SealedOriginal, ...]) -> None:
        public_key = self._desk.public_key
        seals = Seals(
            names.issuer_name,
            names.issuer_uscc,
            names.supervisor_name,
            names.area_code,
            key_id(public_key),
            public_key,
            sealed,
        )
        await self._thread.run(lambda: self._seals.write(height, seals))

    async def _exchange_bill(self, made: MadeBill, names: Names) -> ExchangeBill:
        """Return a bill as the outside formats take it, its details opened.

        Raises:
            Refused: `details.not_found`.
        """
        bill, amounts = made.bill, made.bill.amounts
        place = sealed_place(self._node.state, bill)
        found = await self._thread.run(lambda: self._shelf.chunks(place))
        opened = self._shelf.open_chunks(*found, bill.document.commitment)
        related = bill.counterpart if bill.validity == RED else None
        return ExchangeBill(
            code=made.code,
            number=made.number,
            check_code=bill.check_code,
            time_ms=bill.time_ms,
            issuer_name=names.issuer_name,
            issuer_uscc=names.issuer_uscc,
            business_number=bill.business_number,
            total_fen=amounts.total,
            fund_fen=amounts.fund,
            other_fen=amounts.other,
            account_fen=amounts.account,
            own_fen=amounts.own,
            details=opened.text,
            issuer=bill.issuer,
            place=bill.place,
            related_code=related.code if related is not None else "",
            related_number=related.number if related is not None else 0,
            supervisor_name=names.supervisor_name,
            area_code=names.area_code,
        )


def names_of(state: View, issuer: str) -> Names:
    """Return the names that stand in an issuer's originals now.

    Args:
        state: the present one.
        issuer: the hospital.
    """
    unit = state.leaf(agency_key(issuer), Agency)
    assert unit is not None, "an issuer is a member"
    register = state.leaf(REGISTER_KEY, Register)
    assert register is not None, "the genesis writes the register"
    members = (state.leaf(agency_key(agency), Agency) for agency in register.agencies)
    finance = next((m for m in members if m is not None and FINANCE in m.roles), None)
    return Names(
        unit.name,
        unit.uscc,
        finance.name if finance is not None else "",
        parameters_of(state).division,
    )


def _of(seals: Seals, code: str, number: int) -> SealedOriginal | None:
    for sealed in seals.originals:
        if (sealed.code, sealed.number) == (code, number):
            return sealed
    return None
