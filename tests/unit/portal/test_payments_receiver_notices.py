"""Nothing of a notice is looked at before its signature is good; nothing odd gets through."""

import json
from pathlib import Path

import pytest

from portal.payments.resource import seal
from tests.support.payments_town import Town, town

KINDS = ("TRANSACTION.SUCCESS", "REFUND.SUCCESS")


def notice(it: Town, content: object, kind: str = "TRANSACTION.SUCCESS") -> bytes:
    key = it.company.company.notices.apiv3_key
    text = json.dumps(content).encode()
    resource = seal(key, text, associated="x", nonce="abcdefghijkl")
    return json.dumps({"event_type": kind, "resource": resource}).encode()


async def test_a_signed_body_of_another_form_changes_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        bodies = [b"", b"[]", b"{}", b"nonsense", b'{"event_type": 1, "resource": 5}']
        bodies += [notice(it, content, kind) for content in ([], 5, {}, None) for kind in KINDS]
        for body in bodies:
            assert await it.notify(body) == 400
        assert it.node.asked == 0


async def test_news_that_we_have_no_use_for_is_taken_and_forgotten(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        assert await it.notify(notice(it, {}, "COUPON.USE")) == 200
        assert "payments.notice_ignored" in it.log.getvalue()
        assert it.node.asked == 0


async def test_a_refund_for_another_merchant_changes_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        told = {"mchid": "1", "out_refund_no": "R", "refund_id": "5", "transaction_id": "4"}
        assert await it.notify(notice(it, told, "REFUND.SUCCESS")) == 400
        assert "notice.other_merchant" in it.log.getvalue()


async def test_a_refund_that_the_company_does_not_know_changes_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        told = {
            "mchid": "1900000109",
            "out_refund_no": "R",
            "refund_id": "5",
            "transaction_id": "4",
            "refund_status": "SUCCESS",
            "success_time": "2026-09-21T10:00:00+08:00",
            "amount": {"refund": 5},
        }
        assert await it.notify(notice(it, told, "REFUND.SUCCESS")) == 400
        assert it.node.refunds == {}


@pytest.mark.parametrize("name", ["Serial", "Timestamp", "Nonce", "Signature"])
async def test_a_missing_header_is_refused(tmp_path: Path, name: str) -> None:
    async with town(tmp_path) as it:
        assert await it.notify(b"{}", **{f"Wechatpay-{name}": ""}) == 401
