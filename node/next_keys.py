"""The keys that follow: made beside the present ones, and put in their place after the change.

Rule: nothing is overwritten while it may count. The next pair is made, its public part registered
by the agency's governance key, and only when the ledger has gone over to it does it take the place
of the old one. A running node needs no restart for any of it.
"""

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from node import keys as names
from node.keys import read_key, write_key, write_private
from node.tls import make_certificate, private_key_pem
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION
from primitives.signing import key_id, public_key_of
from storage.identity import KEY_IS_NEW, key_owner_path

VALIDATOR: Final = "validator"
NODE: Final = "node"
KINDS: Final = (VALIDATOR, NODE)
"""What a next one can be made of."""
_PAIRS: Final = {
    VALIDATOR: (
        (names.NEXT_VALIDATOR_KEY, names.VALIDATOR_KEY),
        (key_owner_path(names.NEXT_VALIDATOR_KEY), key_owner_path(names.VALIDATOR_KEY)),
    ),
    NODE: (
        (names.NEXT_NODE_KEY, names.NODE_KEY),
        (names.NEXT_NODE_CERTIFICATE, names.NODE_CERTIFICATE),
    ),
}
"""The next file and the present one, in the order of moving."""


def make_next_validator(keys: Path, random_bytes: Callable[[int], bytes]) -> dict[str, str]:
    """Make the validator key that follows; return what `RotateKey` needs.

    Raises:
        NodeFault: `key.exists` when one waits already, `key.*`.
    """
    present, seed = read_key(keys / names.VALIDATOR_KEY), random_bytes(32)
    write_key(keys / names.NEXT_VALIDATOR_KEY, seed)
    write_private(keys / key_owner_path(names.NEXT_VALIDATOR_KEY), KEY_IS_NEW)
    return {
        "purpose": VALIDATOR,
        "old": key_id(public_key_of(present)).hex(),
        "public": _base64url(public_key_of(seed)),
    }


def make_next_certificate(
    keys: Path, agency: str, hosts: Sequence[str], random_bytes: Callable[[int], bytes]
) -> dict[str, str]:
    """Make the node's key and certificate that follow; return what `RotateCertificate` needs.

    Args:
        keys: the folder of keys.
        agency: whose.
        hosts: further names of the API.
        random_bytes: for the key and the serial number.

    Raises:
        NodeFault: `key.exists` when one waits already, `key.*`.
    """
    seed = random_bytes(32)
    write_private(keys / names.NEXT_NODE_KEY, private_key_pem(seed))
    serial = int.from_bytes(random_bytes(15), "big") | 1
    certificate = make_certificate(agency, seed, serial, hosts)
    write_private(keys / names.NEXT_NODE_CERTIFICATE, certificate)
    return {"certificate": _base64url(certificate)}


def settle_next(keys: Path, kind: str) -> None:
    """Put the next files of a kind in the place of the present ones.

    Raises:
        NodeFault: `key.missing` when there are none.
    """
    pairs = _PAIRS[kind]
    if not (keys / pairs[0][0]).exists():
        raise NodeFault(
            "key.missing",
            f"{keys / pairs[0][0]} does not exist; there is nothing to settle",
            "keys",
            EXIT_CONFIGURATION,
        )
    for following, present in pairs:
        if (keys / following).exists():
            (keys / following).replace(keys / present)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
