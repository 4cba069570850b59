"""A testnet: a genesis that every node reads, and folders that hold their own keys alone."""

import json
import os
import socket
import stat
from dataclasses import replace

import pytest
from stdnum.cn import uscc

from ledger.genesis import read_genesis
from node.api.auth import Tokens
from node.config import load_config
from node.folder import AgencyPlan, make_folder
from node.keys import load_keys, read_key
from node.testnet import TestnetPlan, example_uscc, free_block, make_testnet
from primitives.errors import NodeFault
from tests.support.folders import identity_of

FOUR = ("hospital", "finance", "insurance", "health")


def plan(out, agencies=FOUR, base_port=27400) -> TestnetPlan:
    return TestnetPlan(out, agencies, base_port, 1_790_000_000_000, 500)


def test_every_folder_holds_the_keys_that_the_genesis_names(tmp_path):
    made = make_testnet(plan(tmp_path / "net"), os.urandom)
    genesis = read_genesis((tmp_path / "net" / "genesis.json").read_bytes())
    members = {agency_id: agency.certificates[0].der for agency_id, agency in genesis.agencies}
    assert tuple(made["agencies"]) == FOUR == tuple(members)
    for agency_id, agency in genesis.agencies:
        config = load_config(tmp_path / "net" / agency_id / "node.toml")
        keys = load_keys(config.keys.directory)
        by_purpose = {key.purpose: key.public for key in agency.keys}
        assert by_purpose["validator"] == keys.validator.public_key
        assert by_purpose["desk"] == keys.desk.public_key
        assert len(config.peers()) == 3
        identity_of(config.keys.directory, agency_id, members)


def test_roles_follow_from_the_names_or_are_given(tmp_path):
    agencies = ("hospital-2", "finance", "life:insurer", "audit")
    make_testnet(plan(tmp_path / "net", agencies), os.urandom)
    genesis = read_genesis((tmp_path / "net" / "genesis.json").read_bytes())
    roles = [agency.roles for _, agency in genesis.agencies]
    assert roles == [("hospital",), ("finance",), ("insurer",), ("audit",)]


def test_an_observer_is_a_member_without_a_vote_last_in_the_register(tmp_path):
    asked = replace(plan(tmp_path / "net"), observers=("bank",))
    made = make_testnet(asked, os.urandom)
    genesis = read_genesis((tmp_path / "net" / "genesis.json").read_bytes())
    assert tuple(made["agencies"]) == (*FOUR, "bank")
    assert [agency_id for agency_id, _ in genesis.agencies] == [*FOUR, "bank"]
    assert tuple(entry.agency for entry in genesis.validators) == FOUR
    assert load_config(tmp_path / "net" / "bank" / "node.toml").peers()[0][0] == "hospital"


def test_a_payment_provider_has_a_key_for_payments(tmp_path):
    make_testnet(replace(plan(tmp_path / "net"), observers=("bank",)), os.urandom)
    genesis = read_genesis((tmp_path / "net" / "genesis.json").read_bytes())
    registered = {
        agency_id: [key.public for key in agency.keys if key.purpose == "provider"]
        for agency_id, agency in genesis.agencies
    }
    keys = load_keys(tmp_path / "net" / "bank" / "keys")
    assert registered["bank"] == [keys.provider.public_key]
    assert not any(registered[agency] for agency in FOUR)
    assert load_keys(tmp_path / "net" / "finance" / "keys").provider is None


def test_a_payment_provider_has_a_token_for_its_receiver_alone(tmp_path):
    make_testnet(replace(plan(tmp_path / "net"), observers=("bank",)), os.urandom)
    bank = tmp_path / "net" / "bank"
    token = (bank / "payments.token").read_text().strip()
    caller = Tokens(bank / "tokens").caller(f"Bearer {token}")
    assert (caller.name, caller.scopes) == ("payments", {"payments", "desk"})
    assert stat.S_IMODE((bank / "payments.token").stat().st_mode) == 0o600
    assert not (tmp_path / "net" / "hospital" / "payments.token").exists()


def test_the_first_insurer_may_claim_for_basic_insurance(tmp_path):
    make_testnet(plan(tmp_path / "net", (*FOUR, "life:insurer")), os.urandom)
    genesis = read_genesis((tmp_path / "net" / "genesis.json").read_bytes())
    assert genesis.parameters.statutory_payers == (("insurance", 1),)


def test_four_members_that_vote_are_the_fewest_whoever_looks_on(tmp_path):
    with pytest.raises(NodeFault) as caught:
        make_testnet(replace(plan(tmp_path / "net", FOUR[:3]), observers=("bank",)), os.urandom)
    assert caught.value.code == "testnet.too_few"


def test_secrets_are_readable_by_their_owner_alone(tmp_path):
    make_testnet(plan(tmp_path / "net"), os.urandom)
    secret = [*(tmp_path / "net").glob("*/keys/*.key"), *(tmp_path / "net").glob("*/*token*")]
    assert len(secret) == 4 * 9
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in secret)


def test_the_tokens_file_holds_hashes_and_never_a_token(tmp_path):
    make_testnet(plan(tmp_path / "net"), os.urandom)
    folder = tmp_path / "net" / "hospital"
    lines = [line.split() for line in (folder / "tokens").read_text().splitlines()]
    assert [line[:2] for line in lines] == [
        ["owner", "read,desk,payments,details,portal,admin"],
        ["portal", "read,portal"],
    ]
    assert all(len(digest) == 64 for _, _, digest in lines)
    for file in ("api.token", "portal.token"):
        assert (folder / file).read_text().strip() not in (folder / "tokens").read_text()


def test_the_portals_token_opens_what_a_portal_asks_and_nothing_else(tmp_path):
    make_testnet(plan(tmp_path / "net"), os.urandom)
    folder = tmp_path / "net" / "hospital"
    token = (folder / "portal.token").read_text().strip()
    caller = Tokens(folder / "tokens").caller(f"Bearer {token}")
    assert (caller.name, caller.scopes) == ("portal", {"read", "portal"})


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path):
    (tmp_path / "precious").write_text("x")
    with pytest.raises(NodeFault) as caught:
        make_testnet(plan(tmp_path), os.urandom)
    assert (caught.value.code, caught.value.exit_code) == ("testnet.not_empty", 78)
    assert [file.name for file in tmp_path.iterdir()] == ["precious"]


@pytest.mark.parametrize(
    ("agencies", "code"),
    [
        (FOUR[:3], "testnet.too_few"),
        ((*FOUR[:3], "finance"), "testnet.too_few"),
        ((*FOUR[:3], "Health"), "agency.malformed"),
        ((*FOUR[:3], "who"), "testnet.unknown_role"),
    ],
)
def test_a_network_that_cannot_be_is_refused_before_anything_is_made(tmp_path, agencies, code):
    with pytest.raises(NodeFault) as caught:
        make_testnet(plan(tmp_path / "net", agencies), os.urandom)
    assert (caught.value.code, caught.value.exit_code) == (code, 78)
    assert not (tmp_path / "net").exists()


def test_a_taken_port_moves_the_whole_block():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        base = port - 2
        assert free_block(base, 1) > base


def test_no_free_ports_name_the_option_to_use():
    with pytest.raises(NodeFault, match="--base-port"):
        free_block(65_535, 4)


def test_made_up_credit_codes_have_right_check_digits():
    assert all(uscc.is_valid(example_uscc(index)) for index in range(100))


def test_a_key_that_others_may_read_is_refused_with_the_command_that_mends_it(tmp_path):
    make_testnet(plan(tmp_path / "net"), os.urandom)
    key = tmp_path / "net" / "hospital" / "keys" / "desk.key"
    key.chmod(0o644)
    with pytest.raises(NodeFault) as caught:
        read_key(key)
    assert caught.value.exit_code == 77
    assert f"chmod 600 {key}" in caught.value.detail


@pytest.mark.parametrize("content", [b"", b"zz", b"00" * 31, b"00" * 33, b"\xff\xfe"])
def test_a_key_file_with_anything_else_is_a_configuration_at_fault(tmp_path, content):
    key = tmp_path / "desk.key"
    key.touch(mode=0o600)
    key.write_bytes(content)
    with pytest.raises(NodeFault) as caught:
        read_key(key)
    assert (caught.value.code, caught.value.exit_code) == ("key.malformed", 78)


def test_a_missing_key_names_the_command_that_makes_one(tmp_path):
    with pytest.raises(NodeFault) as caught:
        read_key(tmp_path / "desk.key")
    assert (caught.value.code, caught.value.exit_code) == ("key.missing", 78)


def test_the_summary_is_plain_json(tmp_path):
    made = make_testnet(plan(tmp_path / "net"), os.urandom)
    assert json.loads(json.dumps(made)) == made


def test_settings_for_a_service_lead_out_of_the_folder_of_keys(tmp_path):
    plan = AgencyPlan(
        "clinic",
        "诊所",
        example_uscc(1),
        ("hospital",),
        "10.20.0.11:17411",
        "127.0.0.1:17412",
        ("finance=10.20.0.12:17411",),
        genesis="genesis.json",
        data="/var/lib/piaolian",
        socket="/run/piaolian/api.sock",
    )
    make_folder(tmp_path, plan, os.urandom)
    config = load_config(tmp_path / "node.toml")
    assert config.node.genesis == tmp_path / "genesis.json"
    assert str(config.node.data) == "/var/lib/piaolian"
    assert str(config.api.socket) == "/run/piaolian/api.sock"
