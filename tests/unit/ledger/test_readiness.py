"""A candidate's word that it is ready to vote."""

import msgspec
import pytest

from ledger.key_rotation import RotateKey
from ledger.membership import ScheduleUpgrade
from ledger.readiness import Readiness, readiness_key, readiness_message
from primitives.signing import Signed, key_id
from tests.support.councils import decided, newcomer, ready
from tests.support.ledgers import Chain, key_pair, new_chain


@pytest.fixture
def chain() -> Chain:
    return new_chain()


def test_a_ready_member_stands_with_version_and_time(chain: Chain) -> None:
    chain.accept("bank", ready(chain, "bank", version=3))
    leaf = chain.fact(readiness_key("bank"), Readiness)
    assert leaf == Readiness(3, chain.tip.time_ms)
    chain.commit()
    chain.accept("bank", ready(chain, "bank", height=2))
    assert chain.fact(readiness_key("bank"), Readiness) == Readiness(1, chain.tip.time_ms)


def test_the_word_is_a_string_of_its_own_kind(chain: Chain) -> None:
    message = readiness_message(chain.genesis.chain, "bank", 2, 7)
    assert message == (
        b"piaolian\x01"
        + bytes([Signed.READINESS])
        + chain.genesis.chain
        + bytes([0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7])
        + b"bank"
    )


def test_another_members_word_or_one_about_something_else_is_refused(chain: Chain) -> None:
    word = ready(chain, "bank")
    others = [
        ready(chain, "mutual"),
        msgspec.structs.replace(word, version=2),
        msgspec.structs.replace(word, signature=bytes(64)),
    ]
    for other in others:
        error = chain.refuse("bank", other)
        assert (error.code, error.field) == ("readiness.bad_signature", "signature")


def test_the_word_is_said_with_the_newest_validator_key(chain: Chain) -> None:
    new = key_pair("bank", "validator 2")
    old = key_id(key_pair("bank", "validator").public_key)
    chain.accept("bank", RotateKey("validator", old, new.public_key, 60_000))
    assert chain.refuse("bank", ready(chain, "bank")).code == "readiness.bad_signature"


def test_who_has_no_validator_key_is_not_ready(chain: Chain) -> None:
    change = newcomer()
    few = tuple(key for key in change.keys if key.purpose != "validator")
    decided(chain, msgspec.structs.replace(change, keys=few))
    error = chain.refuse("auditors", ready(chain, "auditors"), purpose="desk")
    assert error.code == "readiness.no_key"


def test_a_program_that_does_not_know_the_rules_is_not_ready(chain: Chain) -> None:
    error = chain.refuse("bank", ready(chain, "bank", version=0))
    assert (error.code, error.field) == ("readiness.too_old", "version")
    decided(chain, ScheduleUpgrade(2))
    assert chain.refuse("bank", ready(chain, "bank", version=1)).code == "readiness.too_old"
    chain.accept("bank", ready(chain, "bank", version=2))


def test_nobody_holds_a_block_that_is_not_made(chain: Chain) -> None:
    error = chain.refuse("bank", ready(chain, "bank", height=1))
    assert (error.code, error.field) == ("readiness.ahead", "height")
    chain.accept("bank", ready(chain, "bank", height=0))
