"""Settings: defaults, errors that name file, key and the nearest known key."""

import dataclasses
import tomllib
from pathlib import Path

import pytest

from node.config import SECTIONS, load_config
from primitives.errors import NodeFault

REFERENCE = Path("configs/reference.toml")


def write(folder: Path, text: str) -> Path:
    file = folder / "node.toml"
    file.write_text(text, "utf-8")
    return file


def fault(folder: Path, text: str) -> NodeFault:
    with pytest.raises(NodeFault) as caught:
        load_config(write(folder, text))
    return caught.value


def test_a_file_with_the_agency_alone_takes_every_default_with_absolute_paths(tmp_path):
    config = load_config(write(tmp_path, '[node]\nagency = "hospital"\n'))
    assert config.node.agency == "hospital"
    assert config.node.data == tmp_path / "data"
    assert config.links.connect_timeout_ms == 5_000


def test_the_reference_file_holds_exactly_the_defaults():
    tree = tomllib.loads(REFERENCE.read_text("utf-8"))
    assert list(tree) == list(SECTIONS)
    for name, section in SECTIONS.items():
        fields = {field.name: field.default for field in dataclasses.fields(section)}
        assert list(tree[name]) == list(fields)
        for key, default in fields.items():
            if default is not dataclasses.MISSING:
                plain = list(default) if isinstance(default, tuple) else default
                assert tree[name][key] == (str(plain) if isinstance(plain, Path) else plain)


def test_the_reference_file_explains_every_key():
    lines = REFERENCE.read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), line


def test_the_reference_file_can_be_loaded():
    assert load_config(REFERENCE).node.agency == "hospital"


def test_an_unknown_key_is_refused_with_file_section_and_nearest_known_key(tmp_path):
    error = fault(tmp_path, '[node]\nagency = "a1"\n[links]\nlisten_adress = "x:1"\n')
    assert error.exit_code == 78
    assert error.code == "config.unknown_key"
    assert str(tmp_path / "node.toml") in error.detail
    assert "[links]" in error.detail
    assert "'listen'" in error.detail


def test_an_unknown_section_is_refused_with_the_nearest_known_one(tmp_path):
    error = fault(tmp_path, '[node]\nagency = "a1"\n[apis]\n')
    assert "did you mean 'api'" in error.detail


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "node.agency"),
        ('[node]\nagency = "a"\n[links]\nheartbeat_ms = "fast"', "links.heartbeat_ms"),
        ('[node]\nagency = "a"\n[links]\nheartbeat_ms = 0', "links.heartbeat_ms"),
        ('[node]\nagency = "a"\n[links]\nheartbeat_ms = true', "links.heartbeat_ms"),
        ('[node]\nagency = "a"\n[links]\nlisten = "127.0.0.1"', "links.listen"),
        ('[node]\nagency = "a"\n[links]\nlisten = "127.0.0.1:99999"', "links.listen"),
        ('[node]\nagency = "a"\n[links]\npeers = ["finance"]', "links.peers"),
        ('[node]\nagency = "a"\n[links]\npeers = "finance"', "links.peers"),
        ('[node]\nagency = "a"\n[log]\nlevel = "loud"', "log.level"),
        (f'[node]\nagency = "a"\n[api]\nsocket = "{"x" * 108}"', "api.socket"),
        ('node = "a"', "node"),
        ("[node]\nagency = 7", "node.agency"),
    ],
)
def test_a_wrong_value_is_refused_naming_file_and_key(tmp_path, text, key):
    error = fault(tmp_path, text)
    assert (error.exit_code, error.field) == (78, key)
    assert str(tmp_path / "node.toml") in error.detail
    assert key in error.detail


def test_a_file_that_is_not_toml_is_refused_with_the_line(tmp_path):
    error = fault(tmp_path, "[node\n")
    assert error.exit_code == 78
    assert "line 1" in error.detail


def test_a_missing_file_names_the_command_that_makes_one(tmp_path):
    with pytest.raises(NodeFault) as caught:
        load_config(tmp_path / "none.toml")
    assert caught.value.exit_code == 78
    assert "piaoliand init" in caught.value.detail


def test_peers_are_read_as_agency_and_address(tmp_path):
    text = '[node]\nagency = "a"\n[links]\npeers = ["finance=127.0.0.1:17421"]\n'
    assert load_config(write(tmp_path, text)).peers() == (("finance", "127.0.0.1:17421"),)
