"""From the error tree to problem documents and HTTP statuses.

Rule: a code says the same on every path; a detail never carries personal data or amounts.
Source: RFC 9457.
"""

from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from node.api.answers import Problem
from node.api.call import Services
from node.api.language import LANGUAGE
from primitives.catalogue.explain import explain
from primitives.errors import HouseError, NodeFault, PeerFault, Refused, Unavailable

CONTENT_TYPE = "application/problem+json"

_STATUS_OF_CODE = {
    "auth.missing": 401,
    "auth.unknown": 401,
    "auth.missing_scope": 403,
    "bill.business_number_conflict": 409,
    "payment.reference_conflict": 409,
    "refund.reference_conflict": 409,
    "check.too_many": 429,
    "request.idempotency_conflict": 409,
    "request.malformed": 400,
    "request.duplicate_key": 400,
    "request.wrong_type": 415,
    "request.wrong_method": 405,
    "request.too_large": 413,
    "request.too_many_items": 413,
    "record.differs": 409,
    "record.on_its_way": 409,
    "record.resource_elsewhere": 409,
    "record.too_large": 413,
    "record.too_many_entries": 413,
    "vault.too_many_openings": 429,
    "vault.too_many_contacts": 429,
}


def status_of(error: HouseError) -> int:
    """Return the HTTP status of an error."""
    if error.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.code]
    if error.code.endswith("not_found"):
        return 404
    match error:
        case Unavailable():
            return 503
        case Refused():
            return 422
        case PeerFault():
            return 400
        case _:
            return 500


def problem_of(error: HouseError) -> Problem:
    """Return the problem document of an error, without its further facts.

    Rule and fix are told in the language of the request being served.
    """
    status, entry, language = status_of(error), explain(error.code), LANGUAGE.get()
    return Problem(
        type=f"urn:piaolian:problem:{error.code}",
        title=entry.rule(language) if entry else HTTPStatus(status).phrase,
        status=status,
        code=error.code,
        # What is wrong inside the node concerns its operator, who reads the log.
        detail="the node cannot do this now" if isinstance(error, NodeFault) else error.detail,
        field=error.field or None,
        fix=entry.fix(language) if entry else None,
    )


def note_fault(services: Services, error: HouseError) -> None:
    """Tell the operator's log what is wrong inside the node; other errors are the caller's."""
    if isinstance(error, NodeFault):
        services.journal.event("api.faulted", code=error.code, field=error.field)


def problem_response(error: HouseError) -> web.Response:
    """Return the response for an error."""
    problem = problem_of(error)
    document: dict[str, Any] = {**error.facts, **msgspec.to_builtins(problem)}
    headers = {"Content-Language": LANGUAGE.get(), "Vary": "Accept-Language"}
    if problem.status == 503:
        headers["Retry-After"] = "1"
    if problem.status == 429:
        headers["Retry-After"] = str(error.facts.get("retry_after_s", 60))
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=problem.status,
        body=msgspec.json.encode(document),
        content_type=CONTENT_TYPE,
        headers=headers,
    )
