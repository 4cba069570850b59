"""The API keeps to its own OpenAPI document, whatever is sent to it."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from node.api.openapi import openapi_document
from node.api.status import VERSION
from node.api.table import ROUTES
from tests.support.processes import running_network
from tests.support.scale import scaled

pytestmark = pytest.mark.slow

STREAMS = r"/events$"
"""Streams never end by themselves."""
schema = schemathesis.openapi.from_dict(openapi_document(ROUTES, VERSION)).exclude(
    path_regex=STREAMS
)
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """The hospital's API: base address, headers and the file its certificate is checked by."""
    import ssl

    with running_network(tmp_path_factory.mktemp("api") / "net") as network:
        hospital = network["hospital"]
        text = (hospital.folder / "node.toml").read_text()
        address = text.split("[api]")[1].split('listen = "')[1].split('"')[0]
        pem = ssl.DER_cert_to_PEM_cert((hospital.folder / "keys/node.crt").read_bytes())
        certificate = network.out / "hospital.pem"
        certificate.write_text(pem)
        token = (hospital.folder / "api.token").read_text().strip()
        yield f"https://{address}", {"Authorization": f"Bearer {token}"}, str(certificate)


@schemathesis.serializer("application/x-ndjson")
def as_lines(_context, value):
    """Send generated text as it is."""
    return {"data": str(value).encode("utf-8", "surrogatepass")}


@schema.parametrize()
@settings(
    max_examples=scaled(100),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_document_promises(case, api):
    base_url, headers, certificate = api
    if "wait_ms" in (case.query or {}):
        # Any length of wait is lawful; the test has no time for all of them.
        case.query["wait_ms"] = 1
    response = case.call(base_url=base_url, headers=headers, verify=certificate, timeout=90)
    case.validate_response(response, checks=CHECKS)


def test_the_served_document_is_made_from_the_table():
    document = openapi_document(ROUTES, VERSION)
    served = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert served == {(route.method, route.path) for route in ROUTES}
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["summary"].endswith(".")
