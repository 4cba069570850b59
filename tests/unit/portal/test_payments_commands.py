"""The commands around payments: folders, keys, a day reconciled; whole processes, killed."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.main import cli
from portal.payments.receiver.config import load_config
from portal.payments.simulator.config import load_config as load_company
from primitives.errors import NodeFault, Refused
from tests.support.payments_town import company_folder

AGENCY = ["--node", "https://127.0.0.1:17402", "--company", "http://127.0.0.1:17405"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    "words",
    [
        ["simulator"],
        ["simulator", "init"],
        ["simulator", "rotate"],
        ["payments"],
        ["payments", "init"],
        ["payments", "reconcile"],
    ],
)
def test_every_command_has_an_example(words: list[str]) -> None:
    told = run(*words, "--help")
    assert told.exit_code == 0
    assert "Example:" in told.output


def test_a_company_is_made_once_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    assert run("simulator", "init", "--folder", folder).exit_code == 0
    assert load_company(folder / "provider.toml").web.listen == "127.0.0.1:17405"
    again = run("simulator", "init", "--folder", folder)
    assert isinstance(again.exception, NodeFault)
    assert again.exception.code == "file.exists"
    assert (folder / "merchant/apiv3.key").stat().st_mode & 0o777 == 0o600


def test_a_new_key_is_told_by_its_serial_number(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    shutil.copytree(company_folder(), folder)
    told = run("simulator", "rotate", "--config", folder / "provider.toml")
    assert told.exit_code == 0
    assert (folder / "data/platform/0002.cert.pem").exists()
    assert int(told.output.strip(), 16) > 0


def test_the_receivers_settings_are_written_once_and_checked(tmp_path: Path) -> None:
    merchant = company_folder() / "merchant"
    words = ["payments", "init", "--agency", tmp_path, *AGENCY, "--merchant", merchant]
    wrong = run(*words, "--payee", "hospital", "--mchid", "1-2")
    assert isinstance(wrong.exception, NodeFault)
    assert not (tmp_path / "payments.toml").exists()
    assert run(*words, "--payee", "hospital").exit_code == 0
    config = load_config(tmp_path / "payments.toml")
    assert config.merchant.key == merchant / "apiclient_key.pem"
    assert config.receiver.payee == "hospital"
    again = run(*words, "--payee", "hospital")
    assert isinstance(again.exception, NodeFault)


@pytest.mark.parametrize("date", ["", "2026-09-21", "2026", "２０２６0921"])
def test_a_day_is_written_as_eight_digits(tmp_path: Path, date: str) -> None:
    told = run("payments", "reconcile", "--config", tmp_path / "payments.toml", "--date", date)
    assert isinstance(told.exception, Refused)
    assert told.exception.code == "day.malformed"
