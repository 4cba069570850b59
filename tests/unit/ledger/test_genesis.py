"""The genesis file: read strictly, written back the same."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from ledger.agencies import REGISTER_KEY, agency_key
from ledger.genesis import (
    ENTRY_SIZE_MAX,
    GENESIS_SIZE_MAX,
    genesis_leaves,
    read_entry,
    read_genesis,
    write_genesis,
)
from ledger.membership import addition_of
from ledger.parameters import PARAMETERS_KEY, Parameters
from ledger.validators import VALIDATORS_KEY, ValidatorSets
from primitives.errors import PeerFault
from tests.support.ledgers import AGENCIES, GENESIS_TIME_MS, VALIDATORS, genesis_bytes
from tests.support.refusals import refused

FILE = genesis_bytes()


def edited(edit: Callable[[dict[str, Any]], None]) -> bytes:
    """Return the genesis file after an edit of its document."""
    document = json.loads(FILE)
    edit(document)
    return json.dumps(document).encode()


def put(path: str, value: Any) -> bytes:
    """Return the genesis file with one value replaced; `agencies.1.uscc` names its place."""

    def edit(document: Any) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in way:
            document = document[step]
        document[last] = value

    return edited(edit)


def test_the_chain_id_is_the_plain_hash_of_the_file() -> None:
    assert read_genesis(FILE).chain == sha256(FILE).digest()


def test_a_genesis_is_read_as_it_was_written() -> None:
    genesis = read_genesis(FILE)
    assert (genesis.name, genesis.time_ms) == ("Testland", GENESIS_TIME_MS)
    assert genesis.parameters == Parameters()
    again = write_genesis(
        name=genesis.name,
        time_ms=genesis.time_ms,
        parameters=genesis.parameters,
        agencies=genesis.agencies,
        validators=[entry.agency for entry in genesis.validators],
    )
    assert again == FILE


def test_the_first_state_holds_agencies_parameters_and_both_validator_sets() -> None:
    genesis = read_genesis(FILE)
    leaves = genesis_leaves(genesis)
    assert set(leaves) == {PARAMETERS_KEY, REGISTER_KEY, VALIDATORS_KEY} | {
        agency_key(name) for name, _ in AGENCIES
    }
    assert leaves[VALIDATORS_KEY] == ValidatorSets(genesis.validators, genesis.validators)
    assert [entry.agency for entry in genesis.validators] == list(VALIDATORS)


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        ("format", "piaolian-genesis-9", "genesis.unknown_version", "format"),
        ("suite", 2, "genesis.unknown_version", "suite"),
        ("suite", True, "genesis.unknown_version", "suite"),
        ("quorum_rule", 7, "genesis.unknown_version", "quorum_rule"),
        ("name", 7, "genesis.wrong_type", "name"),
        ("time_ms", "now", "genesis.wrong_type", "time_ms"),
        ("time_ms", -1, "genesis.wrong_type", "time_ms"),
        ("parameters", [], "genesis.wrong_type", "parameters"),
        ("parameters.block_interval_ms", 0, "genesis.wrong_type", "parameters.block_interval_ms"),
        ("parameters.bus_types", [], "genesis.wrong_type", "parameters.bus_types"),
        ("parameters.bus_types", {"01": "00"}, "genesis.wrong_type", "parameters.bus_types"),
        ("parameters.vault_copies", 2, "genesis.wrong_type", "parameters.vault_copies"),
        (
            "parameters.round_timeout_max_ms",
            10,
            "genesis.wrong_value",
            "parameters.round_timeout_max_ms",
        ),
        ("agencies", {}, "genesis.wrong_type", "agencies"),
        ("agencies.1.id", "Hospital", "genesis.wrong_type", "agencies[1].id"),
        ("agencies.1.id", "finance", "genesis.duplicate_agency", "agencies[1].id"),
        ("agencies.1.name", "", "genesis.wrong_type", "agencies[1].name"),
        ("agencies.1.roles", ["mayor"], "genesis.wrong_type", "agencies[1].roles"),
        ("agencies.1.roles", ["hospital", "finance"], "genesis.wrong_value", "agencies[1].roles"),
        ("agencies.1.certificate", "", "genesis.wrong_type", "agencies[1].certificate"),
        ("agencies.1.certificate", "AAAA" * 700, "genesis.wrong_type", "agencies[1].certificate"),
        ("agencies.1.certificate", "AA==", "genesis.wrong_type", "agencies[1].certificate"),
        ("agencies.1.certificate", "A", "genesis.wrong_type", "agencies[1].certificate"),
        ("agencies.1.keys", "x", "genesis.wrong_type", "agencies[1].keys"),
        ("agencies.1.keys.0.purpose", "x", "genesis.wrong_value", "agencies[1].keys[0].purpose"),
        ("agencies.1.keys.0.suite", 2, "genesis.unknown_version", "agencies[1].keys[0].suite"),
        ("agencies.1.keys.0.public", "AAAA", "genesis.bad_key", "agencies[1].keys[0].public"),
        ("agencies.1.keys.0.public", "A" * 43, "genesis.bad_key", "agencies[1].keys[0].public"),
        ("validators", ["finance"], "genesis.too_few_validators", "validators"),
        ("validators.2", "nobody", "genesis.unknown_agency", "validators[2]"),
        ("validators.3", "finance", "genesis.wrong_value", "validators"),
    ],
)
def test_a_wrong_value_is_named_by_code_and_place(
    path: str, value: Any, code: str, field: str
) -> None:
    with refused(code, field, PeerFault):
        read_genesis(put(path, value))


@pytest.mark.parametrize(
    "uscc",
    [
        "12460000428205197E",
        "1246000042820519",
        "12460000428205197d",
        "12460000 428205197D",
        "O" * 18,
    ],
)
def test_a_credit_code_with_a_wrong_check_digit_or_form_is_refused(uscc: str) -> None:
    with refused(
        "genesis.wrong_type" if len(uscc) != 18 else "genesis.bad_uscc",
        "agencies[1].uscc",
        PeerFault,
    ):
        read_genesis(put("agencies.1.uscc", uscc))


@pytest.mark.parametrize("uscc", ["91110108551385082Q", "12320900E875065319", "124600004280000150"])
def test_known_credit_codes_are_accepted_also_where_the_remainder_is_zero(uscc: str) -> None:
    assert read_genesis(put("agencies.1.uscc", uscc)).agencies[1][1].uscc == uscc


def test_a_key_of_two_agencies_is_refused() -> None:
    key = json.loads(FILE)["agencies"][0]["keys"][0]["public"]
    with refused("genesis.duplicate_key_bytes", "agencies[1].keys", PeerFault):
        read_genesis(put("agencies.1.keys.0.public", key))


def test_a_validator_without_a_validator_key_is_refused() -> None:
    with refused("genesis.wrong_value", "hospital", PeerFault):
        read_genesis(put("agencies.1.keys", []))


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(PeerFault) as caught:
        read_genesis(edited(lambda document: document["parameters"].update(heartbeet_ms=1)))
    assert caught.value.code == "genesis.unknown_key"
    assert caught.value.field == "parameters.heartbeet_ms"
    assert "heartbeat_ms" in caught.value.detail


def test_a_key_like_no_other_is_refused_with_all_known_ones() -> None:
    with pytest.raises(PeerFault) as caught:
        read_genesis(edited(lambda document: document.update(zzz=1)))
    assert "quorum_rule" in caught.value.detail


def test_a_missing_key_is_named() -> None:
    with refused("genesis.missing_key", "agencies[0].uscc", PeerFault):
        read_genesis(edited(lambda document: document["agencies"][0].pop("uscc")))


def test_a_key_that_stands_twice_is_refused() -> None:
    with refused("genesis.duplicate_key", "name", PeerFault):
        read_genesis(FILE.replace(b'"name": "Testland"', b'"name": "A", "name": "Testland"'))


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(data: bytes) -> None:
    with refused("genesis.malformed", error=PeerFault):
        read_genesis(data)


def test_what_is_no_object_is_refused() -> None:
    with refused("genesis.wrong_type", "the file", PeerFault):
        read_genesis(b"[]")


def test_a_file_beyond_4_mib_is_refused_unread() -> None:
    with refused("genesis.too_long", error=PeerFault):
        read_genesis(b" " * (GENESIS_SIZE_MAX + 1))


def test_an_agencys_entry_says_the_same_beside_the_genesis_and_in_it():
    for place, entry in enumerate(json.loads(FILE)["agencies"]):
        name, agency = read_entry(json.dumps(entry).encode())
        known, member = read_genesis(FILE).agencies[place]
        assert (name, agency.keys, agency.roles) == (known, member.keys, member.roles)
        change = addition_of(name, agency)
        assert (change.agency, change.uscc) == (name, member.uscc)
        assert change.certificate == member.certificates[0].der
        assert [key.public for key in change.keys] == [key.public for key in member.keys]


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"{" * 10_000, b" " * (ENTRY_SIZE_MAX + 1)])
def test_an_entry_that_is_none_is_refused(data):
    with pytest.raises(PeerFault) as caught:
        read_entry(data)
    assert caught.value.code.startswith("genesis.")
