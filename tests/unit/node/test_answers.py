"""What the API answers: one name a struct, so that the document describes each."""

import msgspec

from node.api import answers, bill_answers, ledger_answers, money_answers, report_answers

MODULES = (answers, bill_answers, ledger_answers, money_answers, report_answers)


def structs_of(module):
    """Return the structs that a module makes."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        and value.__module__ == module.__name__
    ]


def test_no_two_answers_share_a_name():
    names = [struct.__name__ for module in MODULES for struct in structs_of(module)]
    assert len(names) > 60
    assert sorted(set(names)) == sorted(names)


def test_what_is_asked_takes_no_unknown_field():
    asked = [
        struct
        for module in MODULES
        for struct in structs_of(module)
        if not issubclass(struct, answers.Answer)
    ]
    assert {"CheckRequest", "PaymentRequest", "RefundRequest", "RangeRequest"} <= {
        struct.__name__ for struct in asked
    }
    assert all(struct.__struct_config__.forbid_unknown_fields for struct in asked)
