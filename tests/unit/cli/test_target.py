"""Which node is meant, and that no other is believed."""

import os
import ssl
from pathlib import Path

import pytest

from cli.exits import CommandError
from cli.target import find_target
from tests.support.folders import write_identity
from tests.support.stand_in import standing_in


def serving_context(folder: Path) -> ssl.SSLContext:
    """Return the TLS side of a server that holds the folder's key."""
    certificate = ssl.DER_cert_to_PEM_cert((folder / "node.crt").read_bytes())
    (folder / "chain.pem").write_text(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "node.key")
    return context


def secret(file: Path, text: str) -> Path:
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def test_a_unix_socket_needs_neither_token_nor_certificate():
    target = find_target("unix:/var/lib/piaolian/api.sock", None, None)
    assert (target.socket, target.tls, target.token) == ("/var/lib/piaolian/api.sock", None, "")


@pytest.mark.parametrize("node", ["http://127.0.0.1:1", "127.0.0.1:1", "https://", "https://a:b"])
def test_another_form_of_address_is_a_wrong_command_line(node):
    with pytest.raises(CommandError) as caught:
        find_target(node, None, None)
    assert caught.value.exit_code == 2


def test_https_needs_the_certificate():
    with pytest.raises(CommandError, match="--ca-file") as caught:
        find_target("https://127.0.0.1:17412", None, None)
    assert caught.value.exit_code == 2


def test_a_token_that_others_may_read_is_not_used(tmp_path):
    write_identity(tmp_path / "keys", "hospital")
    token = secret(tmp_path / "api.token", "abc\n")
    token.chmod(0o644)
    with pytest.raises(CommandError, match="chmod 600") as caught:
        find_target("https://127.0.0.1:1", token, tmp_path / "keys/node.crt")
    assert caught.value.exit_code == 77


def test_a_missing_file_is_a_configuration_at_fault(tmp_path):
    with pytest.raises(CommandError) as caught:
        find_target("https://127.0.0.1:1", None, tmp_path / "none.crt")
    assert caught.value.exit_code == 78


def test_a_file_that_is_no_certificate_is_a_configuration_at_fault(tmp_path):
    (tmp_path / "x.crt").write_bytes(os.urandom(100))
    with pytest.raises(CommandError) as caught:
        find_target("https://127.0.0.1:1", None, tmp_path / "x.crt")
    assert caught.value.exit_code == 78


def test_a_token_with_a_line_break_inside_is_refused(tmp_path):
    write_identity(tmp_path / "keys", "hospital")
    token = secret(tmp_path / "api.token", "abc\r\nX: y\n")
    with pytest.raises(CommandError) as caught:
        find_target("https://127.0.0.1:1", token, tmp_path / "keys/node.crt")
    assert caught.value.exit_code == 78


def test_the_node_of_the_certificate_is_asked_with_the_token(tmp_path, piaolian):
    write_identity(tmp_path / "keys", "hospital")
    token = secret(tmp_path / "api.token", "sesame\n")
    with standing_in(serving_context(tmp_path / "keys"), "sesame") as node:
        node.answers["/v1/peers"] = {"items": []}
        address = f"https://127.0.0.1:{node.port}"
        options = ("--node", address, "--ca-file", tmp_path / "keys/node.crt")
        assert piaolian("peers", *options, "--token-file", token).code == 0
        assert piaolian("peers", *options).code == 77


def test_the_token_is_not_shown_to_another_node(tmp_path, piaolian):
    write_identity(tmp_path / "keys", "hospital")
    write_identity(tmp_path / "other", "hospital")
    token = secret(tmp_path / "api.token", "sesame\n")
    with standing_in(serving_context(tmp_path / "other"), "sesame") as node:
        address = f"https://127.0.0.1:{node.port}"
        certificate = tmp_path / "keys/node.crt"
        ran = piaolian("peers", "--node", address, "--ca-file", certificate, "--token-file", token)
        assert (ran.code, node.requests) == (3, [])
        assert "wrong_certificate" in ran.err
