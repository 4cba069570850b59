"""Whose records a bundle is: the person behind a resident id, or behind the hospital's number.

Rule: a bundle is published for a person that is certain. A resident id in the bundle says who it
is; else the hospital's own number leads to the newest bill with it, and so to the payer's id
number. Birth date and sex in an id number must be the bundle's. No name is compared: names are
written in many ways.
Source: GB 11643-1999 for what a resident id tells.
"""

import json
from functools import partial
from typing import Final

from exchange.fhir_bundle import BundlePatient
from ledger.dates import date_text
from ledger.id_documents import is_resident_id, payer_number
from ledger.issuing import IssueBill
from ledger.orders import OpenOrder
from ledger.transaction import decode_transaction
from node.ports import Executor
from node.vault.lines import PATIENT
from node.vault.packs import SealedPlace
from node.vault.store import Vault
from primitives.errors import Refused

_SEXES: Final = {"male": 1, "female": 0}
"""The last digit but one of a resident id is odd for men."""


class Patients:
    """Finds the persons of bundles.

    Args:
        vault: has the bills' details.
        vault_thread: where its disk work runs.
        chain: the chain id.
    """

    def __init__(self, vault: Vault, vault_thread: Executor, *, chain: bytes) -> None:
        self._vault = vault
        self._thread = vault_thread
        self._chain = chain

    async def pseudonym_of(self, patient: BundlePatient, number: str, now_ms: int) -> bytes:
        """Return the pseudonym of a bundle's patient.

        Args:
            patient: as the bundle tells.
            number: the hospital's number (patientNo); empty to take the bundle's own.
            now_ms: for the details' dates.

        Raises:
            Refused: `record.unknown_patient` when nothing says who it is, `record.other_patient`
                when what does is about somebody else.
        """
        id_number = patient.resident_id
        if id_number and not is_resident_id(id_number):
            raise Refused("record.bad_resident_id", "its check digit is wrong", "identifier")
        numbers = [number] if number else list(patient.numbers)
        found = await self._thread.run(partial(self._payer, numbers, date_text(now_ms)))
        if number and id_number and found and found != id_number:
            raise _other("identifier")
        id_number = id_number or found
        if not id_number:
            raise Refused(
                "record.unknown_patient",
                "no bill of this hospital has its patient number; tell it, or the resident id",
                "identifier",
            )
        _check_person(patient, id_number)
        return self._vault.pseudonym(id_number)

    def _payer(self, numbers: list[str], today: str) -> str:
        """Return the id number on the newest bill with one of these numbers (disk)."""
        for number in numbers:
            for place in self._vault.lines.holders([self._vault.lines.hash(number, PATIENT)]):
                return self._payer_at(place, today)
        return ""

    def _payer_at(self, place: SealedPlace, today: str) -> str:
        file = self._vault.shelf.read(place.height, place.transaction_index)
        if file is None:
            raise Refused("details.not_found", "the details are not in this vault")
        transaction = decode_transaction(file.pack.transaction, self._chain)
        operation = transaction.envelope.operations[place.operation_index]
        assert isinstance(operation, IssueBill | OpenOrder), "patients' numbers are of bills"
        opened = self._vault.shelf.open(place, operation.document.commitment)
        return payer_number(json.loads(opened.text, parse_float=str, parse_int=str), today)


def _check_person(patient: BundlePatient, id_number: str) -> None:
    """Require that an id number that tells birth date and sex tells the bundle's."""
    if not is_resident_id(id_number):
        return
    born = f"{id_number[6:10]}-{id_number[10:12]}-{id_number[12:14]}"
    if patient.birth_date and not born.startswith(patient.birth_date):
        raise _other("birthDate")
    sex = _SEXES.get(patient.gender)
    if sex is not None and int(id_number[16]) % 2 != sex:
        raise _other("gender")


def _other(field: str) -> Refused:
    return Refused("record.other_patient", "the bundle is about somebody else", field)
