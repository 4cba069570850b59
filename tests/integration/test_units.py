"""The files an operator installs are accepted by the programs that read them."""

import subprocess
from pathlib import Path

import pytest
import yaml

from node.config import load_config
from tests.support.processes import PIAOLIAND

pytestmark = pytest.mark.slow
CONFIGS = Path("configs")


@pytest.mark.parametrize(
    "unit", ["piaoliand.service", "piaolian-portal.service", "piaolian-payments.service"]
)
def test_systemd_accepts_the_unit(tmp_path, unit):
    text = (CONFIGS / unit).read_text()
    installed = text.replace("/opt/piaolian/bin", str(Path(PIAOLIAND).parent))
    assert installed != text
    (tmp_path / unit).write_text(installed)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_unit_does_not_restart_what_only_an_operator_can_mend():
    text = (CONFIGS / "piaoliand.service").read_text()
    assert "RestartPreventExitStatus=77 78" in text
    assert "Type=notify" in text
    assert "WatchdogSec=" in text


def test_the_alert_rules_name_metrics_that_a_node_has(tmp_path):
    from tests.support.processes import make_network

    rules = yaml.safe_load((CONFIGS / "prometheus-rules.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    network = make_network(tmp_path / "net")
    try:
        network.start()
        metrics = network["hospital"].request("GET", "/metrics").body.decode()
    finally:
        network.kill_all()
    for alert in alerts:
        names = [word for word in _words(alert["expr"]) if word.startswith("piaolian_")]
        assert names or "up" in _words(alert["expr"]), alert["alert"]
        for name in names:
            assert f"\n{name}" in metrics, (alert["alert"], name)
        assert alert["annotations"]["summary"]


def _words(expression: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in expression).split()


def test_the_devnet_example_can_be_loaded():
    for file in sorted((CONFIGS / "devnet").glob("*/node.toml")):
        assert load_config(file).node.agency == file.parent.name
