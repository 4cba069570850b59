"""The company's keys are asked for when a serial number is new, and not for every stranger."""

import json

import pytest

from portal.payments.key_files import PublicKey, public_key_of
from portal.payments.platform_keys import (
    AGE_MAX_MS,
    REFRESH_GAP_MS,
    RETRY_GAP_MS,
    PlatformKeys,
    read_certificates,
)
from portal.payments.resource import seal
from primitives.errors import Refused, Unavailable
from tests.support.payments_town import NOON_MS, stranger_pair
from tests.support.portal_process import SetClock

APIV3_KEY = b"0123456789abcdef0123456789abcdef"


class Company:
    """Tells its keys, and counts how often."""

    def __init__(self) -> None:
        self.serials = ["A"]
        self.asked = 0
        self.is_away = False

    async def fetch(self) -> tuple[PublicKey, ...]:
        self.asked += 1
        if self.is_away:
            raise Unavailable("provider.away", "no answer")
        key = public_key_of(stranger_pair()[1])
        return tuple(PublicKey(serial, key.key, key.until_ms) for serial in self.serials)


def begin() -> tuple[Company, SetClock, PlatformKeys]:
    company, clock = Company(), SetClock(NOON_MS)
    return company, clock, PlatformKeys((), company.fetch, clock)


async def unknown(keys: PlatformKeys, serial: str) -> None:
    with pytest.raises(Refused, match=r"signature\.unknown_serial"):
        await keys.find(serial)


async def test_a_known_key_is_not_asked_for_again() -> None:
    company, _, keys = begin()
    for _ in range(5):
        assert (await keys.find("A")).serial == "A"
    assert company.asked == 1


async def test_strangers_make_us_ask_once_a_minute() -> None:
    company, clock, keys = begin()
    for number in range(5):
        await unknown(keys, f"stranger-{number}")
    assert company.asked == 1
    clock.time_ms += REFRESH_GAP_MS
    company.serials = ["B", "A"]
    assert (await keys.find("B")).serial == "B"
    assert company.asked == 2


async def test_a_withdrawn_key_is_forgotten_with_the_next_answer() -> None:
    company, clock, keys = begin()
    await keys.find("A")
    company.serials = ["B"]
    clock.time_ms += AGE_MAX_MS - 1
    assert await keys.find("A")
    clock.time_ms += 1
    await unknown(keys, "A")


async def test_a_key_past_its_end_serves_no_more() -> None:
    _, clock, keys = begin()
    clock.time_ms = public_key_of(stranger_pair()[1]).until_ms + 1
    await unknown(keys, "A")


async def test_while_the_company_is_away_known_keys_serve_and_others_wait() -> None:
    company, clock, keys = begin()
    await keys.find("A")
    company.is_away = True
    clock.time_ms += REFRESH_GAP_MS
    for _ in range(3):
        with pytest.raises(Unavailable):
            await keys.find("B")
    assert company.asked == 2
    assert await keys.find("A")
    clock.time_ms += RETRY_GAP_MS
    with pytest.raises(Unavailable):
        await keys.find("B")
    assert company.asked == 3


async def test_a_key_that_was_handed_over_is_never_asked_for() -> None:
    company = Company()
    given = PublicKey("PUB_KEY_ID_1", public_key_of(stranger_pair()[1]).key, 2**62)
    keys = PlatformKeys((given,), company.fetch, SetClock(NOON_MS))
    assert await keys.find("PUB_KEY_ID_1") == given
    assert company.asked == 0


def answer_of(*certificates: bytes) -> bytes:
    entries = [
        {
            "encrypt_certificate": seal(
                APIV3_KEY, data, associated="certificate", nonce="abcdefghijkl"
            )
        }
        for data in certificates
    ]
    return json.dumps({"data": entries}).encode()


def test_certificates_are_named_by_their_own_serial_number() -> None:
    certificate = stranger_pair()[1]
    (key,) = read_certificates(answer_of(certificate), APIV3_KEY)
    assert key == public_key_of(certificate)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"data": 5}', b'{"data": [{}]}'])
def test_an_answer_of_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match=r"certificates\.malformed"):
        read_certificates(data, APIV3_KEY)


def test_what_is_no_rsa_certificate_is_refused() -> None:
    with pytest.raises(Refused, match=r"certificates\.malformed"):
        read_certificates(answer_of(b"no certificate"), APIV3_KEY)
    with pytest.raises(Refused, match=r"notice\.sealed_otherwise"):
        read_certificates(answer_of(stranger_pair()[1]), bytes(32))
