"""A settings file is read strictly, and every mistake is one sentence that helps."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from primitives.errors import NodeFault
from primitives.settings import parse_address, read_sections, sections_of

FILE = Path("/etc/house/house.toml")


@dataclass(frozen=True, slots=True)
class Door:
    name: str
    width_mm: int = 900
    key: Path = Path("keys/door.key")
    spare: Path | None = None
    label: str = ""
    guests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class House:
    file: Path
    door: Door


def read(text: str) -> Door:
    door: Door = read_sections(text, FILE, sections_of(House))["door"]
    return door


def fault_of(text: str) -> NodeFault:
    with pytest.raises(NodeFault) as caught:
        read(text)
    assert caught.value.exit_code == 78
    assert str(FILE) in caught.value.detail
    return caught.value


def test_what_is_not_given_has_its_default_and_paths_start_from_the_files_folder():
    assert read('[door]\nname = "front"') == Door("front", key=FILE.parent / "keys/door.key")


def test_every_type_of_value_is_read():
    text = '[door]\nname="a"\nwidth_mm=1\nkey="/k"\nspare="s"\nlabel=""\nguests=["x", "y"]'
    assert read(text) == Door("a", 1, Path("/k"), FILE.parent / "s", "", ("x", "y"))


def test_what_is_not_toml_is_named():
    assert fault_of("door = = 1").code == "config.malformed"


def test_an_unknown_key_or_section_names_the_nearest_known_one():
    fault = fault_of('[door]\nname = "front"\nwidth_m = 3')
    assert (fault.code, fault.field) == ("config.unknown_key", "width_m")
    assert "did you mean 'width_mm'?" in fault.detail
    assert "did you mean 'door'?" in fault_of('[dor]\nname = "front"').detail
    assert "known: door" in fault_of("[zzzzzz]").detail


def test_a_key_without_default_is_required():
    fault = fault_of("")
    assert (fault.code, fault.field) == ("config.missing_key", "door.name")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("width_mm = 0", "door.width_mm"),
        ("width_mm = -1", "door.width_mm"),
        ("width_mm = true", "door.width_mm"),
        ("width_mm = 1.0", "door.width_mm"),
        ('width_mm = "1"', "door.width_mm"),
        ("key = 1", "door.key"),
        ('key = ""', "door.key"),
        ('spare = ""', "door.spare"),
        ('guests = "x"', "door.guests"),
        ("guests = [1]", "door.guests"),
    ],
)
def test_a_wrong_value_names_its_key_and_the_right_form(line, key):
    fault = fault_of(f'[door]\nname = "front"\n{line}')
    assert (fault.code, fault.field) == ("config.wrong_value", key)
    assert "write a" in fault.detail


def test_a_text_may_be_empty_only_where_its_default_is():
    assert read('[door]\nname = "front"\nlabel = ""').label == ""
    assert fault_of('[door]\nname = ""').field == "door.name"


def test_a_section_is_a_table():
    assert fault_of("door = 1").field == "door"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:17401", ("127.0.0.1", 17401)),
        ("[::1]:80", ("::1", 80)),
        ("node.example:0", ("node.example", 0)),
        (":80", None),
        ("host", None),
        ("host:", None),
        ("host:x", None),
        ("host:65536", None),
        ("host:８０", None),
    ],
)
def test_an_address_is_a_host_and_a_port(text, expected):
    assert parse_address(text) == expected


@dataclass(frozen=True, slots=True)
class Weather:
    storms: int = 0


@dataclass(frozen=True, slots=True)
class Sky:
    file: Path
    weather: Weather


def test_a_number_may_be_zero_only_where_its_default_is():
    sections = sections_of(Sky)
    assert read_sections("[weather]\nstorms = 0", FILE, sections)["weather"] == Weather(0)
    assert fault_of('[door]\nname = "front"\nwidth_mm = 0').field == "door.width_mm"
    with pytest.raises(NodeFault):
        read_sections("[weather]\nstorms = -1", FILE, sections)
