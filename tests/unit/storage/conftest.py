"""Both kinds of machine, for the tests that hold for either."""

from pathlib import Path

import pytest

from tests.support.disk import Machine, memory_machine, real_machine


@pytest.fixture(params=["disk", "memory"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return real_machine(tmp_path / "data") if request.param == "disk" else memory_machine()
