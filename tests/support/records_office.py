"""A simulated hospital that publishes records: one patient is billed, the rest is the story's."""

from ledger.publishing import DocumentName, PublishedDocument, document_key
from node.slots import PublishedAt, Slot
from node.vault.places import place_of_document
from primitives.errors import HouseError
from tests.support.office import Office, line, open_town
from tests.support.record_bundles import NUMBER, bundle
from tests.support.town import Town


async def open_ward() -> tuple[Town, Office]:
    """Start a town whose hospital has billed the patient of `bundle` once."""
    town, office = await open_town()
    await office.issue(line("b", patientNo=NUMBER))
    return town, office


def published(outcome: object) -> DocumentName:
    """Return the document of a record that was published."""
    assert isinstance(outcome, Slot), outcome
    assert isinstance(outcome.outcome, PublishedAt), outcome.outcome
    return outcome.outcome.document


def refused(outcome: object) -> str:
    """Return the code of a record that was refused."""
    error = outcome.outcome if isinstance(outcome, Slot) else outcome
    assert isinstance(error, HouseError), error
    return error.code


def leaf(office: Office, name: DocumentName) -> PublishedDocument:
    """Return a document as the hospital's node knows it."""
    found = office.machine.running.state.leaf(document_key(name), PublishedDocument)
    assert found is not None, "there is no such document"
    return found


def text(office: Office, name: DocumentName) -> bytes:
    """Return a document's text."""
    commitment = leaf(office, name).document.commitment
    return office.services.vault.shelf.open(place_of_document(name), commitment).text


def documents(office: Office) -> int:
    """Return how many documents the hospital has on the chain."""
    return len(list(office.services.store.leaves(b"j/hospital/", limit=10_000)))


def assert_at_rest(office: Office) -> None:
    """Assert that nothing is on its way or half-done."""
    services = office.services
    assert services.settling.slots == {}
    assert services.vault.shelf.waiting() == []
    assert services.publishing.room.locked() is False


async def opened_again(town: Town) -> Office:
    """Start a crashed hospital again."""
    await town["hospital"].start()
    office = Office(town["hospital"])
    await office.open()
    return office


async def half_done() -> tuple[Town, Office]:
    """Return a hospital that was started again while its records waited for the chain."""
    town, office = await open_ward()
    town["insurance"].crash()
    town["health"].crash()
    await office.publish(bundle(), wait_ms=0)
    office.close()
    town["hospital"].crash()
    office = await opened_again(town)
    assert len(office.services.vault.shelf.waiting()) == 1
    return town, office
