"""A candidate shows that it is ready to vote.

Rule: only a member whose node runs, holds its validator key and knows the rules in force says so;
its word counts for a while.
"""

from ledger.agencies import VALIDATOR, keys_of_purpose
from ledger.parameters import RULES_VERSION
from ledger.results import Done
from ledger.state import Changes, Context, Facts
from primitives.codec import AgencyId, Message, Signature64, UInt, UInt32
from primitives.errors import Refused
from primitives.signing import Signed, signing_prefix, verify


class SignalReadiness(Message, tag=43):
    """A member's node is ready to vote."""

    version: UInt32
    """Version of the rules its program knows."""
    height: UInt
    """The newest final block it holds."""
    signature: Signature64
    """By its validator key over `readiness_message`."""


class Readiness(Message, tag=20):
    """The leaf `h/<agency>/`."""

    version: UInt32
    """Version of the rules it knows."""
    time_ms: UInt
    """When it said so."""


def readiness_key(agency: AgencyId) -> bytes:
    """Return the state key of an agency's readiness."""
    return f"h/{agency}/".encode()


def readiness_message(chain: bytes, agency: AgencyId, version: int, height: int) -> bytes:
    """Return the exact bytes under a candidate's word."""
    words = version.to_bytes(4, "big") + height.to_bytes(8, "big") + agency.encode()
    return signing_prefix(Signed.READINESS, chain) + words


def check_signal_readiness(facts: Facts, operation: SignalReadiness, context: Context) -> Changes:
    """Say that the sender's node is ready to vote.

    Raises:
        Refused: `readiness.no_key`, `readiness.bad_signature`, `readiness.too_old`,
            `readiness.ahead`.
    """
    keys = keys_of_purpose(context.agency, VALIDATOR, context.time_ms)
    if not keys:
        raise Refused("readiness.no_key", "register a validator key first", "signature")
    message = readiness_message(context.chain, context.sender, operation.version, operation.height)
    if not verify(keys[-1].public, message, operation.signature):
        raise Refused("readiness.bad_signature", "the validator key did not sign", "signature")
    if operation.version < max(RULES_VERSION, context.parameters.upgrade_version):
        raise Refused("readiness.too_old", "its program does not know the rules", "version")
    if operation.height >= context.height:
        raise Refused("readiness.ahead", "there is no such block", "height")
    leaf = Readiness(operation.version, context.time_ms)
    return Changes(((readiness_key(context.sender), leaf),), Done())
