"""The OpenAPI document, made from the table of routes and the structs that validate.

Rule: nothing here knows a single route; what the document says is what the code does.
Source: OpenAPI 3.1.1; JSON Schema 2020-12.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from ledger.operation_schema import operation_schemas
from ledger.transaction import OPERATIONS_MAX
from node.api.answers import Problem
from node.api.problems import CONTENT_TYPE
from node.api.routes import PATH_PARAMETERS, Parameter, Route

_TEMPLATE = "#/components/schemas/{name}"
_COMMON = {
    400: "The request is malformed.",
    401: "The token is missing or unknown.",
    403: "The token lacks the scope.",
    404: "There is no such thing.",
    409: "It conflicts with what is there.",
    413: "The request is too large.",
    415: "The body has another type than expected.",
    422: "The request is refused; `code` says why.",
    429: "Too often; `Retry-After` says when.",
    503: "Not now: syncing, full or busy. Try again.",
}

_SCHEMAS: dict[str, Any] = {
    "OperationsRequest": {
        "type": "object",
        "description": "Operations to sign and hand in as one transaction.",
        "properties": {
            "operations": {
                "type": "array",
                "items": {"$ref": _TEMPLATE.format(name="Operation")},
                "minItems": 1,
                "maxItems": OPERATIONS_MAX,
            },
            "purpose": {
                "enum": ["desk", "provider"],
                "default": "desk",
                "description": "Which of the node's keys signs.",
            },
        },
        "required": ["operations"],
        "additionalProperties": False,
    }
}
"""Bodies that no struct says."""


def openapi_document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """Return the document.

    Args:
        routes: the table.
        version: of the program.
    """
    structs = {Problem, *(route.answer for route in routes), *(route.body for route in routes)}
    named = sorted((struct for struct in structs if struct), key=lambda struct: struct.__name__)
    _, components = msgspec.json.schema_components(named, ref_template=_TEMPLATE)
    components |= operation_schemas() | _SCHEMAS
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Piaolian node",
            "version": version,
            "description": "The API of one agency's node; for the agency's own systems.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters = [
        _parameter(PATH_PARAMETERS[name], "path") for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    parameters += [_parameter(parameter, "query") for parameter in route.query]
    parameters += [_parameter(parameter, "header") for parameter in route.headers]
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "responses": _responses(route),
    }
    if parameters:
        operation["parameters"] = parameters
    if route.scope:
        operation["security"] = [{"token": []}]
        operation["description"] = f"Needs a token with the scope `{route.scope}`."
    content = _request_content(route)
    if content:
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _request_content(route: Route) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if route.body is not None:
        content["application/json"] = {"schema": _reference(route.body)}
    if route.schema:
        reference = {"$ref": _TEMPLATE.format(name=route.schema)}
        content["application/json"] = {"schema": reference}
    if route.bundle:
        for media in ("application/fhir+json", "application/json"):
            content[media] = {"schema": {"type": "object", "description": route.bundle}}
    if route.lines:
        content["application/json"] = {"schema": {"type": "object", "description": route.lines}}
        content["application/x-ndjson"] = {"schema": {"type": "string", "description": route.lines}}
    return content


def _responses(route: Route) -> dict[str, Any]:
    is_json = route.media == "application/json"
    free = {"type": "object" if is_json else "string"}
    schema = _reference(route.answer) if route.answer else free
    content = {media: {"schema": schema} for media in route.media.split(", ")}
    responses: dict[str, Any] = {"200": {"description": "Done.", "content": content}}
    statuses = {400, 422, 503, *route.refusals}
    if route.scope:
        statuses |= {401, 403}
    if route.method == "POST":
        statuses |= {413, 415}
    for status in sorted(statuses):
        responses[str(status)] = {
            "description": _COMMON[status],
            "content": {CONTENT_TYPE: {"schema": _reference(Problem)}},
        }
    return responses


def _parameter(parameter: Parameter, place: str) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": place,
        "required": place == "path",
        "description": parameter.meaning,
        "schema": parameter.schema,
    }


def _reference(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _TEMPLATE.format(name=struct.__name__)}
