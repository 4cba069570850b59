"""The cashier's till in the hospital: asks the payment company for a QR code by itself.

It knows nothing of the patients' page, so that an order may be paid at both: what the ledger does
not need goes back.

Source: WeChat Pay API v3, native trades; request signing (SHA256 with RSA, PKCS #1 v1.5).
"""

import base64
import json
import secrets
import time
import tomllib
import urllib.request
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

TIMEOUT_S: Final = 10.0
OPEN_S: Final = 3600
"""How long its QR codes serve."""


class Till:
    """A till with the merchant's key.

    Args:
        settings: payments.toml of the receiver, which names merchant, company and keys.
    """

    def __init__(self, settings: Path) -> None:
        self._settings = tomllib.loads(settings.read_text("utf-8"))
        merchant = self._settings["merchant"]
        key = load_pem_private_key(Path(merchant["key"]).read_bytes(), None)
        assert isinstance(key, RSAPrivateKey)
        certificate = x509.load_pem_x509_certificate(Path(merchant["certificate"]).read_bytes())
        self._key, self._serial = key, f"{certificate.serial_number:X}"

    def code_url(self, hospital: str, order: str, amount_fen: int) -> str:
        """Open a trade for an order; return what its QR code says."""
        merchant, receiver = self._settings["merchant"], self._settings["web"]["listen"]
        number = f"TILL{secrets.token_hex(12)}"
        answer = self._post(
            f"{merchant['url']}/v3/pay/transactions/native",
            {
                "appid": merchant["appid"],
                "mchid": merchant["mchid"],
                "description": "门诊费用",
                "out_trade_no": number,
                "attach": f"{hospital}/{order}",
                "notify_url": f"http://{receiver}/notify",
                "amount": {"total": amount_fen, "currency": "CNY"},
            },
        )
        until_ms = (int(time.time()) + OPEN_S) * 1000
        expected = {"out_trade_no": number, "expires_ms": until_ms}
        self._post(f"http://{receiver}/expected", expected)
        return str(answer["code_url"])

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        data = json.dumps(body, ensure_ascii=False).encode()
        target = "/" + url.split("/", 3)[3]
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        text = f"POST\n{target}\n{stamp}\n{nonce}\n".encode() + data + b"\n"
        value = base64.b64encode(self._key.sign(text, PKCS1v15(), hashes.SHA256())).decode()
        mchid = self._settings["merchant"]["mchid"]
        headers = {
            "Authorization": f'WECHATPAY2-SHA256-RSA2048 mchid="{mchid}",nonce_str="{nonce}",'
            f'signature="{value}",timestamp="{stamp}",serial_no="{self._serial}"',
            "Content-Type": "application/json",
        }
        request = urllib.request.Request(url, data, headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            told: dict[str, Any] = json.loads(answer.read() or b"{}")
            return told
