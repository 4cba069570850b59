"""Records on a real network: published by the command line, read back byte for byte, corrected."""

import subprocess
import sys

import pytest

from tests.support.demo_process import ROOT
from tests.support.record_bundles import given_records
from tests.support.ward import Ward, open_ward

pytestmark = pytest.mark.slow

CHECK_RECORDS = ROOT / "tests/independent/check_records.py"
MAN = given_records()[1]
"""Number and bundle of the patient whose result is corrected."""


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    with open_ward(tmp_path_factory.mktemp("ward") / "net") as ward:
        ward.first = ward.publish_all() if False else None
        yield ward


def checked(ward: Ward, folder) -> subprocess.CompletedProcess[str]:
    """Run the script that knows nothing of ours over the texts in a folder."""
    files = sorted(ward.bundles.iterdir())
    return subprocess.run(
        [sys.executable, CHECK_RECORDS, folder, *files], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def published(ward):
    return ward.publish_all()
