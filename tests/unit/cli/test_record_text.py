"""A record's text in the hand of an operator."""

import pytest

from cli.commands.record import record
from cli.exits import CommandError
from cli.record_text import resource_in

RESOURCE = b'{"resourceType": "Observation", "id":"o-1", "valueQuantity":{"value":136.00}}'
TEXT = b'{"form":"fhir-visit-1","entry":[{"fullUrl":"urn:uuid:1", "resource" : ' + RESOURCE + b"}]}"


def test_a_resource_comes_out_byte_for_byte() -> None:
    assert resource_in(TEXT, "Observation/o-1") == RESOURCE


@pytest.mark.parametrize("name", ["Observation/o-2", "Patient/o-1", "o-1", ""])
def test_a_resource_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(CommandError, match=r"record\.no_such_resource"):
        resource_in(TEXT, name)


def test_the_group_has_what_is_done_with_records() -> None:
    assert set(record.commands) == {"publish", "list", "get", "history", "verify"}
