"""Which phone serves which patient."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from portal.accounts.bindings import PHONE_REPLACED, PHONE_TAKEN, Bindings, Notice


@pytest.fixture
async def bindings(tmp_path: Path) -> AsyncIterator[Bindings]:
    bindings = Bindings(tmp_path / "accounts.sqlite")
    yield bindings
    bindings.close()


async def test_binding_the_same_phone_again_changes_nothing(bindings: Bindings) -> None:
    assert await bindings.bind(b"anna", b"phone", 1) == frozenset()
    assert await bindings.bind(b"anna", b"phone", 2) == frozenset()
    assert await bindings.notices(b"anna") == ()
    assert await bindings.patient_of(b"phone") == b"anna"


async def test_a_patient_has_one_phone(bindings: Bindings) -> None:
    await bindings.bind(b"anna", b"old", 1)
    assert await bindings.bind(b"anna", b"new", 2) == {b"anna"}
    assert await bindings.patient_of(b"old") is None
    assert await bindings.notices(b"anna") == (Notice(PHONE_REPLACED, 2),)


async def test_a_phone_serves_one_patient(bindings: Bindings) -> None:
    await bindings.bind(b"anna", b"phone", 1)
    assert await bindings.bind(b"bert", b"phone", 2) == {b"anna"}
    assert await bindings.patient_of(b"phone") == b"bert"
    assert await bindings.notices(b"anna") == (Notice(PHONE_TAKEN, 2),)
    assert await bindings.notices(b"bert") == ()


async def test_a_swap_leaves_both_a_notice(bindings: Bindings) -> None:
    await bindings.bind(b"anna", b"one", 1)
    await bindings.bind(b"bert", b"two", 1)
    assert await bindings.bind(b"bert", b"one", 2) == {b"anna", b"bert"}


async def test_a_notice_is_put_aside_by_its_reader_alone(bindings: Bindings) -> None:
    await bindings.bind(b"anna", b"phone", 1)
    await bindings.bind(b"bert", b"phone", 2)
    await bindings.put_aside(b"bert")
    assert len(await bindings.notices(b"anna")) == 1
    await bindings.put_aside(b"anna")
    assert await bindings.notices(b"anna") == ()
