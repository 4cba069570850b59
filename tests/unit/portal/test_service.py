"""The portal as a whole: its own certificate, its files, what keeps it from starting."""

import datetime
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.node_client import is_bill_name
from portal.pseudonyms import Pseudonyms
from primitives.errors import NodeFault
from primitives.hashing import keyed_hash
from tests.support.portal_process import scene


def write_certificate(folder: Path) -> str:
    """Write a web certificate and return the settings that name it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "web.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "web.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return f'certificate = "{folder}/web.crt"\nkey = "{folder}/web.key"\n'


async def test_with_its_own_certificate_cookies_travel_under_tls_only(tmp_path: Path) -> None:
    async with scene(tmp_path, web=write_certificate(tmp_path)) as it:
        assert it.running.url.startswith("https://")
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{it.running.url}/login", ssl=False) as response,
        ):
            assert response.status == 200
            assert "Secure" in response.headers["Set-Cookie"]


async def test_a_certificate_that_cannot_be_read_keeps_it_from_starting(tmp_path: Path) -> None:
    settings = 'certificate = "nothing.crt"\nkey = "nothing.key"\n'
    with pytest.raises(NodeFault, match=r"certificate\.unusable") as caught:
        async with scene(tmp_path, web=settings):
            pass
    assert caught.value.exit_code == 78


async def test_behind_a_proxy_the_last_forwarded_address_is_the_caller(tmp_path: Path) -> None:
    settings = 'forwarded_header = "X-Forwarded-For"\naddress_requests_per_minute = 2\n'
    async with scene(tmp_path, web=settings) as it, aiohttp.ClientSession() as session:
        statuses = []
        for caller in ("1.1.1.1, 9.9.9.9", "2.2.2.2, 9.9.9.9", "3.3.3.3, 9.9.9.9", "9.9.9.8"):
            headers = {"X-Forwarded-For": caller}
            async with session.get(f"{it.running.url}/livez", headers=headers) as response:
                statuses.append(response.status)
        assert statuses == [200, 200, 429, 200]


def test_a_pseudonym_of_one_kind_never_stands_for_another() -> None:
    names = Pseudonyms(bytes(32))
    same = "13900000001"
    assert len({names.patient(same), names.phone(same), names.address(same)}) == 3
    assert names.patient(same) == keyed_hash(bytes(32), same.encode())
    assert names.check_code("46060126", "0000000001", "abc123") != names.check_code(
        "46060126", "0000000002", "abc123"
    )


@pytest.mark.parametrize(
    ("code", "number"), [("4606012", "0000000001"), ("46060126", "1"), ("4606012６", "0000000001")]
)
def test_only_eight_and_ten_plain_digits_name_a_bill(code: str, number: str) -> None:
    assert not is_bill_name(code, number)
