"""A finished demo keeps no name, no id number and no phone where anybody could read it."""

import json
import shutil
import sqlite3

import pytest

from storage.leveldb import LevelDatabases
from tests.support.demo_process import DAY, finished_demo
from tests.support.needles import Finder, personal_data, record_data
from tests.support.places import leaks, walk
from tests.support.record_bundles import given_records

pytestmark = pytest.mark.slow

PATIENT = json.loads(DAY.read_text("utf-8").splitlines()[0])
RECORDED = {name: kind for _, data in given_records() for name, kind in record_data(data).items()}
NUMBERS = {number: "patient number" for number, _ in given_records()}
FINDER = Finder(personal_data(DAY) | RECORDED | NUMBERS)


@pytest.fixture(scope="module")
def folder():
    return finished_demo().folder


def test_nothing_personal_stands_in_rows_files_logs_or_figures(folder):
    assert leaks(folder, FINDER) == set()


def test_nothing_of_a_record_stands_in_what_a_command_says_when_it_refuses():
    texts = [run.stderr for run in finished_demo().record_runs]
    assert sum(bool(text) for text in texts) >= 6
    own = {"Goodwin327", "Appendicitis", "593aaa05", "3923d493", "999-44-2257"}
    finder = Finder({name: kind for name, kind in RECORDED.items() if name not in own})
    assert {needle.kind for text in texts for needle in finder.find(text.encode())} == set()


def test_the_walk_saw_every_kind_of_place(folder):
    places = list(walk(folder))
    rows = [place for place in places if place.kind == "leveldb value"]
    assert {place.kind for place in places} == {
        "leveldb key",
        "leveldb value",
        "sqlite",
        "vault",
        "log",
        "metrics",
        "file",
    }
    assert {place.name.split("/")[0] for place in rows} == {
        "hospital",
        "finance",
        "insurance",
        "health",
        "bank",
    }
    assert sum(place.kind == "log" for place in places) >= 8
    names = {place.name for place in places}
    assert {"logs/company.log", "logs/receiver.log", "logs/portal.log"} <= names
    tables = {place.name for place in places if place.kind == "sqlite"}
    assert {"company/data/company.sqlite", "bank/payments/receiver.sqlite"} <= tables
    assert "hospital/portal/payments.sqlite" in tables
    assert len(rows) > 4 * 1295


def plant_row(folder, key: bytes, value: bytes) -> None:
    database = LevelDatabases(folder / "health" / "data").open("state")
    database.write([(key, value)])
    database.close()


def plant_sqlite(folder, name: str = "accounts.sqlite") -> None:
    connection = sqlite3.connect(next(folder.rglob(name)))
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.execute("INSERT INTO notes VALUES (?)", (PATIENT["tel"],))
    connection.commit()
    connection.close()


def append(pattern: str, text: str):
    def plant(folder) -> None:
        file = min(path for path in folder.glob(pattern) if path.is_file())
        file.write_bytes(file.read_bytes() + text.encode())

    return plant


PLANTS = {
    "leveldb key": lambda folder: plant_row(folder, b"b/" + PATIENT["payer"].encode(), b"x"),
    "leveldb value": lambda folder: plant_row(folder, b"b/x", PATIENT["idCardNo"].encode()),
    "sqlite": plant_sqlite,
    "vault": append("hospital/data/vault/packs/**/*", PATIENT["payer"]),
    "log": append("logs/insurance.log", f'{{"hint": "{PATIENT["tel"]}"}}\n'),
    "metrics": append("logs/hospital.metrics", f'x{{patient="{PATIENT["idCardNo"]}"}} 1\n'),
}


@pytest.mark.parametrize("kind", sorted(set(RECORDED.values()) | set(NUMBERS.values())))
def test_any_datum_of_a_record_is_found_in_a_log_and_in_a_pack(folder, tmp_path, kind):
    value = min(name for name, its in (RECORDED | NUMBERS).items() if its == kind)
    for place, pattern in (("log", "logs/hospital.log"), ("vault", "hospital/data/vault/packs/*")):
        copy = tmp_path / place
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.sock", "state", "blocks"))
        append(pattern, f'{{"hint": "{value}"}}\n')(copy)
        assert (place, kind, "utf-8") in leaks(copy, FINDER)


@pytest.mark.parametrize("kind", PLANTS)
def test_one_planted_in_a_finished_demo_turns_it_red(folder, tmp_path, kind):
    copy = tmp_path / "demo"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.sock"))
    PLANTS[kind](copy)
    assert kind in {place for place, _, _ in leaks(copy, FINDER)}
