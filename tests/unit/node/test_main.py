"""`piaoliand`'s commands without a running node."""

import json

import pytest
from click.testing import CliRunner, Result

from ledger.genesis import read_entry
from ledger.membership import addition_of
from node.config import load_config
from node.daemon import check
from node.folder import check_agency_id
from node.main import piaoliand
from node.store_create import load_genesis
from primitives.errors import NodeFault

AGENCIES = "hospital,finance,insurance,health"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(piaoliand, arguments)


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    """A testnet's folders."""
    out = tmp_path_factory.mktemp("net") / "net"
    made = run("testnet", "--out", str(out), "--base-port", "24400", "--json")
    assert made.exit_code == 0, made.output
    return out


def test_a_testnet_is_ready_to_run_and_its_summary_names_everything(net):
    for agency in AGENCIES.split(","):
        check(load_config(net / agency / "node.toml"))
        assert (net / agency / "data" / "state" / "CURRENT").exists()
    told = run("testnet", "--out", str(net.parent / "other"), "--base-port", "24400")
    assert "piaoliand run --config" in told.output


def test_config_check_tells_that_a_file_is_good(net):
    checked = run("config", "check", "--config", str(net / "finance/node.toml"))
    assert (checked.exit_code, checked.output.endswith("good\n")) == (0, True)


def test_a_new_store_is_sound_and_a_second_is_not_made(net):
    config = str(net / "health/node.toml")
    checked = run("store", "verify", "--config", config, "--json")
    assert checked.exit_code == 0
    assert json.loads(checked.output)["sound"] is True
    again = run("store", "create", "--config", config)
    assert isinstance(again.exception, NodeFault)
    assert again.exception.code == "store.exists"


def test_a_replaced_store_leaves_the_key_with_its_old_one(net):
    folder = net / "insurance"
    owner = (folder / "keys/validator.key.store").read_text()
    (folder / "data").rename(folder / "aside")
    made = run("store", "create", "--config", str(folder / "node.toml"))
    assert made.exit_code == 0, made.output
    assert (folder / "keys/validator.key.store").read_text() == owner


def test_a_genesis_that_is_not_one_names_file_and_field(net, tmp_path):
    genesis = json.loads((net / "genesis.json").read_text())
    genesis["suite"] = 9
    file = tmp_path / "genesis.json"
    file.write_text(json.dumps(genesis))
    with pytest.raises(NodeFault) as caught:
        load_genesis(file)
    assert caught.value.exit_code == 78
    assert str(file) in caught.value.detail
    assert "suite" in caught.value.detail


def test_an_agencys_entry_is_written_to_a_file_and_says_how_it_joins(tmp_path):
    asked = (
        *("init", str(tmp_path / "clinic"), "--agency", "clinic", "--name", "诊所"),
        *("--uscc", "91110108551385082Q", "--role", "hospital", "--links", "127.0.0.1:21999"),
        *("--entry", str(tmp_path / "entry.json")),
    )
    made = run(*asked)
    assert made.exit_code == 0, made.output
    change = addition_of(*read_entry((tmp_path / "entry.json").read_bytes()))
    assert (change.agency, change.roles) == ("clinic", ("hospital",))
    assert {key.purpose for key in change.keys} == {
        *("governance", "validator", "desk", "node", "sealing")
    }


def test_a_next_key_is_made_and_settled_by_command(net):
    config = str(net / "finance/node.toml")
    made = run("keys", "next", "validator", "--config", config)
    assert json.loads(made.output)["purpose"] == "validator"
    assert run("keys", "settle", "validator", "--config", config).exit_code == 0
    assert not (net / "finance/keys/validator.next.key").exists()
    made = run("keys", "next", "node", "--config", config, "--host", "node.example")
    assert set(json.loads(made.output)) == {"certificate"}
    again = run("keys", "next", "node", "--config", config)
    assert again.exception.code == "key.exists"


@pytest.mark.parametrize("agency", ["a", "A1", "1a", "a_b", "a" * 32, "票", "a b", ""])
def test_what_is_no_agency_id_is_refused(agency):
    with pytest.raises(NodeFault) as caught:
        check_agency_id(agency)
    assert caught.value.exit_code == 78


def test_every_command_explains_itself():
    for command in (
        (),
        ("run",),
        ("init",),
        ("testnet",),
        ("store", "verify"),
        ("store", "create"),
        ("keys", "next"),
        ("keys", "settle"),
    ):
        told = run(*command, "--help")
        assert told.exit_code == 0
        assert len(told.output.splitlines()) > 5
