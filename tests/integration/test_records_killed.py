"""`kill -9` of the hospital's node while it publishes: each record once or not at all, then all."""

import threading
import time
from typing import Any

import pytest

from tests.support.processes import run_program
from tests.support.record_bundles import bundle, given_records
from tests.support.ward import open_ward

pytestmark = pytest.mark.slow

NUMBER = given_records()[1][0]
PERSON = {"identifier": [], "gender": "male", "birthDate": "1949-11-22"}
VISITS = 40
MOMENTS_MS = (0, 3, 6, 12, 25, 50, 75, 100, 150, 250, 400)
"""After which the node is killed: before it read the bundle, while it seals, waits, settles."""
pause = time.sleep  # noqa: TID251 - whole processes, in real time


def body(moment: int) -> bytes:
    """Return a bundle of visits that no other moment has."""
    text = "x" * 2_000
    visits = {f"m{moment}-{place}": [(f"o{moment}-{place}", text)] for place in range(VISITS)}
    return bundle(visits, **PERSON)


def test_whatever_moment_the_node_is_killed_publishing_again_completes_it(tmp_path):
    with open_ward(tmp_path / "net") as ward:
        hospital, cut = ward.network["hospital"], 0

        def publish(data: bytes) -> list[dict[str, Any]]:
            headers = {"Patient-Number": NUMBER}
            path = "/v1/records?wait_ms=20000&amend=1"
            answer = hospital.request("POST", path, body=data, headers=headers)
            assert answer.status == 200, answer
            items: list[dict[str, Any]] = answer.json["items"]
            return items

        def try_to(data: bytes, done: list[int]) -> None:
            try:
                publish(data)
            except OSError:
                return
            done.append(1)

        for number, moment in enumerate(MOMENTS_MS):
            done: list[int] = []
            asking = threading.Thread(target=try_to, args=(body(moment), done))
            asking.start()
            pause(moment / 1000)
            hospital.kill()
            asking.join()
            cut += not done
            hospital.start()
            ward.network.wait_until(hospital.is_ready, "ready again")
            items = publish(body(moment))
            assert {item["status"] for item in items} <= {"exists", "committed"}, items
            again = publish(body(moment))
            assert {item["status"] for item in again} == {"exists"}
            faces = ward.told("record", "list", "--limit", 10_000)
            in_force = [face for face in faces if face["state"] == "published"]
            assert len(in_force) == VISITS * (number + 1) + 1
            assert len(faces) == VISITS * (number + 1) + 1 + number
            vault = hospital.folder / "data" / "vault"
            assert list((vault / "waiting").glob("*.pack")) == []
        assert cut >= len(MOMENTS_MS) // 2
        assert hospital.stop() == 0
        config = str(hospital.folder / "node.toml")
        assert run_program("store", "verify", "--config", config, timeout=120).returncode == 0
