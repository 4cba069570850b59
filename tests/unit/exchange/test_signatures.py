"""The unit's signature and finance's endorsement."""

from dataclasses import replace

import pytest

from exchange.national_values import national_values
from exchange.signatures import (
    Endorsement,
    read_supervisor,
    read_unit,
    sign_values,
    signed_bytes,
    supervisor_element,
    unit_element,
    verify_endorsement,
    verify_unit,
)
from ledger.bills import Face
from ledger.endorsement import Withheld
from primitives.signing import Signed, SigningKey, key_id, signing_prefix
from tests.support.exchange_bills import (
    CHAIN,
    FACES,
    FINANCE_KEY,
    UNIT_KEY,
    endorsement_of,
    good_bill,
)
from tests.support.refusals import refused


def is_endorsed(endorsement: Endorsement, face: Face, key: SigningKey = FINANCE_KEY) -> bool:
    return verify_endorsement(endorsement, CHAIN, face, key.public_key)


def test_the_unit_signs_a_hash_under_a_domain_and_the_chain() -> None:
    values = national_values(good_bill())
    message = signed_bytes(CHAIN, values)
    assert message[:42] == signing_prefix(Signed.ORIGINAL, CHAIN)
    assert len(message) == 74
    signature = sign_values(CHAIN, values, UNIT_KEY.public_key, UNIT_KEY.sign)
    assert verify_unit(CHAIN, values, signature, UNIT_KEY.public_key)


def test_another_chain_key_or_bill_has_another_signature() -> None:
    values = national_values(good_bill())
    signature = sign_values(CHAIN, values, UNIT_KEY.public_key, UNIT_KEY.sign)
    other = national_values(replace(good_bill(), check_code="000000"))
    assert not verify_unit(bytes(32), values, signature, UNIT_KEY.public_key)
    assert not verify_unit(CHAIN, other, signature, UNIT_KEY.public_key)
    assert not verify_unit(CHAIN, values, signature, FINANCE_KEY.public_key)
    renamed = replace(signature, key_id=key_id(FINANCE_KEY.public_key))
    assert not verify_unit(CHAIN, values, renamed, UNIT_KEY.public_key)


@pytest.mark.parametrize("index", range(len(FACES)))
def test_finance_endorses_every_face_of_a_block(index: int) -> None:
    assert is_endorsed(endorsement_of(index), FACES[index])


def test_an_endorsement_is_worth_nothing_for_what_it_does_not_cover() -> None:
    good = endorsement_of(2)
    assert not is_endorsed(good, FACES[1])
    assert not is_endorsed(good, FACES[2], UNIT_KEY)
    for bad in (
        replace(good, index=1),
        replace(good, index=9),
        replace(good, count=4),
        replace(good, height=8),
        replace(good, faces_root=bytes(32)),
        replace(good, path=good.path[1:]),
        replace(good, signature=bytes(64)),
        replace(good, key_id=bytes(8)),
        replace(good, withheld=(Withheld("46060226", 1, "wrong_amount"),)),
    ):
        assert not is_endorsed(bad, FACES[2])


def test_a_bill_that_finance_withheld_is_not_endorsed_and_its_neighbours_are() -> None:
    withheld = (Withheld(FACES[2].code, FACES[2].number, "wrong_amount"),)
    assert not is_endorsed(endorsement_of(2, withheld=withheld), FACES[2])
    assert is_endorsed(endorsement_of(1, withheld=withheld), FACES[1])


def test_elements_are_read_as_they_were_written() -> None:
    signature = sign_values(CHAIN, national_values(good_bill()), UNIT_KEY.public_key, UNIT_KEY.sign)
    assert read_unit(unit_element(signature)) == signature
    withheld = (Withheld("46060226", 3, "wrong_amount"), Withheld("46060226", 9, "other"))
    for endorsement in (endorsement_of(3), endorsement_of(3, withheld=withheld)):
        assert read_supervisor(supervisor_element(endorsement)) == endorsement


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SignatureAlgorithm", "SM2"),
        ("KeyId", "00" * 7),
        ("KeyId", "AA" * 8),
        ("SignatureValue", "AAAA"),
        ("SignatureValue", "A" * 85 + "B"),
        ("SignatureValue", "马" * 86),
        ("SignatureValue", "A" * 86 + "=="),
        ("BlockHeight", "-1"),
        ("FaceCount", "01"),
        ("FacesRoot", "0" * 63),
    ],
)
def test_an_element_in_another_form_is_refused(name: str, value: str) -> None:
    element = supervisor_element(endorsement_of(0))
    element[name] = value
    with refused("xml.wrong_value", f"SupervisorSignature/{name}"):
        read_supervisor(element)


def test_a_sibling_in_another_form_is_refused() -> None:
    element = supervisor_element(endorsement_of(0))
    element["FacePath"] = {"Sibling": ["x"]}
    with refused("xml.wrong_value", "SupervisorSignature/FacePath/Sibling"):
        read_supervisor(element)


@pytest.mark.parametrize(
    ("name", "value"),
    [("WithheldCode", "4606022"), ("WithheldNumber", "0000000000"), ("WithheldReason", "Wrong!")],
)
def test_a_withheld_bill_in_another_form_is_refused(name: str, value: str) -> None:
    row = {"WithheldCode": "46060226", "WithheldNumber": "0000000003", "WithheldReason": "other"}
    element = supervisor_element(endorsement_of(0))
    element["WithheldBills"] = {"Withheld": [{**row, name: value}]}
    with refused("xml.wrong_value", f"SupervisorSignature/WithheldBills/{name}"):
        read_supervisor(element)
