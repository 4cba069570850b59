"""Whatever form personal data takes, and wherever it is planted, the search finds it."""

import os
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.leveldb import LevelDatabases
from tests.support.demo_process import DAY
from tests.support.needles import FORMS, Finder, personal_data, record_data
from tests.support.places import leaks
from tests.support.record_bundles import given_records

VALUES = {
    "马娜": "name",
    "欧阳文博": "name",
    "469023194111101848": "id number",
    "13914740092": "phone",
}
FINDER = Finder(VALUES)


def forms(data: bytes) -> set[tuple[str, str]]:
    return {(needle.kind, needle.form) for needle in FINDER.find(data)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", VALUES)
def test_every_form_is_found_at_every_place_of_the_bytes(value, form):
    for before in (b"", b"{", b'{"p', b'{"payer": '):
        for written in FORMS[form](value):
            assert (VALUES[value], form) in forms(before + written + b'", ')


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("before", range(7))
def test_base64_of_a_text_around_it_is_found_at_every_alignment(value, before):
    import base64

    text = "x" * before + value + "后缀"
    assert (VALUES[value], "base64") in forms(base64.b64encode(text.encode()))
    assert (VALUES[value], "base64url") in forms(base64.urlsafe_b64encode(text.encode()))


def test_the_needles_of_a_bundle_are_its_people_ids_and_diagnoses():
    found = {k: v for _, data in given_records() for k, v in record_data(data).items()}
    assert found["Goodwin327"] == "patient's name"
    assert found["Adriana394 Ceja441"] == "mother's name"
    assert found["Dr. Avery919 VonRueden376"] == "name of a doctor"
    assert found["999-68-6969"] == "id"
    assert found["555-316-1836"] == "phone"
    assert found["1023 Kub Common Apt 57"] == "address"
    assert found["Rupture of appendix"] == "diagnosis"
    assert list(found.values()).count("resource id") == 575


@given(st.integers(0, 5000), st.sampled_from(list(VALUES)))
@settings(max_examples=50)
def test_it_is_found_wherever_it_stands_in_much_data(place, value):
    data = bytearray(b"\x00" * 6000)
    data[place : place + len(value.encode())] = value.encode()
    assert (VALUES[value], "utf-8") in forms(bytes(data))


def test_it_is_found_across_the_pieces_that_are_searched_at_once():
    for shift in range(-20, 4):
        data = bytearray(2 * (1 << 20) + 64)
        place = (1 << 20) + shift
        data[place : place + 18] = b"469023194111101848"
        assert ("id number", "utf-8") in forms(bytes(data))


def test_random_bytes_hold_nothing():
    assert forms(os.urandom(8 << 20)) == set()


def test_the_needles_are_those_of_the_day():
    found = personal_data(DAY)
    assert set(found.values()) == {"name", "id number", "phone"}
    assert found["马娜"] == "name"
    assert found["469023194111101848"] == "id number"
    assert len(found) > 150


def plant_row(folder, *, key: bytes, value: bytes) -> None:
    database = LevelDatabases(folder).create("state")
    database.write([(key, value)])
    database.close()


def plant_sqlite(folder, data: bytes) -> None:
    connection = sqlite3.connect(folder / "projection.sqlite")
    connection.execute("CREATE TABLE bills (code TEXT, note BLOB)")
    connection.execute("INSERT INTO bills VALUES ('46060126', ?)", (data,))
    connection.commit()
    connection.close()


def plant_file(*path: str):
    def plant(folder, data: bytes) -> None:
        file = folder.joinpath(*path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"before " + data + b" after")

    return plant


PLACES = {
    "leveldb key": lambda folder, data: plant_row(folder, key=b"b/" + data, value=b"x"),
    "leveldb value": lambda folder, data: plant_row(folder, key=b"b/1", value=b"\x92" + data),
    "sqlite": plant_sqlite,
    "vault": plant_file("hospital", "data", "vault", "packs", "00"),
    "log": plant_file("logs", "hospital.log"),
    "metrics": plant_file("logs", "hospital.metrics"),
    "file": plant_file("hospital", "data", "votes", "a"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", PLACES)
def test_one_planted_in_any_kind_of_place_is_found(tmp_path, place, form):
    PLACES[place](tmp_path, FORMS[form]("欧阳文博")[0])
    assert (place, "name", form) in leaks(tmp_path, FINDER)


@pytest.mark.parametrize("place", PLACES)
def test_a_place_without_any_is_clean(tmp_path, place):
    PLACES[place](tmp_path, b"nothing personal")
    assert leaks(tmp_path, FINDER) == set()
