"""A hospital publishes sealed documents and amends them; nothing is ever edited."""

import msgspec
import pytest

from ledger.block import decode_header
from ledger.parameters import PARAMETERS_KEY, Parameters
from ledger.publishing import (
    PUBLISHED,
    SUPERSEDED,
    DocumentName,
    PublishDocument,
    PublishedDocument,
    SupersedeDocument,
    document_key,
    is_superseded,
    name_of_document,
    read_document_name,
    write_document_name,
)
from ledger.units import FreezeUnit
from primitives.codec import decode, encode
from primitives.errors import PeerFault, Refused
from primitives.sealing import SEALED_SIZE_MAX
from primitives.signing import key_id
from tests.support.ledgers import GENESIS_TIME_MS, Chain, key_pair, new_chain
from tests.support.lives import person
from tests.support.sealed import (
    amended,
    document_at,
    publish,
    published,
    reference_of,
    supersede,
)

UINT_MAX, UINT32_MAX = 2**63 - 1, 2**32 - 1


@pytest.fixture
def chain() -> Chain:
    """Return a chain with blocks, on which no document was published."""
    chain = new_chain()
    for _ in range(3):
        chain.commit()
    return chain


def leaves(chain: Chain) -> list[bytes]:
    """Return the keys of all documents."""
    return sorted(key[1:] for key in chain.state.rows if key.startswith(b"sj/"))


def test_the_chain_knows_of_a_document_what_it_must_prove_and_nothing_more(chain: Chain) -> None:
    chain.accept("hospital", publish("a", "02", 8192))
    [key] = leaves(chain)
    assert key == b"j/hospital/000000000004-00000-0000/"
    assert chain.fact(key, PublishedDocument) == PublishedDocument(
        "02",
        8192,
        reference_of("a", 30),
        decode_header(chain.headers[-1]).time_ms,
        4,
        0,
        0,
        key_id(key_pair("hospital", "desk").public_key),
        PUBLISHED,
        None,
        None,
    )


def test_each_document_of_a_block_has_a_name_of_its_own(chain: Chain) -> None:
    first = chain.sign("hospital", publish("a"), publish("b"))
    second = chain.sign("hospital", publish("c"))
    third = chain.sign("clinic", publish("d"))
    built = chain.commit(first, second, third)
    assert built.refused == ()
    assert leaves(chain) == [
        b"j/clinic/000000000004-00002-0000/",
        b"j/hospital/000000000004-00000-0000/",
        b"j/hospital/000000000004-00000-0001/",
        b"j/hospital/000000000004-00001-0000/",
    ]
    assert document_at(chain, DocumentName("hospital", 4, 0, 1)).document == reference_of("b", 15)


@pytest.mark.parametrize(("kind", "years"), [("01", 15), ("02", 30), ("03", 30)])
def test_each_kind_is_kept_its_years_and_no_others(chain: Chain, kind: str, years: int) -> None:
    chain.accept("hospital", publish("a", kind))
    [name] = published(chain, "old")
    for wrong in (1, years - 1, years + 1, 100):
        reference = reference_of("b", wrong)
        for operation in (
            msgspec.structs.replace(publish("b", kind), document=reference),
            supersede(name, "b", kind, document=reference),
        ):
            refusal = chain.refuse("hospital", operation)
            assert (refusal.code, refusal.field) == ("document.wrong_retention", "retention_years")


def test_a_kind_that_the_province_does_not_keep_is_refused(chain: Chain) -> None:
    [name] = published(chain, "old")
    for operation in (publish("a"), supersede(name, "a")):
        refusal = chain.refuse("hospital", msgspec.structs.replace(operation, kind="04"))
        assert (refusal.code, refusal.field) == ("document.unknown_kind", "kind")


def test_kinds_and_their_years_are_the_provinces() -> None:
    chain = new_chain(Parameters(document_kinds=(("07", 5),)))
    assert chain.refuse("hospital", publish("a")).code == "document.unknown_kind"
    chain.accept("hospital", PublishDocument("07", 1024, reference_of("a", 5)))


def test_a_document_outlives_its_kind_but_is_amended_to_one_that_is_kept(chain: Chain) -> None:
    [name] = published(chain, "a")
    chain.place(PARAMETERS_KEY, Parameters(document_kinds=(("02", 30),)))
    assert chain.refuse("hospital", supersede(name, "b")).code == "document.unknown_kind"
    chain.accept("hospital", supersede(name, "b", "02"))
    assert document_at(chain, name).kind == "01"


@pytest.mark.parametrize("size_class", [1024, 4096, 65_536, 131_072, 17 * 2**20, SEALED_SIZE_MAX])
def test_every_padded_size_is_taken(chain: Chain, size_class: int) -> None:
    chain.accept("hospital", publish("a", size_class=size_class))


@pytest.mark.parametrize(
    "size_class",
    [0, 1, 512, 1023, 1025, 3072, 65_535, 98_304, 131_071, SEALED_SIZE_MAX + 65_536, UINT32_MAX],
)
def test_a_size_that_tells_more_than_its_class_is_refused(chain: Chain, size_class: int) -> None:
    [name] = published(chain, "old")
    for operation in (
        publish("a", size_class=size_class),
        supersede(name, "a", size_class=size_class),
    ):
        refusal = chain.refuse("hospital", operation)
        assert (refusal.code, refusal.field) == ("document.wrong_size_class", "size_class")


def test_an_amendment_is_a_document_of_its_own_linked_both_ways(chain: Chain) -> None:
    [old] = published(chain, "a")
    before = document_at(chain, old)
    new = amended(chain, old, "b")
    assert document_at(chain, old) == msgspec.structs.replace(
        before, state=SUPERSEDED, superseded_by=new
    )
    after = document_at(chain, new)
    assert (after.state, after.supersedes, after.superseded_by) == (PUBLISHED, old, None)
    assert after.document == reference_of("b", 15)
    assert (after.height, after.transaction_index, after.operation_index) == (5, 0, 0)
    assert after.time_ms > before.time_ms


def test_of_a_line_of_amendments_the_newest_alone_is_in_force(chain: Chain) -> None:
    [name] = published(chain, "a")
    line = [name]
    for text in "bcd":
        line.append(amended(chain, line[-1], text))
    assert [is_superseded(chain.view, name) for name in line] == [True, True, True, False]
    for name in line[:-1]:
        refusal = chain.refuse("hospital", supersede(name, "z"))
        assert (refusal.code, refusal.field) == ("document.superseded", "old")
    told = [document_at(chain, name) for name in line]
    assert [it.superseded_by for it in told] == [*line[1:], None]
    assert [it.supersedes for it in told] == [None, *line[:-1]]


def test_two_amendments_of_one_document_in_a_block_are_one(chain: Chain) -> None:
    [old] = published(chain, "a")
    pair = [chain.sign("hospital", supersede(old, text)) for text in "bc"]
    built = chain.commit(*pair)
    assert [error.code for _, error in built.refused] == ["document.superseded"]
    assert len(leaves(chain)) == 2
    both = (supersede(DocumentName("hospital", 5, 0, 0), text) for text in "de")
    refusal = chain.refuse("hospital", *both)
    assert (refusal.code, refusal.facts["operation"]) == ("document.superseded", 1)


def test_a_document_is_amended_in_the_transaction_that_published_it(chain: Chain) -> None:
    height = chain.tip.height + 1
    old = DocumentName("hospital", height, 0, 0)
    chain.accept("hospital", publish("a"), supersede(old, "b"))
    assert document_at(chain, old).superseded_by == DocumentName("hospital", height, 0, 1)


def test_nothing_supersedes_itself(chain: Chain) -> None:
    itself = DocumentName("hospital", chain.tip.height + 1, 0, 0)
    assert chain.refuse("hospital", supersede(itself, "a")).code == "document.unknown"


def test_another_hospital_amends_nothing_of_it(chain: Chain) -> None:
    [name] = published(chain, "a")
    for old in (name, msgspec.structs.replace(name, height=9)):
        refusal = chain.refuse("clinic", supersede(old, "b"))
        assert (refusal.code, refusal.field) == ("document.not_yours", "old")
    assert not is_superseded(chain.view, name)


@pytest.mark.parametrize(
    "changes",
    [
        {"height": 5},
        {"height": 0},
        {"transaction_index": 1},
        {"operation_index": 1},
        {"height": 10**12 + 4},
        {"height": UINT_MAX},
        {"transaction_index": 10**5},
        {"transaction_index": UINT32_MAX},
        {"operation_index": 10**4},
        {"operation_index": UINT32_MAX},
    ],
)
def test_what_was_never_published_is_not_amended(chain: Chain, changes: dict[str, int]) -> None:
    [name] = published(chain, "a")
    old = msgspec.structs.replace(name, **changes)
    refusal = chain.refuse("hospital", supersede(old, "b"))
    assert (refusal.code, refusal.field) == ("document.unknown", "old")
    assert not is_superseded(chain.view, old)


@pytest.mark.parametrize("bad", [0, 1, 499, 999])
def test_a_batch_of_a_thousand_with_one_bad_takes_no_effect(chain: Chain, bad: int) -> None:
    [name] = published(chain, "old")
    batch: list[PublishDocument | SupersedeDocument] = [
        publish(f"text {place}") for place in range(1000)
    ]
    batch[0] = supersede(name, "new")
    batch[bad] = msgspec.structs.replace(batch[bad], size_class=1000)
    refusal = chain.refuse("hospital", *batch)
    assert (refusal.code, refusal.facts["operation"]) == ("document.wrong_size_class", bad)
    assert len(leaves(chain)) == 1
    assert not is_superseded(chain.view, name)


def test_a_batch_of_a_thousand_takes_effect_as_a_whole(chain: Chain) -> None:
    names = published(chain, *(f"text {place}" for place in range(1000)))
    assert [document_key(name) for name in names] == leaves(chain)
    chain.accept("hospital", *(supersede(name, f"{name} amended") for name in names))
    assert len(leaves(chain)) == 2000


@pytest.mark.parametrize("agency", ["finance", "insurance", "health", "bank", "mutual"])
def test_only_hospitals_publish(chain: Chain, agency: str) -> None:
    [name] = published(chain, "a")
    for operation in (publish("b"), supersede(name, "b")):
        assert chain.refuse(agency, operation, purpose="desk").code == "agency.wrong_role"


@pytest.mark.parametrize("purpose", ["governance", "validator", "node"])
def test_only_a_desk_key_publishes(chain: Chain, purpose: str) -> None:
    [name] = published(chain, "a")
    for operation in (publish("b"), supersede(name, "b")):
        refusal = chain.refuse("hospital", operation, purpose=purpose)
        assert refusal.code == "agency.wrong_key_purpose"


def test_a_signature_of_another_key_publishes_nothing(chain: Chain) -> None:
    other = key_pair("clinic", "desk")
    refusal = chain.refuse("hospital", publish("a"), signer=other)
    assert refusal.code == "transaction.bad_signature"


def test_what_is_past_its_expiry_publishes_nothing(chain: Chain) -> None:
    late = chain.tip.time_ms + 1000
    refusal = chain.refuse("hospital", publish("a"), time_ms=late, expiry_ms=late - 1)
    assert refusal.code == "transaction.expired"
    chain.accept("hospital", publish("a"), time_ms=late, expiry_ms=late)


def test_a_person_publishes_within_their_hours_and_is_named(chain: Chain) -> None:
    clerk = person(chain, "c-1", bills_day=0, amount_day_fen=0)
    chain.accept("hospital", publish("a"), person=clerk)
    name = DocumentName("hospital", chain.tip.height, 0, 0)
    assert document_at(chain, name).key_id == key_id(clerk.public_key)
    night = person(chain, "c-2", from_minute=0, to_minute=1)
    assert chain.refuse("hospital", publish("b"), person=night).code == "key.outside_hours"


def test_a_second_person_approves_where_the_province_wants_it() -> None:
    chain = new_chain(Parameters(checked_operations=(22,)))
    [name] = published(chain, "a")
    assert chain.refuse("hospital", supersede(name, "b")).code == "approval.missing"


def test_a_hospital_that_issues_no_bills_for_now_still_publishes(chain: Chain) -> None:
    chain.accept("finance", FreezeUnit("hospital", "audit"))
    [name] = published(chain, "a")
    amended(chain, name, "b")


def test_keys_of_a_custodian_ascend_with_time() -> None:
    places = [(h, t, o) for h in (9, 10, 10**11) for t in (9, 10, 4999) for o in (9, 10, 999)]
    keys = [document_key(DocumentName("hospital", *place)) for place in places]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("812-0-3", (812, 0, 3)),
        ("0-0-0", (0, 0, 0)),
        ("999999999999-99999-9999", (999_999_999_999, 99_999, 9999)),
    ],
)
def test_a_name_is_written_and_read(text: str, place: tuple[int, int, int]) -> None:
    name = read_document_name("hospital", text)
    assert name == DocumentName("hospital", *place)
    assert write_document_name(name) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "812", "812-0", "812-0-3-", "812-0-3-1", "-812-0-3", "812--3", "812 0 3"),
        *("0812-0-3", "812-00-3", "812-0-03", "812-0-3\n", " 812-0-3", "８12-0-3", "+812-0-3"),
        *("1000000000000-0-0", "812-100000-3", "812-0-10000", "a-0-3", "9" * 5000),
    ],
)
def test_a_name_has_one_form(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_document_name("hospital", text)
    assert (caught.value.code, caught.value.field) == ("document.malformed_name", "document")


def test_a_leaf_tells_its_own_name(chain: Chain) -> None:
    transactions = [chain.sign("hospital", publish(text), publish(text)) for text in "ab"]
    chain.commit(*transactions)
    for name in (DocumentName("hospital", 4, t, o) for t in (0, 1) for o in (0, 1)):
        assert name_of_document("hospital", document_at(chain, name)) == name


@pytest.mark.parametrize("reason", ["", "x" * 41, "Correction", "wrong name", "改", "correction\n"])
def test_a_reason_is_a_code_and_no_free_text(reason: str) -> None:
    operation = supersede(DocumentName("hospital", 4, 0, 0), "a", reason=reason)
    with pytest.raises(PeerFault):
        decode(encode(operation), SupersedeDocument, 1024)


def test_the_chain_has_the_time_of_the_block_and_no_other(chain: Chain) -> None:
    time_ms = GENESIS_TIME_MS + 10_000
    chain.accept("hospital", publish("a"), time_ms=time_ms)
    assert document_at(chain, DocumentName("hospital", 4, 0, 0)).time_ms == time_ms
