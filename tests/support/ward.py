"""A hospital that has records to publish: a network of processes and the operator's hand."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.his_lines import hospital_day
from tests.support.processes import Network, make_network
from tests.support.record_bundles import given_records

PIAOLIAN = str(Path(sys.executable).with_name("piaolian"))


@dataclass(frozen=True)
class Ward:
    """A running network whose hospital has billed the patients of the given bundles."""

    network: Network
    bundles: Path
    """A folder with the given bundles, named by their patients' numbers."""

    def ask(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run `piaolian` against the hospital's node to its end."""
        node = f"unix:{self.network['hospital'].folder / 'api.sock'}"
        return subprocess.run(
            [PIAOLIAN, "--node", node, *map(str, arguments)],
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip

    def told(self, *arguments: object) -> list[dict[str, Any]]:
        """Return the items of a list that `piaolian` shows; it must succeed."""
        ran = self.ask(*arguments, "-o", "jsonl")
        assert ran.returncode == 0, ran.stderr + ran.stdout
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def publish(self, number: str, file: Path | None = None, *more: str) -> list[dict[str, Any]]:
        """Publish a bundle, that of the patient with a number unless another file is given."""
        file = file or self.bundles / f"{number}.json"
        return self.told("record", "publish", file, "--patient-number", number, *more)

    def publish_all(self) -> list[dict[str, Any]]:
        """Publish all given bundles; return what became of each record."""
        return [item for number, _ in given_records() for item in self.publish(number)]

    def save(self, folder: Path) -> list[dict[str, Any]]:
        """Write the texts of all documents in force to a folder; return the faces of all."""
        folder.mkdir()
        faces = self.told("record", "list", "--limit", 10_000)
        for name in [face["document"] for face in faces if face["state"] == "published"]:
            ran = self.ask("record", "get", name, "--save", folder / f"{name}.json")
            assert ran.returncode == 0, ran.stderr
        return faces


@contextmanager
def open_ward(out: Path) -> Iterator[Ward]:
    """Start a network, bill the three patients, and lay their bundles out."""
    network = make_network(out, "--visit-times", "utc")
    try:
        network.start()
        network.allot()
        numbers = [number for number, _ in given_records()]
        lines = [line for line in hospital_day() if json.loads(line).get("patientNo") in numbers]
        issued = network["hospital"].issue(lines)
        assert {item["status"] for item in issued} == {"committed"}
        bundles = out / "bundles"
        bundles.mkdir()
        for number, data in given_records():
            (bundles / f"{number}.json").write_bytes(data)
        yield Ward(network, bundles)
    finally:
        network.kill_all()
