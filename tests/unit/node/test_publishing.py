"""Publishing on a simulated network: each resource in one record, whatever falls in between."""

import asyncio
from dataclasses import replace

import pytest

from ledger.publishing import PUBLISHED, DocumentName, SupersedeDocument
from node.api.records import publish_records
from node.publishing import AMENDMENT, BUNDLES_AT_ONCE, RECORDS_PER_TRANSACTION
from node.slots import Slot
from primitives.errors import NodeFault
from storage.memory import MemoryFiles
from tests.support.record_bundles import NUMBER, bundle
from tests.support.records_office import (
    assert_at_rest,
    documents,
    half_done,
    leaf,
    open_ward,
    opened_again,
    published,
    refused,
    text,
)
from tests.support.town import EXPIRY_MS
from tests.support.virtual_loop import run_virtually


def test_each_visit_and_the_rest_become_records_and_open_again():
    async def story() -> None:
        _, office = await open_ward()
        outcomes = await office.publish(bundle({"v1": ["37.0"], "v2": []}))
        first, second, rest = [published(outcome) for outcome in outcomes]
        assert [leaf(office, name).kind for name in (first, second, rest)] == ["01", "01", "03"]
        assert b'"37.0"' in text(office, first)
        assert b'"v2"' in text(office, second)
        assert text(office, rest).startswith(b'{"form":"fhir-rest-1"')
        assert_at_rest(office)

    run_virtually(story())


def test_a_bill_and_its_visit_have_one_keyed_hash():
    async def story() -> None:
        _, office = await open_ward()
        visit, rest = await office.publish(bundle())
        shelf = office.services.vault.shelf
        of_visit = shelf.people(published(visit).height, published(visit).transaction_index)
        places = office.services.vault.lines
        (of_bill,) = places.holders([places.hash(NUMBER, "patient")])
        bill = shelf.people(of_bill.height, of_bill.transaction_index)[of_bill.operation_index]
        assert of_visit[published(visit).operation_index] == bill
        assert of_visit[published(rest).operation_index].visit == b""
        assert of_visit[published(rest).operation_index].patient == bill.patient

    run_virtually(story())


def test_the_same_bundle_again_is_there_already():
    async def story() -> None:
        _, office = await open_ward()
        first = await office.publish(bundle())
        again = await office.publish(bundle())
        assert [published(each) for each in again] == [published(each) for each in first]
        assert all(isinstance(each, Slot) and each.is_old for each in again)
        assert documents(office) == 2

    run_virtually(story())


def test_two_requests_at_once_share_their_records():
    async def story() -> None:
        _, office = await open_ward()
        first, second = await asyncio.gather(office.publish(bundle()), office.publish(bundle()))
        assert [published(each) for each in first] == [published(each) for each in second]
        assert documents(office) == 2

    run_virtually(story())


def test_two_amendments_at_once_are_one():
    async def story() -> None:
        _, office = await open_ward()
        old, _ = await office.publish(bundle())
        after = bundle({"v1": [("v1-37.0", "38.0")]})
        first, second = await asyncio.gather(
            office.publish(after, amend=True), office.publish(after, amend=True)
        )
        assert published(first[0]) == published(second[0])
        assert leaf(office, published(first[0])).supersedes == published(old)
        assert documents(office) == 3

    run_virtually(story())


def test_other_content_on_its_way_is_told_apart():
    async def story() -> None:
        _, office = await open_ward()
        good, other = await asyncio.gather(
            office.publish(bundle()), office.publish(bundle({"v1": [("v1-37.0", "38.0")]}))
        )
        assert published(good[0]).height > 0
        assert refused(other[0]) == "record.on_its_way"
        assert published(other[1]) == published(good[1])

    run_virtually(story())


def test_other_content_is_refused_unless_it_is_meant():
    async def story() -> None:
        _, office = await open_ward()
        old, rest = await office.publish(bundle())
        after = bundle({"v1": [("v1-37.0", "38.0")]})
        differs, same = await office.publish(after)
        assert refused(differs) == "record.differs"
        assert published(same) == published(rest)
        new, same = await office.publish(after, amend=True)
        assert published(same) == published(rest)
        assert leaf(office, published(new)).supersedes == published(old)
        assert leaf(office, published(old)).superseded_by == published(new)
        assert b'"37.0"' in text(office, published(old))
        assert b'"38.0"' in text(office, published(new))
        (again, _) = await office.publish(after)
        assert published(again) == published(new)
        (old_again, _) = await office.publish(bundle())
        assert refused(old_again) == "record.differs"
        assert documents(office) == 3

    run_virtually(story())


def test_a_dropped_resource_may_be_published_again_in_another_record():
    async def story() -> None:
        _, office = await open_ward()
        await office.publish(bundle({"v1": ["a", "b"], "v2": []}))
        dropped, *_ = await office.publish(bundle({"v1": ["a"], "v2": []}), amend=True)
        moved = bundle({"v1": ["a"], "v2": [("v1-b", "b")]})
        same, gained, _ = await office.publish(moved, amend=True)
        assert published(same) == published(dropped)
        assert b'"v1-b"' in text(office, published(gained))
        back, lost, _ = await office.publish(bundle({"v1": ["a", "b"], "v2": []}), amend=True)
        assert refused(back) == "record.resource_elsewhere"
        assert leaf(office, published(lost)).supersedes == published(gained)
        back, _, _ = await office.publish(bundle({"v1": ["a", "b"], "v2": []}), amend=True)
        assert leaf(office, published(back)).supersedes == published(dropped)

    run_virtually(story())


def test_a_resource_that_moves_between_visits_moves_in_two_goes():
    async def story() -> None:
        _, office = await open_ward()
        await office.publish(bundle({"v1": ["a", "b"], "v2": []}))
        moved = bundle({"v1": ["a"], "v2": [("v1-b", "b")]})
        lost, gained, _ = await office.publish(moved, amend=True)
        assert leaf(office, published(lost)).state == PUBLISHED
        assert refused(gained) == "record.resource_elsewhere"
        same, gained, _ = await office.publish(moved, amend=True)
        assert published(same) == published(lost)
        assert b'"v1-b"' in text(office, published(gained))
        assert_at_rest(office)

    run_virtually(story())


def test_many_records_are_packed_into_several_transactions():
    async def story() -> None:
        _, office = await open_ward()
        visits = {f"v{place}": [] for place in range(RECORDS_PER_TRANSACTION + 5)}
        names = [published(outcome) for outcome in await office.publish(bundle(visits))]
        assert len({(name.height, name.transaction_index) for name in names}) == 2
        assert len(set(names)) == len(names) == RECORDS_PER_TRANSACTION + 6

    run_virtually(story())


def test_without_a_quorum_the_outcome_is_unknown_until_one_is_back():
    async def story() -> None:
        town, office = await open_ward()
        town["insurance"].crash()
        town["health"].crash()
        outcomes = await office.publish(bundle(), wait_ms=1_000)
        assert all(isinstance(each, Slot) and each.outcome is None for each in outcomes)
        await town["health"].start()
        again = await office.publish(bundle(), wait_ms=60_000)
        assert [each.outcome for each in outcomes] == [each.outcome for each in again]
        assert documents(office) == 2

    run_virtually(story())


def test_after_a_restart_what_waits_is_found_by_the_same_bundle():
    async def story() -> None:
        town, office = await half_done()
        waiting = await office.publish(bundle(), wait_ms=0)
        other = await office.publish(bundle({"v1": [("v1-37.0", "38.0")]}), wait_ms=0)
        assert refused(other[0]) == "record.on_its_way"
        await town["health"].start()
        again = await office.publish(bundle(), wait_ms=60_000)
        assert [published(each) for each in waiting] == [published(each) for each in again]
        assert documents(office) == 2
        assert_at_rest(office)

    run_virtually(story())


@pytest.mark.parametrize("damage", ["cut", "gone", "swapped"])
def test_a_damaged_pack_is_named_and_nothing_is_published_over_it(damage):
    async def story() -> None:
        town, office = await open_ward()
        name = published((await office.publish(bundle()))[0])
        other = published((await office.publish(bundle({"v9": []}), amend=True))[0])
        files = MemoryFiles(town["hospital"].disk)
        path = pack_of(name)
        spoiled = {"cut": (files.read(path) or b"")[:-1], "swapped": files.read(pack_of(other))}
        files.remove(path)
        if damage in spoiled:
            files.write_atomically(path, spoiled[damage] or b"")
        for body in (bundle({"v1": ["37.0"], "v9": []}), bundle({"v1": ["38.0"], "v9": []})):
            outcome, *_ = await office.publish(body, amend=True)
            assert isinstance(outcome, NodeFault)
            assert (outcome.code, outcome.field) == ("vault.damaged", path)
        assert leaf(office, name).state == PUBLISHED
        assert_at_rest(office)

    run_virtually(story())


def pack_of(name: DocumentName) -> str:
    """Return where the pack of a document lies."""
    return f"vault/packs/{name.height}-{name.transaction_index}.pack"


def test_another_agency_cannot_amend_what_is_not_its_own():
    async def story() -> None:
        town, office = await open_ward()
        name = published((await office.publish(bundle()))[0])
        old = leaf(office, name)
        operation = SupersedeDocument(name, AMENDMENT, "01", old.size_class, old.document)
        for agency, code in (("finance", "agency.wrong_role"), ("health", "agency.wrong_role")):
            transaction = town.desk(agency).transaction((operation,), EXPIRY_MS)
            refusal = town[agency].running.submit(transaction.data).refusal
            assert refusal is not None
            assert refusal.code == code
        assert leaf(office, name) == old

    run_virtually(story())


def test_what_the_node_does_not_take_leaves_nothing_behind():
    async def story() -> None:
        town, office = await open_ward()
        office.close()
        town["hospital"].crash()
        town["hospital"].settings = replace(town["hospital"].settings, mempool_bytes=100)
        office = await opened_again(town)
        outcomes = await office.publish(bundle(), wait_ms=0)
        assert {refused(outcome) for outcome in outcomes} == {"mempool.full"}
        assert documents(office) == 0
        assert office.services.vault.space.bytes_used == 0
        assert_at_rest(office)
        again = await office.publish(bundle(), wait_ms=0)
        assert {refused(outcome) for outcome in again} == {"mempool.full"}

    run_virtually(story())


def test_a_full_disk_frees_what_was_not_handed_in():
    async def story() -> None:
        town, office = await open_ward()
        town["hospital"].disk.fault = lambda place, _: 0 if place == "draft" else None
        with pytest.raises(NodeFault, match=r"storage\.write_failed"):
            await office.publish(bundle(), wait_ms=0)
        assert office.services.settling.slots == {}
        assert office.services.vault.space.bytes_used == 0

    run_virtually(story())


def test_who_waits_for_the_chain_keeps_nobody_from_publishing():
    async def story() -> None:
        town, office = await open_ward()
        town["insurance"].crash()
        town["health"].crash()
        begin = asyncio.get_running_loop().time()
        bodies = [bundle({f"v{place}": []}) for place in range(3 * BUNDLES_AT_ONCE)]
        asked = [office.ask(publish_records, "wait_ms=10000", body=body) for body in bodies]
        answers = await asyncio.gather(*asked)
        assert asyncio.get_running_loop().time() - begin < 12
        assert {answer.items[0].status for answer in answers} == {"unknown"}
        assert not office.services.publishing.room.locked()

    run_virtually(story())
