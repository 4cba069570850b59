"""A fifth agency joins four running nodes, votes, and changes its certificate while it runs."""

import base64
import json
import os
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from ledger.genesis import read_entry
from ledger.governance import Propose, Vote
from ledger.key_rotation import RotateCertificate
from ledger.membership import AddValidator, Change, addition_of
from ledger.operations import Operation
from ledger.transaction import Envelope, build
from node.testnet import example_uscc
from primitives.signing import SigningKey, key_id
from tests.support.his_lines import encoded, good_line
from tests.support.processes import (
    AGENCIES,
    Agency,
    Network,
    make_network,
    run_program,
)

VOTERS = ("hospital", "finance", "insurance")
OVERLAP_MS = 6_000


def a_line(number: str) -> bytes:
    line = {**good_line(), "busNo": number}
    for place, item in enumerate(line["listDetail"]):
        item["listDetailNo"] = f"{number}-{place}"
    return encoded(line)


def now_ms() -> int:
    return int(time.time() * 1000)  # noqa: TID251


def handed_in(network: Network, agency: str, operation: Operation) -> dict[str, Any]:
    """Sign one operation with an agency's governance key, hand it in, return what became of it."""
    seed = bytes.fromhex((network.out / agency / "keys" / "governance.key").read_text())
    key = SigningKey(seed)
    chain = bytes.fromhex(network["hospital"].status()["chain"])
    until = now_ms() + 600_000
    envelope = Envelope(
        chain, agency, key_id(key.public_key), until, (operation,), (), os.urandom(16)
    )
    data = base64.urlsafe_b64encode(build(envelope, key.sign).data).rstrip(b"=").decode()
    body = json.dumps({"transactions": [data]}).encode()
    answer = network["hospital"].request("POST", "/v1/transactions?wait_ms=20000", body=body)
    item: dict[str, Any]
    (item,) = answer.json["items"]
    return item


def govern(network: Network, agency: str, operation: Operation) -> dict[str, Any]:
    """Let an operation commit; return its result."""
    item = handed_in(network, agency, operation)
    assert item["status"] == "committed", item
    result: dict[str, Any] = item["results"][0]
    return result


def carry(network: Network, change: Change) -> None:
    """Let three of the four pass a change."""
    asked = Propose(change, 0, now_ms() + 3_600_000)
    items: list[dict[str, Any]] = []

    def is_proposed() -> bool:
        items.append(handed_in(network, VOTERS[0], asked))
        return bool(items[-1]["status"] == "committed")

    network.wait_until(is_proposed, "proposed")
    for voter in VOTERS[1:]:
        govern(network, voter, Vote(items[-1]["results"][0]["proposal"], True))


def make_bank(network: Network) -> tuple[Agency, Path]:
    """Make the folder and the store of a fifth agency; return it and its entry's file."""
    out, base = network.out, network.summary["base_port"]
    entry = out / "bank-entry.json"
    peers = []
    for place, name in enumerate(AGENCIES):
        peers += ["--peer", f"{name}=127.0.0.1:{base + 10 * place + 1}"]
    made = run_program(
        *("init", str(out / "bank"), "--agency", "bank", "--name", "银行"),
        *("--uscc", example_uscc(9), "--role", "provider"),
        *("--links", f"127.0.0.1:{base + 44}", "--api", f"127.0.0.1:{base + 45}", *peers),
        *("--entry", str(entry)),
    )
    assert made.returncode == 0, made.stderr
    made = run_program("store", "create", "--config", str(out / "bank" / "node.toml"))
    assert made.returncode == 0, made.stderr
    return Agency("bank", out / "bank", out / "logs" / "bank.log"), entry


def answers(agency: Agency) -> bool:
    try:
        return agency.request("GET", "/livez", timeout=5).status == 200
    except OSError:
        return False


@pytest.mark.slow
def test_a_fifth_agency_joins_votes_and_changes_its_certificate(tmp_path: Path) -> None:
    network = make_network(tmp_path / "net")
    bank, entry = make_bank(network)
    network.agencies["bank"] = bank
    try:
        for name in AGENCIES:
            network[name].start()
        network.wait_until(lambda: all(network[name].is_ready() for name in AGENCIES), "ready")
        network.allot()
        bank.start()
        network.wait_until(lambda: answers(bank), "the bank's API")
        assert bank.status()["is_member"] is False
        assert not bank.is_ready()
        _joins(network, bank, entry)
        _votes(network, bank)
        _changes_its_certificate(network, bank)
    finally:
        network.kill_all()


def _joins(network: Network, bank: Agency, entry: Path) -> None:
    carry(network, addition_of(*read_entry(entry.read_bytes())))
    network.wait_until(bank.is_ready, "the bank is a member and in step", 60)
    assert bank.status()["is_member"] is True
    network.wait_until(lambda: bank.status()["peers_connected"] == 4, "linked to all")


def _votes(network: Network, bank: Agency) -> None:
    log = bank.log
    network.wait_until(lambda: "readiness.signalled" in log.read_text(), "a signal", 60)
    network.wait_until(lambda: len(network.heads((*AGENCIES, "bank"))) == 1, "equal heads")
    carry(network, AddValidator("bank"))
    network.wait_until(lambda: bank.status()["is_validator"], "the bank votes")
    assert network["finance"].status()["validators"] == 5
    network["finance"].kill()
    (item,) = network["hospital"].issue([a_line("with-four-of-five")])
    assert item["status"] == "committed", item
    block = bank.get(f"/v1/blocks/{item['height']}")
    assert block["signers"] == ["hospital", "insurance", "health", "bank"]
    network["finance"].start()
    network.wait_until(network["finance"].is_ready, "finance is back", 60)


def _changes_its_certificate(network: Network, bank: Agency) -> None:
    config = str(bank.folder / "node.toml")
    made = run_program("keys", "next", "node", "--config", config)
    assert made.returncode == 0, made.stderr
    text = json.loads(made.stdout)["certificate"]
    following = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    pid = bank.process.pid if bank.process else 0
    govern(network, "bank", RotateCertificate(following, OVERLAP_MS))
    port = network.summary["base_port"] + 45

    def shown() -> bytes:
        return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))

    network.wait_until(lambda: shown() == following, "the new certificate on the API")
    deadline = time.monotonic() + OVERLAP_MS / 1000 + 4
    number = 0
    while time.monotonic() < deadline:
        number += 1
        (item,) = network["hospital"].issue([a_line(f"meanwhile-{number}")])
        assert item["status"] == "committed", item
    network.wait_until(lambda: bank.status()["peers_connected"] == 4, "linked again")
    assert run_program("keys", "settle", "node", "--config", config).returncode == 0
    assert (bank.folder / "keys" / "node.crt").read_bytes() == following
    network.wait_until(lambda: len(network.heads((*AGENCIES, "bank"))) == 1, "equal heads")
    assert bank.process is not None
    assert bank.process.pid == pid
