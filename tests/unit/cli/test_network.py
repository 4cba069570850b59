"""Status, peers, validators and version."""

from importlib.metadata import version

import pytest


@pytest.mark.parametrize(
    ("sign_from", "text"), [(None, "no"), (-1, "until it is known"), (12, "below height 12")]
)
def test_the_quarantine_is_told_in_words(piaolian, node, sign_from, text):
    node.answers["/v1/status"] = {"ready": True, "sign_from": sign_from}
    ran = piaolian("status", "--node", node.address)
    line = next(line for line in ran.out.splitlines() if line.startswith("quarantine"))
    assert text in line


def test_a_banned_peer_is_shown_with_the_reason(piaolian, node):
    peer = {"agency": "health", "connected": False, "banned_until_ms": 1_780_000_000_123}
    node.answers["/v1/peers"] = {"items": [{**peer, "ban_reason": "codec.not_canonical"}]}
    ran = piaolian("peers", "--node", node.address)
    assert "2026-05-29 04:26:40.123" in ran.out
    assert "codec.not_canonical" in ran.out


def test_validators_are_listed_with_how_often_they_signed(piaolian, node):
    member = {"index": 0, "agency": "hospital", "signed_last_100": 97, "public_key": "ab" * 32}
    node.answers["/v1/validators"] = {"height": 8, "items": [member]}
    ran = piaolian("validators", "--node", node.address, "-o", "jsonl")
    assert ran.objects == [member]


def test_the_version_needs_no_node_and_asks_one_if_named(piaolian, node):
    assert piaolian("version", "-o", "json").document == {"piaolian": version("piaolian")}
    node.answers["/v1/status"] = {"version": "9.9.9"}
    ran = piaolian("version", "--node", node.address, "-o", "json")
    assert ran.document["node"] == "9.9.9"
