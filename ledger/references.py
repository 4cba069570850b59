"""Numbers that agencies give to their own papers: orders, payments, settlements, forms.

Rule: such a number never serves twice for the one who gave it. It holds no slash, so that it can
stand in a state key.
"""

from typing import Annotated

import msgspec

from primitives.codec import AgencyId, Message

Reference = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z._|*-]{1,64}\Z")]
"""1 to 64 of letters, digits, point, dash, underscore, bar and star."""


class ReferenceUse(Message, tag=13):
    """The leaf `i/<payer>/<settlement number>/` or `w/<issuer>/<form code>/<form number>/`."""

    code: str
    """Code of the bill it was used for."""
    number: int
    """Its number."""


def settlement_key(payer: AgencyId, reference: str) -> bytes:
    """Return the state key of a payer's settlement number."""
    return f"i/{payer}/{reference}/".encode()


def paper_key(issuer: AgencyId, code: str, number: str) -> bytes:
    """Return the state key of a paper form."""
    return f"w/{issuer}/{code}/{number}/".encode()
