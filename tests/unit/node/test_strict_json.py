"""Request bodies: one meaning or none."""

import pytest

from node.api.answers import Transactions
from node.api.report_answers import RangeRequest
from node.api.strict_json import decode_strictly
from primitives.errors import Refused

GOOD = b'{"unit":"hospital","place":"p","kind":"01","code":"46060126","first":1,"last":2}'


def refusal(data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        decode_strictly(data, RangeRequest)
    return caught.value


def test_a_good_body_is_read():
    assert decode_strictly(GOOD, RangeRequest).last == 2
    assert decode_strictly(b'{"transactions":["AA"]}', Transactions).transactions == ["AA"]


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        (GOOD.replace(b'"last":2', b'"last":2,"last":3'), "request.duplicate_key", ""),
        (GOOD.replace(b'"last":2', b'"last":NaN'), "request.malformed", ""),
        (GOOD.replace(b'"last":2', b'"last":1e3'), "request.wrong_value", "last"),
        (GOOD.replace(b'"last":2', b'"last":0'), "request.wrong_value", "last"),
        (GOOD.replace(b'"last":2', b'"last":"2"'), "request.wrong_value", "last"),
        (GOOD.replace(b'"last":2', b'"lost":2'), "request.wrong_value", ""),
        (GOOD.replace(b'"46060126"', b'"4606012"'), "request.wrong_value", "code"),
        (GOOD.replace(b'"p"', b'"p/q"'), "request.wrong_value", "place"),
        (GOOD.replace(b'"hospital"', b'"Hospital"'), "request.wrong_value", "unit"),
        (GOOD[:-1], "request.malformed", ""),
        (GOOD + b"x", "request.malformed", ""),
        (b"", "request.malformed", ""),
        (b"\xff", "request.malformed", ""),
        (b"[" * 100_000, "request.malformed", ""),
        (b"7", "request.wrong_value", ""),
    ],
)
def test_anything_else_is_refused_with_code_and_field(data, code, field):
    error = refusal(data)
    assert (error.code, error.field) == (code, field)
