"""A validator key that was copied to another machine signs nothing that it may have signed."""

import copy
import json
import shutil
from pathlib import Path

import pytest

from tests.support.his_lines import good_line
from tests.support.processes import run_program, running_network

pytestmark = pytest.mark.slow


def line(number: str) -> bytes:
    bill = copy.deepcopy(good_line()) | {"busNo": number}
    for place, item in enumerate(bill["listDetail"]):
        item["listDetailNo"] = f"{number}-{place}"
    return json.dumps(bill, ensure_ascii=False).encode()


def proven(log: Path, first: int) -> list[int]:
    """Return the heights from which it says, from byte `first` of its log on, that it may sign."""
    lines = [json.loads(each) for each in log.read_bytes()[first:].splitlines()]
    return [each["sign_from"] for each in lines if each["event"] == "votes.quarantine_known"]


@pytest.mark.parametrize("owner_comes_along", [False, True])
def test_a_copied_key_starts_quarantined_and_signs_from_the_proven_height(
    tmp_path, owner_comes_along
):
    with running_network(tmp_path / "net") as network:
        health = network["health"]
        for number in range(5):
            network["hospital"].issue([line(f"before-{number}")])
        assert (health.folder / "keys/validator.key.store").read_text() != "new\n"
        health.kill()
        known = network["hospital"].status()["height"]
        shutil.rmtree(health.folder / "data")
        if not owner_comes_along:
            (health.folder / "keys/validator.key.store").unlink()
        made = run_program("store", "create", "--config", str(health.folder / "node.toml"))
        assert made.returncode == 0, made.stderr
        log_before = health.log.stat().st_size
        health.start()
        network.wait_until(lambda: health.is_ready(), "ready")
        said = "another store" if owner_comes_along else "it was imported"
        assert said in health.log.read_bytes()[log_before:].decode()
        # Read in the log: in the status it is gone again as soon as the chain has got there.
        network.wait_until(lambda: proven(health.log, log_before), "a proven height")
        sign_from = proven(health.log, log_before)[0]
        assert sign_from >= known + 3
        for number in range(8):
            network["hospital"].issue([line(f"after-{number}")])
        network.wait_for_equal_heads()
        top = network["hospital"].status()["height"]
        signers = {
            height: network["hospital"].get(f"/v1/blocks/{height}")["signers"]
            for height in range(known + 1, top + 1)
        }
        assert not any("health" in signers[height] for height in signers if height < sign_from)
        network.wait_until(lambda: health.status()["sign_from"] is None, "the end of quarantine")
        health.stop()
        bound = (health.folder / "keys/validator.key.store").read_text()
        assert bound != "new\n"
        assert len(bound) == 33
