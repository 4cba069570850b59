"""Every request is signed, every answer is signed, and keys can be changed while it runs."""

import json
from pathlib import Path

import pytest

from portal.payments.signing import Signature, answer_text, check, signature_of_headers
from portal.payments.simulator.platform import add_key
from portal.payments.simulator.refusals import parameter, status_of
from primitives.errors import Refused
from tests.support.payments_company import NUMBER, body_of, code_of
from tests.support.payments_town import (
    MCHID,
    NOON_MS,
    town,
)


async def test_requests_without_the_merchants_signature_are_refused(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        path = f"/v3/pay/transactions/out-trade-no/{NUMBER}?mchid={MCHID}"
        async with it.http.get(it.company.url + path) as response:
            assert response.status == 401
            assert (await response.json())["code"] == "SIGN_ERROR"
        it.clock.time_ms -= 301_000
        header = it.signer().authorization("GET", path, b"")
        it.clock.time_ms += 301_000
        async with it.http.get(
            it.company.url + path, headers={"Authorization": header}
        ) as response:
            assert response.status == 401


async def test_every_answer_is_signed_refusals_too(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        path = "/v3/pay/transactions/id/none?mchid=" + MCHID
        headers = {"Authorization": it.signer().authorization("GET", path, b"")}
        async with it.http.get(it.company.url + path, headers=headers) as response:
            body, signature = await response.read(), signature_of_headers(response.headers)
            assert (response.status, json.loads(body)["code"]) == (404, "ORDER_NOT_EXIST")
        key = await it.receiver.company.keys.find(signature.serial)
        check(key.key, text_of(signature, body), signature, NOON_MS)


def text_of(signature: Signature, body: bytes) -> bytes:
    return answer_text(signature.timestamp, signature.nonce, body)


async def test_a_new_key_signs_at_once_and_the_one_before_is_still_told(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        company, folder = it.receiver.company, tmp_path / "company/data/platform"
        old = it.company.company.platform.sign(b"", NOON_MS).serial
        serials = [add_key(folder, NOON_MS) for _ in range(2)]
        assert it.company.company.platform.sign(b"", NOON_MS).serial == serials[1]
        assert await code_of(company.trade(NUMBER)) == "ORDER_NOT_EXIST"
        url = await company.open_native(body_of(it))
        assert url
        assert (await company.keys.find(serials[0])).serial == serials[0]
        assert await code_of(company.keys.find(old)) == "signature.unknown_serial"


@pytest.mark.parametrize(
    ("code", "status"),
    [("SIGN_ERROR", 401), ("ORDER_NOT_EXIST", 404), ("FREQUENCY_LIMITED", 429), ("ORDERPAID", 400)],
)
def test_a_refusal_has_the_status_of_the_real_company(code: str, status: int) -> None:
    assert status_of(Refused(code)) == status
    assert status_of(parameter("amount", "x")) == 400
