"""What the company refuses, with the status and code that the real one gives."""

from primitives.errors import Refused

STATUS = {
    "SIGN_ERROR": 401,
    "NO_AUTH": 403,
    "TRADE_ERROR": 403,
    "ORDER_NOT_EXIST": 404,
    "RESOURCE_NOT_EXISTS": 404,
    "FREQUENCY_LIMITED": 429,
}
"""By code; 400 for the others."""


def parameter(field: str, advice: str) -> Refused:
    """Return the refusal of a field."""
    return Refused("PARAM_ERROR", advice, field)


def status_of(error: Refused) -> int:
    """Return the HTTP status of a refusal."""
    return STATUS.get(error.code, 400)
