"""The payer's page: plain, escaped, and only for who has its address."""

from pathlib import Path

from tests.support.payments_town import (
    town,
)


async def test_a_page_that_nobody_gave_out_is_not_found(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        for method in ("GET", "POST"):
            async with it.http.request(method, f"{it.company.url}/pay/nothing") as response:
                assert response.status == 404
                assert "default-src 'none'" in response.headers["Content-Security-Policy"]
