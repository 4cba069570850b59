"""Documents of payers: every kind's good numbers, and what no document has."""

import pytest
from stdnum.cn import ric

from ledger.id_documents import DOCUMENTS, could_be_a_payers, payer_number
from tests.support.refusals import refused

TODAY = "20260921"
RESIDENT = "11010519491231002X"


def eighteen(body: str) -> str:
    """Return 17 digits with their check digit, by another program."""
    return body + ric.calc_check_digit(f"{body}0")


GOOD = [
    ("01", RESIDENT),
    ("01", "440524188001010014"),
    ("02", "南字第012345号"),
    ("02", "0123456"),
    ("03", "武字第01234567号"),
    ("04", "H12345678"),
    ("04", "H1234567801"),
    ("05", "M12345678"),
    ("06", "12345678"),
    ("07", eighteen("91184019900307001")),
    ("07", "GBR110090030712"),
    ("08", "G12345678"),
    ("08", "C01X00T47"),
    ("16", eighteen("81000019900307001")),
    ("16", eighteen("82000019900307001")),
    ("17", eighteen("83000019900307001")),
    ("18", "EA1234567"),
    ("99", "AB123"),
]

BAD = [
    ("01", eighteen("81000019900307001")),
    ("01", eighteen("91184019900307001")),
    ("02", "南字第 012345号"),
    ("04", "M12345678"),
    ("04", "h12345678"),
    ("04", "H123456789"),
    ("05", "H12345678"),
    ("06", "1234567"),
    ("06", "１2345678"),
    ("07", "911840199003070010"),
    ("07", eighteen("91184019900230001")),
    ("07", "GBR110090023012"),
    ("07", "GB1110090030712"),
    ("07", RESIDENT),
    ("08", "G1234"),
    ("08", "g12345678"),
    ("08", "ABCDEFGH"),
    ("08", "G12345678 "),
    ("08", "G123456789012"),
    ("16", eighteen("83000019900307001")),
    ("16", eighteen("81010019900307001")),
    ("17", eighteen("81000019900307001")),
    ("17", RESIDENT),
    ("17", eighteen("83000020260922001")),
    ("99", "AB12"),
    ("99", "110105491231002"),
    ("99", "110105194912310021"),
    ("99", "X10105194912310021"),
]


@pytest.mark.parametrize(("card_type", "number"), GOOD)
def test_the_numbers_of_a_document_are_accepted_in_either_field(card_type, number):
    line = {"cardType": card_type, "idCardNo": number}
    assert payer_number(line, TODAY) == number
    line = {"cardType": card_type, "cardNo": number, "idCardNo": ""}
    assert payer_number(line, TODAY) == number


@pytest.mark.parametrize(("card_type", "number"), BAD)
def test_a_number_that_its_document_cannot_have_is_refused(card_type, number):
    code = "his.bad_resident_id" if card_type == "01" else "his.bad_document_number"
    with refused(code, "idCardNo"):
        payer_number({"cardType": card_type, "idCardNo": number}, TODAY)
    with refused(code, "cardNo"):
        payer_number({"cardType": card_type, "cardNo": number}, TODAY)


def test_every_document_of_a_person_is_tried():
    assert {card_type for card_type, _ in GOOD} == DOCUMENTS.keys() - {"90", "98"}


@pytest.mark.parametrize(
    "number",
    [RESIDENT, "440524188001010014", "46902319491122351X", eighteen("81000019900307001"), ""],
)
def test_without_a_card_type_a_resident_id_or_nothing_is_accepted(number):
    assert payer_number({"idCardNo": number}, TODAY) == number


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002x",
        "110105194912310021",
        "440524188002300013",
        "１１010519491231002X",
        "11010519491231002 ",
        "X10105194912310021",
        "G12345678",
        eighteen("11010520260922001"),
        eighteen("11010520250229001"),
        eighteen("11010517991231001"),
    ],
)
@pytest.mark.parametrize("card_type", ["", "01"])
def test_a_resident_id_that_cannot_be_is_refused(number, card_type):
    with refused("his.bad_resident_id", "idCardNo"):
        payer_number({"cardType": card_type, "idCardNo": number}, TODAY)


def test_who_was_born_today_has_a_resident_id():
    number = eighteen("11010520260921001")
    assert payer_number({"idCardNo": number}, TODAY) == number


@pytest.mark.parametrize("card_type", ["", "01"])
def test_the_old_ids_of_15_digits_are_told_apart(card_type):
    with refused("his.old_resident_id", "idCardNo"):
        payer_number({"cardType": card_type, "idCardNo": "110105491231002"}, TODAY)


@pytest.mark.parametrize("card_type", ["1", "00", "97", "3101", "身份证"])
def test_an_unknown_card_type_is_refused_with_the_list(card_type):
    with pytest.raises(Exception, match=r"his\.unknown_card_type \(cardType\): known: 01, .* 99"):
        payer_number({"cardType": card_type, "idCardNo": RESIDENT}, TODAY)


@pytest.mark.parametrize("card_type", sorted(DOCUMENTS))
def test_a_document_without_a_number_is_refused(card_type):
    field = "cardNo" if card_type == "90" else "idCardNo"
    with refused("his.missing_field", field):
        payer_number({"cardType": card_type, "idCardNo": "", "cardNo": ""}, TODAY)


def test_a_resident_id_beside_another_document_tells_who_it_is():
    line = {"cardType": "08", "cardNo": "G12345678", "idCardNo": RESIDENT}
    assert payer_number(line, TODAY) == RESIDENT
    with refused("his.bad_resident_id", "idCardNo"):
        payer_number(line | {"idCardNo": "G12345679"}, TODAY)


def test_the_number_of_a_social_security_card_tells_nobody():
    card = {"cardType": "90", "cardNo": "A123456789"}
    assert payer_number(card, TODAY) == ""
    assert payer_number(card | {"idCardNo": RESIDENT}, TODAY) == RESIDENT
    with refused("his.bad_document_number", "cardNo"):
        payer_number(card | {"cardNo": "a123456789"}, TODAY)
    with refused("his.missing_field", "cardNo"):
        payer_number(card | {"cardNo": "", "idCardNo": RESIDENT}, TODAY)


@pytest.mark.parametrize("guardian", [RESIDENT, "G12345678", eighteen("83000019900307001")])
def test_a_newborn_without_an_id_is_found_by_a_guardians_number(guardian):
    newborn = {"payer": "王红之子", "cardType": "98", "idCardNo": guardian}
    assert payer_number(newborn, TODAY) == guardian
    assert payer_number(newborn | {"cardNo": "U460123456"}, TODAY) == guardian


@pytest.mark.parametrize(
    "guardian", ["110105194912310021", "110105491231002", eighteen("11010520260922001"), "马娜"]
)
def test_a_guardians_number_must_be_one_of_a_document(guardian):
    with refused("his.bad_document_number", "idCardNo"):
        payer_number({"cardType": "98", "idCardNo": guardian}, TODAY)


def test_a_birth_certificate_has_a_number_of_its_own_form():
    with refused("his.bad_document_number", "cardNo"):
        payer_number({"cardType": "98", "idCardNo": RESIDENT, "cardNo": "460123456"}, TODAY)


def test_a_unit_is_named_by_its_credit_code_and_is_no_patient():
    unit = {"payerType": "2", "payer": "海南某某公司"}
    assert payer_number(unit | {"idCardNo": "91110108551385082Q"}, TODAY) == ""
    assert payer_number(unit | {"idCardNo": "124600004280000150"}, TODAY) == ""
    assert payer_number(unit, TODAY) == ""


@pytest.mark.parametrize("code", ["91110108551385082R", "91110108551385082q", RESIDENT, "1"])
def test_a_unit_with_a_bad_credit_code_is_refused(code):
    with refused("his.bad_uscc", "idCardNo"):
        payer_number({"payerType": "2", "idCardNo": code}, TODAY)


def test_a_unit_has_no_document_of_a_person():
    with refused("his.wrong_value", "cardType"):
        payer_number({"payerType": "2", "cardType": "01", "idCardNo": RESIDENT}, TODAY)


def test_no_refusal_repeats_the_number():
    for card_type, number in BAD:
        with pytest.raises(Exception, match=r"his\.") as caught:
            payer_number({"cardType": card_type, "idCardNo": number}, TODAY)
        assert number not in f"{caught.value!r} {caught.value}"


@pytest.mark.parametrize(("card_type", "number"), GOOD)
def test_without_its_document_a_number_is_still_known_as_one(card_type, number):
    assert could_be_a_payers(number, "1")
    assert not could_be_a_payers(number, "2")


def test_a_units_code_is_no_persons_number_and_nothing_is_both():
    assert could_be_a_payers("91110108551385082Q", "2")
    assert not could_be_a_payers("91110108551385082R", "2")
    assert not could_be_a_payers("110105194912310021", "1")
    assert not could_be_a_payers("110105491231002", "1")
    assert could_be_a_payers("", "1")
    assert could_be_a_payers("", "2")
