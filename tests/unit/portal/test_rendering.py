"""What templates are given."""

from portal.pages.rendering import STATIC, day, moment, verifier_scripts


def test_days_and_minutes_are_those_of_china() -> None:
    assert day(1_789_999_999_000) == "2026-09-21"
    assert moment(1_790_000_000_000) == "2026-09-21 22:13"
    assert day(1_790_006_400_000) == "2026-09-22"


def test_the_verifier_is_loaded_whole_and_its_foundations_first() -> None:
    scripts = verifier_scripts()
    assert scripts[:3] == ("sha2.js", "ed25519.js", "msgpack.js")
    assert set(scripts) == {file.name for file in (STATIC / "verify").glob("*.js")}
