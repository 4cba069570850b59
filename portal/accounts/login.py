"""How a patient gets in.

First login: resident id + check code of one of their bills; a one-time code goes to the phone in
that bill's sealed details and nowhere else; entering it binds that phone. Later: phone + code.

Rule: whatever is typed, the answer looks and takes the same: the look-up and the message happen
behind it. Limits count by id, by phone and by address, whether or not anybody has them.
"""

import asyncio
import hmac
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from portal.accounts.bindings import Bindings
from portal.accounts.codes import Codes, PendingLogin
from portal.accounts.identity import (
    plain_check_code,
    plain_code,
    plain_phone,
    plain_resident_id,
)
from portal.accounts.limits import Limit
from portal.accounts.sessions import Sessions
from portal.clock import Clock
from portal.config import AccountsSection
from portal.logs import Log
from portal.messages.adapter import Messages
from portal.node_client import NodeClient
from portal.projection.projection import Projection
from portal.pseudonyms import Pseudonyms
from primitives.errors import HouseError, Refused


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a login looks things up."""

    pseudonyms: Pseudonyms
    """Hashes what people type."""
    projection: Projection
    """Knows which check codes a patient's bills have."""
    node: NodeClient
    """Tells the phone in a bill's details."""
    bindings: Bindings
    """Knows which phone serves whom."""


class Logins:
    """The door of the accounts.

    Args:
        settings: times and limits.
        sources: where it looks things up.
        messages: brings the code to the phone.
        clock: what time it is.
        log: where failures to send are told, without saying whose.
    """

    def __init__(
        self,
        settings: AccountsSection,
        sources: Sources,
        *,
        messages: Messages,
        clock: Clock,
        log: Log,
    ) -> None:
        self._pseudonyms = sources.pseudonyms
        self._projection = sources.projection
        self._node = sources.node
        self._bindings = sources.bindings
        self._messages = messages
        self._clock = clock
        self._log = log
        self._codes = Codes(
            secrets.token_bytes(32),
            valid_ms=settings.code_valid_ms,
            tries_max=settings.code_tries_max,
        )
        self.sessions = Sessions(
            idle_ms=settings.session_idle_ms,
            length_ms=settings.session_ms,
            count_max=settings.sessions_max,
        )
        self._by_person = Limit(settings.logins_max, settings.lockout_ms)
        self._by_address = Limit(settings.address_logins_max, settings.lockout_ms)
        self._sending: set[asyncio.Task[None]] = set()

    def ask_first(self, visit: str, *, resident_id: str, check_code: str, address: str) -> None:
        """Begin a first login; the code is on its way if the two belong to a bill.

        Raises:
            Refused: `login.malformed_id`, `login.malformed_check_code`, `login.too_often`.
        """
        plain_id = plain_resident_id(resident_id)
        plain_check = plain_check_code(check_code)
        patient = self._pseudonyms.patient(plain_id)
        self._count(patient, address)
        pending = self._codes.begin(visit, self._clock.now_ms())
        self._behind(self._send_first(pending, patient, plain_check))

    def ask_again(self, visit: str, *, phone: str, address: str) -> None:
        """Begin a later login; the code is on its way if the phone is bound.

        Raises:
            Refused: `login.malformed_phone`, `login.too_often`.
        """
        plain = plain_phone(phone)
        self._count(self._pseudonyms.phone(plain), address)
        pending = self._codes.begin(visit, self._clock.now_ms())
        self._behind(self._send_again(pending, plain))

    def is_waiting(self, visit: str) -> bool:
        """Tell whether a login of this visit waits for its code."""
        return self._codes.is_waiting(visit, self._clock.now_ms())

    async def enter(self, visit: str, code: str) -> str:
        """Complete a login with its code; return the token of the new session.

        Raises:
            Refused: `login.malformed_code`, `login.wrong_code`, `login.code_over`.
        """
        now_ms = self._clock.now_ms()
        pending = self._codes.enter(visit, plain_code(code), now_ms)
        if pending.is_first:
            lost = await self._bindings.bind(pending.patient, pending.phone, now_ms)
            self.sessions.end_all_of(lost)
        return self.sessions.open(pending.patient, pending.phone, now_ms)

    async def settle(self) -> None:
        """Wait until every message begun is sent or given up."""
        while self._sending:
            await asyncio.gather(*self._sending)

    def _count(self, person: bytes, address: str) -> None:
        now_ms = self._clock.now_ms()
        wait_ms = self._by_address.take(self._pseudonyms.address(address), now_ms)
        wait_ms = wait_ms or self._by_person.take(person, now_ms)
        if wait_ms:
            raise Refused("login.too_often", "", minutes=-(-wait_ms // 60_000))

    def _behind(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guard(work))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except HouseError as error:
            self._log.event("login.code_not_sent", code=error.code)

    async def _send_first(self, pending: PendingLogin, patient: bytes, check_code: str) -> None:
        bills = await self._projection.bills_to_match(patient)
        matches = [
            (code, number)
            for code, number, hashed in bills
            if hmac.compare_digest(hashed, self._pseudonyms.check_code(code, number, check_code))
        ]
        if not matches:
            return
        phone = _phone_of(await self._node.contact(*matches[0]))
        if not phone:
            self._log.event("login.code_not_sent", reason="the bill names no mobile phone")
            return
        hashed_phone = self._pseudonyms.phone(phone)
        # One phone gets no more codes than one person may ask for, whoever asks.
        if self._by_person.take(hashed_phone, self._clock.now_ms()):
            return
        pending.is_first = True
        await self._send(pending, patient, phone)

    async def _send_again(self, pending: PendingLogin, phone: str) -> None:
        patient = await self._bindings.patient_of(self._pseudonyms.phone(phone))
        if patient is not None:
            await self._send(pending, patient, phone)

    async def _send(self, pending: PendingLogin, patient: bytes, phone: str) -> None:
        code = f"{secrets.randbelow(10**6):06d}"
        pending.patient = patient
        pending.phone = self._pseudonyms.phone(phone)
        # Known before it is sent: a quick reader must not be told that it is wrong.
        pending.code_hash = self._codes.hash_of(code)
        await self._messages.send_code(phone, code)


def _phone_of(contact: str) -> str:
    """Return the mobile number a bill names, as people would type it; empty for any other."""
    try:
        return plain_phone(contact)
    except Refused:
        return ""
