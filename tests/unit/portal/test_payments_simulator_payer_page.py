"""The payer's page: plain, escaped, and only for who has its address."""

from pathlib import Path

from tests.support.payments_company import body_of
from tests.support.payments_town import town


async def test_a_page_that_nobody_gave_out_is_not_found(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        for method in ("GET", "POST"):
            async with it.http.request(method, f"{it.company.url}/pay/nothing") as response:
                assert response.status == 404
                assert "default-src 'none'" in response.headers["Content-Security-Policy"]


async def test_what_a_merchant_wrote_is_text_and_looking_pays_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        body = body_of(it, description="<script>x</script>", amount={"total": 100_000_01})
        token = (await it.receiver.company.open_native(body)).rpartition("/")[2]
        for _ in range(2):
            page = await it.text(f"/pay/{token}")
            assert "&lt;script&gt;x" in page
            assert "<script" not in page
            assert "¥100000.01" in page
            assert "确认支付" in page
        assert it.company.company.config.merchant.name in page
