"""A finding is damage unless it says why it means nothing."""

from storage.findings import Finding


def test_a_finding_is_damage_unless_it_says_otherwise() -> None:
    assert not Finding("state/000003.log", 7, "a record fails its checksum").harmless
