"""Certificates without end and links only between members of the list."""

import os
import ssl

import pytest
from cryptography import x509

from node.tls import make_certificate, private_key_pem, public_key_of_certificate
from primitives.errors import NodeFault
from primitives.signing import public_key_of
from tests.support.folders import identity_of, write_identity, write_next_identity


def test_a_certificate_never_ends_names_the_agency_and_holds_the_key():
    seed = os.urandom(32)
    der = make_certificate("hospital", seed, 7, ["piaolian.example"])
    certificate = x509.load_der_x509_certificate(der)
    assert b"99991231235959Z" in der
    assert public_key_of_certificate(der) == public_key_of(seed)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["hospital", "localhost", "piaolian.example"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_what_is_no_certificate_is_refused():
    with pytest.raises(NodeFault, match=r"certificate\.malformed"):
        public_key_of_certificate(b"nonsense")


def test_contexts_speak_tls_1_3_only_and_ask_for_the_members_certificate(tmp_path):
    members = {name: write_identity(tmp_path / name, name) for name in ("hospital", "finance")}
    identity = identity_of(tmp_path / "hospital", "hospital", members)
    server = identity.server_context()
    assert server.minimum_version is ssl.TLSVersion.TLSv1_3
    assert server.verify_mode is ssl.CERT_REQUIRED
    assert identity.client_context("finance").verify_mode is ssl.CERT_REQUIRED
    assert identity.api_context().verify_mode is ssl.CERT_NONE


def test_only_the_listed_bytes_name_an_agency(tmp_path):
    members = {name: write_identity(tmp_path / name, name) for name in ("hospital", "finance")}
    identity = identity_of(tmp_path / "hospital", "hospital", members)
    assert identity.agency_of(members["finance"]) == "finance"
    assert identity.agency_of(make_certificate("finance", os.urandom(32), 1, [])) is None
    assert identity.agency_of(members["hospital"]) is None
    assert identity.agency_of(None) is None


def test_a_certificate_of_another_member_is_a_configuration_at_fault(tmp_path):
    der = write_identity(tmp_path / "hospital", "hospital")
    with pytest.raises(NodeFault) as caught:
        identity_of(tmp_path / "hospital", "finance", {"hospital": der})
    assert (caught.value.code, caught.value.exit_code) == ("certificate.of_another", 78)


def test_a_certificate_that_nobody_has_registered_yet_is_shown_all_the_same(tmp_path):
    der = write_identity(tmp_path / "clinic", "clinic")
    other = write_identity(tmp_path / "hospital", "hospital")
    assert identity_of(tmp_path / "clinic", "clinic", {"hospital": other}).certificate == der


def test_the_next_certificate_is_shown_once_the_ledger_knows_it(tmp_path):
    der = write_identity(tmp_path / "hospital", "hospital")
    other = write_identity(tmp_path / "finance", "finance")
    identity = identity_of(tmp_path / "hospital", "hospital", {"hospital": der, "finance": other})
    following = write_next_identity(tmp_path / "hospital", "hospital")
    identity.trust({"hospital": [der], "finance": [other]})
    assert identity.certificate == der
    identity.trust({"hospital": [der, following], "finance": [other]})
    assert identity.certificate == following


def test_half_of_a_next_pair_leaves_the_present_one_in_place(tmp_path):
    der = write_identity(tmp_path / "hospital", "hospital")
    other = write_identity(tmp_path / "finance", "finance")
    identity = identity_of(tmp_path / "hospital", "hospital", {"hospital": der, "finance": other})
    following = write_next_identity(tmp_path / "hospital", "hospital")
    (tmp_path / "hospital" / "node.next.key").unlink()
    identity.trust({"hospital": [der, following], "finance": [other]})
    assert identity.certificate == der


def test_a_key_that_is_not_the_certificates_is_a_configuration_at_fault(tmp_path):
    der = write_identity(tmp_path / "hospital", "hospital")
    (tmp_path / "hospital" / "node.key").write_bytes(private_key_pem(os.urandom(32)))
    with pytest.raises(NodeFault) as caught:
        identity_of(tmp_path / "hospital", "hospital", {"hospital": der, "other": der[:-1]})
    assert (caught.value.code, caught.value.exit_code) == ("key.wrong", 78)


def test_a_node_key_readable_by_others_is_refused_with_the_command_that_mends_it(tmp_path):
    der = write_identity(tmp_path / "hospital", "hospital")
    key = tmp_path / "hospital" / "node.key"
    key.chmod(0o640)
    with pytest.raises(NodeFault) as caught:
        identity_of(tmp_path / "hospital", "hospital", {"hospital": der})
    assert caught.value.exit_code == 77
    assert f"chmod 600 {key}" in caught.value.detail


def test_bytes_of_one_member_that_are_no_certificate_close_the_door_to_nobody(tmp_path):
    members = {name: write_identity(tmp_path / name, name) for name in ("hospital", "finance")}
    hostile = {**members, "liar": b"\x30\x03no certificate", "empty": b"\x30\x00"}
    identity = identity_of(tmp_path / "hospital", "hospital", hostile)
    assert identity.server_context().cert_store_stats()["x509"] == 2 - 1
    assert identity.agency_of(members["finance"]) == "finance"
    assert identity.agency_of(hostile["liar"]) is None


def test_who_registers_the_certificate_of_another_does_not_get_its_name(tmp_path):
    members = {name: write_identity(tmp_path / name, name) for name in ("hospital", "finance")}
    copied = {**members, "thief": members["finance"]}
    identity = identity_of(tmp_path / "hospital", "hospital", copied)
    assert identity.agency_of(members["finance"]) == "finance"
