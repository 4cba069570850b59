"""How bills are listed."""

from typing import Any

from cli.render import Column, local_time, yuan


def endorsement_of(item: dict[str, Any]) -> str:
    """Return the supervising signature in words: `withheld: rate_too_high`."""
    reason = item.get("withheld_reason")
    return f"{item.get('endorsement')}{f': {reason}' if reason else ''}"


COLUMNS = (
    Column("code", lambda item: item.get("code")),
    Column("number", lambda item: item.get("number")),
    Column("check", lambda item: item.get("check_code")),
    Column("time", lambda item: local_time(int(item.get("time_ms", 0)))),
    Column("issuer", lambda item: item.get("issuer")),
    Column("place", lambda item: item.get("place")),
    Column("total", lambda item: yuan(item["amounts"]["total_fen"]), right=True),
    Column("own", lambda item: yuan(item["amounts"]["own_fen"]), right=True),
    Column("validity", lambda item: item.get("validity")),
    Column("endorsement", lambda item: endorsement_of(dict(item))),
    Column("claim", lambda item: (item.get("claim") or {}).get("state")),
    Column("business number", lambda item: item.get("business_number")),
)
"""One line a bill."""
