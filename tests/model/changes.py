"""Changes to vote on, from their plain words."""

from typing import Any

from ledger import membership
from node.testnet import example_uscc
from primitives.codec import encode
from tests.model.names import public_named


def change_of(change: dict[str, Any]) -> Any:
    """Return the ledger's form of a change."""
    kind = change["kind"]
    if kind == "add_agency":
        return _add_agency(change)
    if kind == "set_roles":
        return membership.SetRoles(change["agency"], change["roles"])
    if kind == "set_parameter":
        value = change["value"] if change["right"] else "no number"
        name = "statutory_payers" if change["name"] == "statutory" else change["name"]
        return membership.SetParameter(name, encode(value))
    plain = {
        "suspend": membership.SuspendAgency,
        "restore": membership.RestoreAgency,
        "remove": membership.RemoveAgency,
        "add_validator": membership.AddValidator,
        "remove_validator": membership.RemoveValidator,
    }
    return plain[kind](change["agency"])


def _add_agency(change: dict[str, Any]) -> membership.AddAgency:
    uscc = example_uscc(change["number"])
    return membership.AddAgency(
        change["agency"],
        change["agency"],
        uscc if change["right"] else uscc[:-1] + "?",
        change["roles"],
        change["certificate"].encode(),
        tuple(
            membership.NewKey(purpose, public_named(key, purpose))
            for purpose, key in change["keys"]
        ),
    )
