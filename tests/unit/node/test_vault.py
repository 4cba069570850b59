"""The vault: nothing readable at rest, nothing half-done after a crash, each line billed once."""

import json
import os
import tracemalloc

import pytest

from ledger import documents
from ledger.bill_details import BillDetails
from ledger.bills import Amounts
from node.vault.lines import PATIENT
from node.vault.openings import Opening, OpeningJournal, OpeningLimits, session_hash
from node.vault.packs import SealedPlace, committed_path, open_pack, waiting_path
from node.vault.shelf import Person
from node.vault.store import RecordText, Vault
from primitives.errors import NodeFault, PeerFault, Refused
from primitives.hashing import keyed_hash
from storage.disk import DiskFiles
from storage.memory import MemoryDisk, MemoryFiles, keep_prefix

NOW_MS = 1_790_000_000_000
TEXT = '{"busNo":"B-1","payer":"马娜","tel":"13914740092","totalAmt":"13.05"}'.encode()
VISIT_MS = 1_789_000_000_000
TRANSACTION_ID = bytes(8) + bytes(range(32))
SEALING_KEY, PORTAL_KEY = bytes(range(32)), bytes(range(1, 33))


class Entropy:
    def random_bytes(self, count: int) -> bytes:
        return os.urandom(count)


def open_vault(disk: MemoryDisk) -> Vault:
    return Vault(MemoryFiles(disk), Entropy(), sealing_key=SEALING_KEY, portal_key=PORTAL_KEY)


def seal(vault: Vault, *lines: str, text: bytes = TEXT):
    amounts = Amounts(1305, 0, 0, 0, 1305)
    details = BillDetails(
        text, "B-1", "01", "p1", amounts, "469023194111101848", "", lines, "b5c08511", VISIT_MS
    )
    return vault.seal(details, vault.prepare(NOW_MS))


def where(sealed, operation: int = 0) -> tuple[SealedPlace, bytes]:
    return SealedPlace(7, 2, operation), sealed.document.commitment


def committed(vault: Vault, *sealed) -> None:
    vault.write_waiting(TRANSACTION_ID, b"transaction", list(enumerate(sealed)))
    vault.lines.hold(vault.commit(TRANSACTION_ID, 7, 2))


def test_what_was_sealed_opens_with_its_commitment_and_original_text():
    vault = open_vault(MemoryDisk())
    sealed = seal(vault)
    committed(vault, sealed)
    opened = vault.shelf.open(*where(sealed))
    assert opened.text == TEXT
    leaves = documents.leaves_of(opened.text)
    assert documents.commitment(leaves, opened.seed) == sealed.document.commitment
    _, packed, chunks = vault.shelf.chunks(where(sealed)[0])
    assert b"".join(chunks) == sealed.ciphertext
    assert documents.ciphertext_hash(sealed.ciphertext) == packed.ciphertext_hash


def test_the_second_bill_of_a_pack_opens_by_its_operation():
    vault = open_vault(MemoryDisk())
    first, second = seal(vault), seal(vault, text=b'{"busNo":"B-2"}')
    committed(vault, first, second)
    assert vault.shelf.open(*where(second, 1)).text == b'{"busNo":"B-2"}'


def test_nothing_at_rest_holds_the_text_the_person_or_the_holder_seed():
    disk = MemoryDisk()
    vault = open_vault(disk)
    committed(vault, seal(vault, "line-1"))
    for path in MemoryFiles(disk).list(""):
        data = MemoryFiles(disk).read(path)
        for secret in ("马娜", "13914740092", "469023194111101848", "13.05", "line-1", "B-1"):
            assert secret.encode() not in data, path


def test_without_the_month_key_nothing_opens():
    disk = MemoryDisk()
    vault = open_vault(disk)
    sealed = seal(vault)
    committed(vault, sealed)
    MemoryFiles(disk).remove("vault/periods/2026-09.key")
    with pytest.raises(NodeFault, match=r"vault\.period_key_missing"):
        open_vault(disk).shelf.open(*where(sealed))


def test_without_the_agency_sealing_key_nothing_opens():
    disk = MemoryDisk()
    vault = open_vault(disk)
    sealed = seal(vault)
    committed(vault, sealed)
    thief = Vault(MemoryFiles(disk), Entropy(), sealing_key=bytes(32), portal_key=PORTAL_KEY)
    with pytest.raises(PeerFault, match=r"sealing\.damaged"):
        thief.shelf.open(*where(sealed))


def test_the_patient_is_known_by_a_keyed_hash_only():
    vault = open_vault(MemoryDisk())
    committed(vault, seal(vault))
    patient = keyed_hash(PORTAL_KEY, b"469023194111101848")
    visit = vault.visit(patient, VISIT_MS)
    assert vault.shelf.people(7, 2) == {0: Person(patient, visit)}
    assert vault.shelf.people(7, 3) == {}
    assert vault.pseudonym("") != vault.pseudonym("")


def test_details_of_another_issuer_are_refused():
    vault = open_vault(MemoryDisk())
    with pytest.raises(Refused, match=r"details\.not_found"):
        vault.shelf.open(*where(seal(vault)))


def test_a_pack_waits_across_a_crash_and_is_found_again():
    disk = MemoryDisk()
    vault = open_vault(disk)
    vault.write_waiting(TRANSACTION_ID, b"transaction", [(0, seal(vault))])
    disk.crash(keep_prefix(lambda _: 0))
    again = open_vault(disk)
    assert again.shelf.waiting() == [TRANSACTION_ID]
    assert again.shelf.read_waiting(TRANSACTION_ID).pack.transaction == b"transaction"
    again.commit(TRANSACTION_ID, 7, 2)
    assert again.shelf.waiting() == []
    assert list(again.shelf.committed()) == [(7, 2)]


def test_a_dropped_pack_is_gone():
    vault = open_vault(MemoryDisk())
    vault.write_waiting(TRANSACTION_ID, b"transaction", [(0, seal(vault))])
    vault.drop(TRANSACTION_ID)
    assert vault.shelf.waiting() == []
    assert vault.shelf.read_waiting(TRANSACTION_ID) is None


def test_every_flipped_byte_of_a_pack_is_noticed():
    disk = MemoryDisk()
    vault, path = open_vault(disk), committed_path(7, 2)
    sealed = seal(vault)
    committed(vault, sealed)
    files = MemoryFiles(disk)
    data = files.read(path)
    for place in range(0, len(data), 7):
        changed = bytearray(data)
        changed[place] ^= 0x10
        files.write_atomically(path, bytes(changed))
        with pytest.raises(NodeFault, match=r"vault\.damaged.*vault/packs/7-2\.pack"):
            vault.shelf.open(*where(sealed))


@pytest.mark.parametrize("kept", [0, 1, 35, 36, 500])
def test_a_pack_cut_short_is_noticed_and_named(kept):
    disk = MemoryDisk()
    vault, path = open_vault(disk), committed_path(7, 2)
    sealed = seal(vault)
    committed(vault, sealed)
    files = MemoryFiles(disk)
    files.write_atomically(path, files.read(path)[:kept])
    with pytest.raises(NodeFault, match=r"vault\.damaged.*vault/packs/7-2\.pack"):
        vault.shelf.open(*where(sealed))
    with pytest.raises(NodeFault, match=r"vault\.damaged"):
        open_pack(files, path)


def test_a_pack_in_the_place_of_another_is_damage():
    disk = MemoryDisk()
    vault = open_vault(disk)
    first, second = seal(vault), seal(vault, text=b'{"busNo":"B-2"}')
    committed(vault, first)
    vault.write_waiting(TRANSACTION_ID, b"other", [(0, second)])
    vault.commit(TRANSACTION_ID, 8, 0)
    files = MemoryFiles(disk)
    files.write_atomically(committed_path(7, 2), files.read(committed_path(8, 0)))
    with pytest.raises(NodeFault, match=r"vault\.damaged.*vault/packs/7-2\.pack"):
        vault.shelf.open(*where(first))


def test_a_visit_is_told_by_its_second_and_may_lie_before_1970():
    vault = open_vault(MemoryDisk())
    person, other = bytes(32), bytes(31) + b"1"
    visit = vault.visit(person, -446_000_000_000)
    assert visit == vault.visit(person, -446_000_000_000 + 999)
    assert visit != vault.visit(person, -446_000_000_000 + 1_000)
    assert visit != vault.visit(other, -446_000_000_000)


def test_a_patient_is_found_by_the_newest_bill_with_the_number():
    vault = open_vault(MemoryDisk())
    committed(vault, seal(vault, "l1"))
    number = vault.lines.hash("b5c08511", PATIENT)
    assert vault.lines.holders([number]) == [SealedPlace(7, 2, 0)]
    assert number != vault.lines.hash("b5c08511")


def record(size: int, chunk: int = 4_096) -> tuple[RecordText, bytes]:
    raws = [json.dumps({"n": place, "x": "x" * chunk}).encode() for place in range(size // chunk)]
    parts = [b'{"form":"fhir-visit-1","entry":[']
    for place, raw in enumerate(raws):
        parts += [raw] if place == 0 else [b",", raw]
    parts.append(b"]}")
    leaves = [documents.LeafView("form", b'"fhir-visit-1"')]
    leaves += [documents.LeafView(f"entry/{place}", raw) for place, raw in enumerate(raws)]
    text = RecordText(leaves, parts, sum(map(len, parts)), bytes(32), bytes(32), (bytes(16),))
    return text, b"".join(parts)


@pytest.mark.parametrize("size", [4_096, 200_000, 16 * 1024 * 1024])
def test_a_record_comes_back_as_it_was_sealed_piece_by_piece(size):
    vault = open_vault(MemoryDisk())
    told, whole = record(size)
    writer = vault.begin()
    sealed = vault.seal_record(writer, told, vault.prepare(NOW_MS))
    vault.keep_waiting(writer, TRANSACTION_ID, b"transaction", [sealed])
    vault.commit(TRANSACTION_ID, 7, 2)
    opened = vault.shelf.open(SealedPlace(7, 2, 0), sealed.document.commitment)
    assert opened.text == whole
    assert documents.commitment(documents.leaves_of(whole), opened.seed) == (
        sealed.document.commitment
    )
    _, packed, chunks = vault.shelf.chunks(SealedPlace(7, 2, 0))
    assert sum(map(len, chunks)) == packed.size
    assert sealed.size_class < packed.size < sealed.size_class * 1.02 + 100


def test_neither_sealing_nor_opening_holds_a_long_record_twice(tmp_path):
    vault = Vault(DiskFiles(tmp_path), Entropy(), sealing_key=SEALING_KEY, portal_key=PORTAL_KEY)
    told, whole = record(16 * 1024 * 1024)
    period = vault.prepare(NOW_MS)
    tracemalloc.start()
    try:
        writer = vault.begin()
        sealed = vault.seal_record(writer, told, period)
        vault.keep_waiting(writer, TRANSACTION_ID, b"transaction", [sealed])
        vault.commit(TRANSACTION_ID, 7, 2)
        _, sealing_peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        opened = vault.shelf.open(SealedPlace(7, 2, 0), sealed.document.commitment)
        _, opening_peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert opened.text == whole
    assert sealing_peak < 2 * 1024 * 1024
    assert opening_peak < 1.5 * len(whole)


def test_details_that_are_not_those_of_the_chain_are_damage():
    vault = open_vault(MemoryDisk())
    sealed, other = seal(vault), seal(vault)
    committed(vault, sealed)
    with pytest.raises(NodeFault, match=r"vault\.damaged"):
        vault.shelf.open(*where(other))


def test_a_line_number_is_billed_once_and_its_place_is_named():
    vault = open_vault(MemoryDisk())
    committed(vault, seal(vault, "l1", "l2"))
    with pytest.raises(Refused) as caught:
        seal(vault, "l3", "l2")
    assert caught.value.code == "bill.line_number_used"
    assert caught.value.field == "listDetail[1].listDetailNo"


def test_a_reserved_line_is_taken_until_it_is_released():
    vault = open_vault(MemoryDisk())
    hashes = seal(vault, "l1").document.lines
    vault.lines.reserve(hashes)
    with pytest.raises(Refused):
        seal(vault, "l1")
    vault.lines.release(hashes)
    assert seal(vault, "l1").document.lines == hashes


def test_billed_lines_survive_a_crash_and_a_torn_tail_is_dropped():
    disk = MemoryDisk()
    vault = open_vault(disk)
    committed(vault, seal(vault, "l1"))
    torn = MemoryFiles(disk).open_append("vault/lines.index")
    torn.append(b"half")
    torn.sync()
    disk.crash(keep_prefix(lambda _: 0))
    again = open_vault(disk)
    with pytest.raises(Refused, match=r"bill\.line_number_used"):
        seal(again, "l1")
    assert len(MemoryFiles(disk).read("vault/lines.index")) == 2 * 32


def test_the_pack_path_is_a_plain_name():
    assert waiting_path(TRANSACTION_ID).startswith("vault/waiting/0000000000000000")


def test_an_opening_is_durable_when_it_is_recorded():
    disk = MemoryDisk()
    journal = OpeningJournal(MemoryFiles(disk))
    opening = Opening(
        time_ms=1, who="portal", session=session_hash("s"), what="details", code="46", number=7
    )
    journal.record(opening)
    disk.crash(keep_prefix(lambda _: 0))
    assert json.loads(MemoryFiles(disk).read("vault/openings.jsonl"))["number"] == 7


def test_a_session_opens_so_many_details_an_hour_and_no_more():
    limits = OpeningLimits(per_session_max=2, contacts_max=1)
    limits.count_opening("a", 0)
    limits.count_opening("a", 1)
    with pytest.raises(Refused, match=r"vault\.too_many_openings"):
        limits.count_opening("a", 2)
    limits.count_opening("b", 2)
    limits.count_opening("a", 3_600_001)


def test_phone_look_ups_are_limited_over_all_sessions():
    limits = OpeningLimits(per_session_max=2, contacts_max=1)
    limits.count_contact(0)
    with pytest.raises(Refused, match=r"vault\.too_many_contacts"):
        limits.count_contact(59_999)
    limits.count_contact(60_000)
