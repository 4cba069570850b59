"""A given patient's records, from the bundle to the text that comes back."""

from exchange.fhir_bundle import SplitBundle, entries_of, split_bundle
from ledger.publishing import write_document_name
from node.api.record_answers import RecordFace
from node.api.records import get_record, get_record_history, get_record_openings, get_records
from node.api.tables.records import RECORDS
from node.patients import Patients
from node.publishing import Publishing
from node.slots import PublishedAt, Slot
from node.vault.places import place_of_document
from tests.support.office import Office, line, open_town
from tests.support.refusals import refused
from tests.support.vectors import DATA
from tests.support.virtual_loop import run_virtually

NUMBER = "593aaa05"
JORGE = split_bundle((DATA / "fhir" / "jorge.json").read_bytes())
ID_NUMBER = "469023202108225097"


async def publish(office: Office, bundle: SplitBundle, *, amend: bool = False) -> list[Slot]:
    publishing: Publishing = office.services.publishing
    outcomes = await publishing.publish(
        bundle, patient_number=NUMBER, is_amendment=amend, wait_ms=20_000
    )
    return [outcome for outcome in outcomes if isinstance(outcome, Slot)]


def test_a_bundle_becomes_documents_whose_texts_come_back_byte_for_byte() -> None:
    async def story() -> None:
        _, office = await open_town()
        await office.issue(line("b-1", patientNo=NUMBER, idCardNo=ID_NUMBER))
        slots = await publish(office, JORGE)
        assert len(slots) == len(JORGE.documents) == 5
        for slot, document in zip(slots, JORGE.documents, strict=True):
            assert isinstance(slot.outcome, PublishedAt)
            name = write_document_name(slot.outcome.document)
            face: RecordFace = await office.ask(get_record, custodian="hospital", document=name)
            place = place_of_document(slot.outcome.document)
            text = office.services.vault.shelf.open(place, bytes.fromhex(face.commitment)).text
            assert text == b"".join(document.parts)
            assert [bytes(entry) for entry in entries_of(text)] == [
                bytes(entry) for entry in document.entries
            ]
            history = await office.ask(get_record_history, custodian="hospital", document=name)
            assert history.items == [face]
            assert (await office.ask(get_record_openings, document=name)).items == []
        again = await publish(office, JORGE)
        assert all(slot.is_old for slot in again)
        assert len((await office.ask(get_records)).items) == 5

    run_virtually(story())


def test_no_two_routes_of_records_do_the_same() -> None:
    assert len({(route.method, route.path) for route in RECORDS}) == len(RECORDS) == 8


def test_a_bundle_of_somebody_else_is_refused_before_anything_is_sealed() -> None:
    async def story() -> None:
        _, office = await open_town()
        await office.issue(line("b-1", patientNo=NUMBER))
        with refused("record.other_patient", "birthDate"):
            await publish(office, JORGE)
        services = office.services
        patients = Patients(services.vault, services.vault_thread, chain=services.desk.chain)
        with refused("record.unknown_patient"):
            await patients.pseudonym_of(JORGE.patient, "nobody", services.clock.now_ms())
        assert services.vault.shelf.waiting() == []

    run_virtually(story())
