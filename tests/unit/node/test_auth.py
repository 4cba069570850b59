"""Tokens: kept as hashes, with scopes, withdrawn by changing the file."""

import os

import pytest

from node.api.auth import NOBODY, OPERATOR, Tokens
from node.folder import token_line
from primitives.errors import NodeFault, Refused


def tokens_file(tmp_path, content: str):
    file = tmp_path / "tokens"
    file.touch(mode=0o600)
    file.write_text(content)
    return file


def test_a_token_opens_its_scopes_and_no_others(tmp_path):
    tokens = Tokens(tokens_file(tmp_path, "# ours\n" + token_line("his", ["read", "desk"], "s3")))
    caller = tokens.caller("Bearer s3")
    assert caller.name == "his"
    caller.require("read")
    caller.require("")
    with pytest.raises(Refused, match=r"auth\.missing_scope"):
        caller.require("details")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "auth.missing"),
        ("Basic s3", "auth.missing"),
        ("Bearer", "auth.missing"),
        ("Bearer S3", "auth.unknown"),
    ],
)
def test_any_other_header_is_refused(tmp_path, header, code):
    tokens = Tokens(tokens_file(tmp_path, token_line("his", ["read"], "s3")))
    with pytest.raises(Refused) as caught:
        tokens.caller(header)
    assert caught.value.code == code


def test_a_token_is_withdrawn_while_the_node_runs(tmp_path):
    file = tokens_file(tmp_path, token_line("his", ["read"], "s3"))
    tokens = Tokens(file)
    assert tokens.caller("Bearer s3")
    file.write_text(token_line("his", ["read"], "s4"))
    os.utime(file, ns=(1, 1))
    with pytest.raises(Refused, match=r"auth\.unknown"):
        tokens.caller("Bearer s3")
    assert tokens.caller("Bearer s4")


@pytest.mark.parametrize("line", ["his read", "his everything 00", "his read 00", "a b c d"])
def test_a_malformed_line_names_file_and_line(tmp_path, line):
    with pytest.raises(NodeFault) as caught:
        Tokens(tokens_file(tmp_path, f"\n{line}\n"))
    assert caught.value.exit_code == 78
    assert "line 2" in caught.value.detail


def test_the_admin_socket_opens_everything_and_nobody_nothing():
    for scope in ("read", "desk", "payments", "details", "portal", "admin"):
        OPERATOR.require(scope)
        with pytest.raises(Refused):
            NOBODY.require(scope)
