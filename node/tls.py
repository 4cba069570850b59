"""TLS 1.3 in which both sides show certificates whose bytes stand in the ledger.

Rule: a certificate is self-signed Ed25519 and never ends; nothing is trusted because somebody
vouched for it, only because its very bytes stand in the member list. The bytes name the agency.
While a certificate changes both count; a node shows the newest of its own that the ledger knows.
Source: RFC 8446; RFC 5280, section 4.1.2.5 (99991231235959Z for certificates without end).
"""

import contextlib
import datetime
import ipaddress
import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from node.keys import (
    NEXT_NODE_CERTIFICATE,
    NEXT_NODE_KEY,
    NODE_CERTIFICATE,
    NODE_KEY,
    read_private,
)
from node.ports import Roster
from primitives.errors import NodeFault, PeerFault
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


@dataclass(frozen=True, slots=True)
class _Pair:
    """A certificate of our own and its key, as they were read: files may move later."""

    file: Path
    certificate: bytes
    key_file: Path
    key: bytes


@lru_cache(maxsize=4096)
def is_certificate(der: bytes) -> bool:
    """Tell whether bytes are one Ed25519 certificate that OpenSSL takes."""
    try:
        public_key_of_certificate(der)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
    except (NodeFault, ssl.SSLError, ValueError, UnsupportedAlgorithm):
        return False
    return True


class LinkIdentity:
    """Who this node is on links, and whom it may meet there.

    Args:
        agency: this agency's id.
        keys: folder of `node.key` and `node.crt`, and of the next ones before a change.
        roster: every member's certificates.

    Raises:
        NodeFault: `certificate.*` or `key.*` when the files do not fit each other, or are those
            of another member.
    """

    def __init__(self, agency: str, keys: Path, roster: Roster) -> None:
        self._agency = agency
        self._keys = keys
        self._pairs = _own_pairs(keys)
        self._api: list[ssl.SSLContext] = []
        self._follow(roster)
        for pair in self._pairs:
            owner = self.agency_of(pair.certificate)
            if owner is not None:
                raise NodeFault(
                    "certificate.of_another",
                    f"{pair.file} is the certificate of {owner!r}, not of {agency!r}",
                    "keys",
                    EXIT_CONFIGURATION,
                )
        for pair in self._pairs:
            self._show(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), pair)

    @property
    def certificate(self) -> bytes:
        """The certificate that is shown: the newest own one that the ledger knows."""
        return self._own.certificate

    def trust(self, roster: Roster) -> None:
        """Meet exactly these members from now on, and look for a certificate of our own anew."""
        with contextlib.suppress(NodeFault):  # half a pair: what there was goes on
            pairs = _own_pairs(self._keys)
            for pair in pairs:
                self._show(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), pair)
            self._pairs = pairs
        self._follow(roster)
        for context in self._api:
            self._show(context, self._own)

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
        """Return the caller's side: trusts exactly the certificates of the agency called.

        Raises:
            PeerFault: `link.refused`: it is no member.
        """
        certificates = self._roster.get(agency)
        if not certificates:
            raise PeerFault("link.refused", f"{agency} is no member")
        context = self._context(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(cadata=b"".join(certificates))
        return context

    def api_context(self) -> ssl.SSLContext:
        """Return the HTTP API's side: shows the same certificate, also when it changes."""
        context = self._context(ssl.PROTOCOL_TLS_SERVER)
        self._api.append(context)
        return context

    def _follow(self, roster: Roster) -> None:
        """Know the members by their certificates.

        Bytes that are no certificate count for nothing, or one member's would close the door to
        all; of two members with the same bytes the one registered first has them.
        """
        usable = {
            member: tuple(der for der in ders if is_certificate(der))
            for member, ders in roster.items()
        }
        self._roster = usable
        self._agency_of: dict[bytes, str] = {}
        for member, ders in usable.items():
            for der in ders:
                self._agency_of.setdefault(der, member)
        for der in [der for der, member in self._agency_of.items() if member == self._agency]:
            del self._agency_of[der]
        known = roster.get(self._agency, ())
        newest = [
            pair for der in reversed(known) for pair in self._pairs if pair.certificate == der
        ]
        self._own = newest[0] if newest else self._pairs[0]

    def _context(self, side: int) -> ssl.SSLContext:
        context = ssl.SSLContext(side)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # During a change two certificates have one name: each is trusted for its own bytes.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self._show(context, self._own)
        return context

    def _show(self, context: ssl.SSLContext, pair: _Pair) -> None:
        # The certificate lies in DER and OpenSSL reads PEM files: hand both over in memory.
        descriptor = os.memfd_create("certificate")
        try:
            os.write(descriptor, ssl.DER_cert_to_PEM_cert(pair.certificate).encode() + pair.key)
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        except ssl.SSLError as error:
            raise NodeFault(
                "key.wrong",
                f"{pair.key_file} is not the key of the certificate beside it",
                "keys",
                EXIT_CONFIGURATION,
            ) from error
        finally:
            os.close(descriptor)


def _own_pairs(keys: Path) -> list[_Pair]:
    """Return the certificates in a folder of keys, the present one first.

    Raises:
        NodeFault: `certificate.missing` when there is none, `key.*`.
    """
    pairs = []
    for name, key_name in ((NODE_CERTIFICATE, NODE_KEY), (NEXT_NODE_CERTIFICATE, NEXT_NODE_KEY)):
        file, key_file = keys / name, keys / key_name
        if name == NEXT_NODE_CERTIFICATE and not file.exists():
            continue
        try:
            certificate = file.read_bytes()
        except OSError as error:
            raise NodeFault(
                "certificate.missing", f"{file}: {error.strerror}", "keys", EXIT_CONFIGURATION
            ) from error
        pairs.append(_Pair(file, certificate, key_file, read_private(key_file)))
    return pairs


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
