"""The OpenAPI document is the table of routes and the structs, and nothing else."""

import re

from node.api.openapi import openapi_document
from node.api.routes import PATH_PARAMETERS
from node.api.table import ROUTES

DOCUMENT = openapi_document(ROUTES, "0")


def test_every_route_is_described_with_its_parameters_and_refusals():
    for route in ROUTES:
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        named = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert named >= set(re.findall(r"\{(\w+)\}", route.path))
        assert ("security" in operation) == bool(route.scope)
        assert {"200", "400", "422", "503"} <= set(operation["responses"])
        has_body = route.takes_json or bool(route.lines or route.bundle)
        assert ("requestBody" in operation) == has_body


def test_every_reference_leads_to_a_schema():
    schemas = DOCUMENT["components"]["schemas"]
    named = set(re.findall(r"#/components/schemas/(\w+)", repr(DOCUMENT)))
    assert named <= set(schemas)
    assert {"Status", "Block", "Face", "Problem", "IssuedBills"} <= named


def test_operations_have_names_of_their_own():
    names = [
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
    ]
    assert len(set(names)) == len(names) == len(ROUTES)


def test_every_part_of_a_path_is_explained():
    parts = {part for route in ROUTES for part in re.findall(r"\{(\w+)\}", route.path)}
    assert parts == set(PATH_PARAMETERS)
