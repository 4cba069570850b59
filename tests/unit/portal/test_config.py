"""Settings and the command line: every mistake is one clear line and the right exit code."""

from pathlib import Path

import pytest

from portal.config import load_config, read_portal_key, read_secret
from portal.folder import make_settings
from primitives.errors import NodeFault


def settings(folder: Path, text: str) -> Path:
    file = folder / "portal.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[node]\nulr = "https://127.0.0.1:1"\n', "did you mean 'url'?"),
        ('[nod]\nurl = "https://127.0.0.1:1"\n', "did you mean 'node'?"),
        ("[web]\n", "node.url: is required"),
        ('[node]\nurl = "http://10.0.0.1:1"\n', "plain http is for loopback"),
        ('[node]\nurl = "ftp://localhost"\n', "write https://host:port"),
        ('[node]\nurl = "https://h:1"\n[web]\nlisten = "0.0.0.0:80"\n', "web.certificate: is req"),
        ('[node]\nurl = "https://h:1"\n[web]\nlisten = "17403"\n', "write address:port"),
        ('[node]\nurl = "https://h:1"\n[web]\nkey = "k.pem"\n', "belong together"),
        ('[node]\nurl = "https://h:1"\n[web]\npage_size = 0\n', "whole number above 0"),
        ('[node]\nurl = "https://h:1"\n[web]\npage_size = true\n', "whole number above 0"),
        ('[node]\nurl = "https://h:1"\n[messages]\nadapter = "sms"\n', 'write "console"'),
        ("[node\n", "is not TOML"),
        ("node = 3\n", "write a table: [node]"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    file = settings(tmp_path, text)
    with pytest.raises(NodeFault) as caught:
        load_config(file)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)
    assert caught.value.exit_code == 78


def test_paths_are_read_from_the_folder_of_the_file(tmp_path: Path) -> None:
    config = load_config(settings(tmp_path, '[node]\nurl = "https://127.0.0.1:1"\n'))
    assert config.node.genesis == tmp_path / "../genesis.json"
    assert config.data.folder == tmp_path / "portal"


def test_a_secret_that_others_may_read_is_refused_with_the_cure(tmp_path: Path) -> None:
    file = tmp_path / "api.token"
    file.write_text("token\n")
    file.chmod(0o644)
    with pytest.raises(NodeFault, match="chmod 600") as caught:
        read_secret(file)
    assert caught.value.exit_code == 77


def test_a_portal_key_of_another_form_is_refused_without_showing_it(tmp_path: Path) -> None:
    file = tmp_path / "portal.key"
    file.touch(mode=0o600)
    file.write_text("secretish")
    with pytest.raises(NodeFault) as caught:
        read_portal_key(file)
    assert "secretish" not in str(caught.value)


def test_init_writes_settings_that_load_and_keeps_what_is_there(tmp_path: Path) -> None:
    file = make_settings(tmp_path, url="https://127.0.0.1:17402", listen="127.0.0.1:17403")
    assert load_config(file).listen_address() == ("127.0.0.1", 17403)
    with pytest.raises(NodeFault, match=r"portal\.exists"):
        make_settings(tmp_path, url="https://127.0.0.1:1", listen="127.0.0.1:2")


def test_init_leaves_nothing_behind_when_a_value_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(NodeFault):
        make_settings(tmp_path, url="https://127.0.0.1:17402", listen="0.0.0.0:1")
    assert list(tmp_path.iterdir()) == []
