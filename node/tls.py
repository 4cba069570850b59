"""TLS 1.3 in which both sides show certificates whose bytes stand in the genesis.

Rule: a certificate is self-signed Ed25519 and never ends; nothing is trusted because somebody
vouched for it, only because its very bytes stand in the member list. The bytes name the agency.
Source: RFC 8446; RFC 5280, section 4.1.2.5 (99991231235959Z for certificates without end).
"""

import datetime
import ipaddress
import os
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from node.keys import NODE_CERTIFICATE, NODE_KEY, read_private
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION

NEVER_ENDS = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
STARTS = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
"""A fixed start: a machine whose clock is behind must still accept the certificate."""


def make_certificate(agency: str, seed: bytes, serial: int, hosts: Iterable[str]) -> bytes:
    """Return the DER bytes of the agency's self-signed certificate.

    Args:
        agency: its id, the subject and a DNS name of the certificate.
        seed: the Ed25519 key of `node.key`, 32 bytes.
        serial: a positive number; random.
        hosts: further names and addresses under which the API is reached.
    """
    key = Ed25519PrivateKey.from_private_bytes(seed)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, agency)])
    names = dict.fromkeys([agency, "localhost", "127.0.0.1", "::1", *hosts])
    usage = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), serial, STARTS, NEVER_ENDS)
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(_key_usage(), True)
        .add_extension(x509.ExtendedKeyUsage(usage), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, None)
    )
    return certificate.public_bytes(serialization.Encoding.DER)


def private_key_pem(seed: bytes) -> bytes:
    """Return an Ed25519 key as PKCS 8 PEM: the content of `node.key`."""
    return Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_key_of_certificate(certificate: bytes) -> bytes:
    """Return the raw Ed25519 key of a DER certificate.

    Raises:
        NodeFault: `certificate.malformed` (exit 78).
    """
    try:
        return (
            x509.load_der_x509_certificate(certificate)
            .public_key()
            .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        )
    except ValueError as error:
        raise NodeFault(
            "certificate.malformed",
            "not an Ed25519 certificate in DER",
            "certificate",
            EXIT_CONFIGURATION,
        ) from error


class LinkIdentity:
    """Who this node is on links, and whom it may meet there.

    Args:
        agency: this agency's id.
        keys: folder of `node.key` and `node.crt`.
        members: every agency's certificate (DER) from the ledger's member list.

    Raises:
        NodeFault: `certificate.*` or `key.*` when the files are not those of the member list.
    """

    def __init__(self, agency: str, keys: Path, members: Mapping[str, bytes]) -> None:
        self._certificate = _own_certificate(agency, keys, members)
        self._key_file = keys / NODE_KEY
        read_private(self._key_file)
        self._agency_of = {der: member for member, der in members.items() if member != agency}
        self._members = members
        self.api_context()

    def agency_of(self, certificate: bytes | None) -> str | None:
        """Return whose certificate these bytes are; None for anybody not on the list."""
        return self._agency_of.get(certificate or b"")

    def server_context(self) -> ssl.SSLContext:
        """Return the listener's side: asks for a certificate, trusts exactly the members'."""
        context = self._context(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=b"".join(self._agency_of))
        return context

    def client_context(self, agency: str) -> ssl.SSLContext:
        """Return the caller's side: trusts exactly the certificate of the agency called."""
        context = self._context(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(cadata=self._members[agency])
        return context

    def api_context(self) -> ssl.SSLContext:
        """Return the HTTP API's side: shows the same certificate, asks for none."""
        return self._context(ssl.PROTOCOL_TLS_SERVER)

    def _context(self, side: int) -> ssl.SSLContext:
        context = ssl.SSLContext(side)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # The certificate lies in DER and OpenSSL reads PEM files: hand it over in memory.
        descriptor = os.memfd_create("certificate")
        try:
            os.write(descriptor, ssl.DER_cert_to_PEM_cert(self._certificate).encode())
            context.load_cert_chain(f"/proc/self/fd/{descriptor}", self._key_file)
        except ssl.SSLError as error:
            raise NodeFault(
                "key.wrong",
                f"{self._key_file} is not the key of the certificate beside it",
                "keys",
                EXIT_CONFIGURATION,
            ) from error
        finally:
            os.close(descriptor)
        return context


def _own_certificate(agency: str, keys: Path, members: Mapping[str, bytes]) -> bytes:
    file = keys / NODE_CERTIFICATE
    try:
        certificate = file.read_bytes()
    except OSError as error:
        raise NodeFault(
            "certificate.missing", f"{file}: {error.strerror}", "keys", EXIT_CONFIGURATION
        ) from error
    if certificate != members.get(agency):
        raise NodeFault(
            "certificate.not_registered",
            f"{file} is not the certificate that the genesis names for {agency!r}",
            "keys",
            EXIT_CONFIGURATION,
        )
    return certificate


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
