"""The folder of one agency: keys, certificate, settings and API token, made once.

Rule: nothing that exists is overwritten. A private key never leaves the folder; what the others
need (certificate and public keys) is the agency's entry for the genesis.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.agencies import PROVIDER, PROVIDER_ROLE
from node import keys as key_files
from node.keys import write_key, write_private
from node.making import made_whole
from node.tls import make_certificate, private_key_pem
from primitives.errors import NodeFault
from primitives.sealing import sealing_public_key
from primitives.settings import EXIT_CONFIGURATION, EXIT_PERMISSION
from primitives.signing import SUITE_ED25519, public_key_of
from storage.identity import KEY_IS_NEW, key_owner_path

ALL_SCOPES = ("read", "desk", "payments", "details", "portal", "admin")
"""What a bearer token may open; see docs/api.md."""

FOLDER_PIECES = ("api.token", "portal.token", "tokens", "node.toml", "keys")
"""What `init` makes for every agency."""

_FIRST_TOKENS = (
    ("owner", "api.token", ALL_SCOPES),
    ("portal", "portal.token", ("read", "portal")),
)
"""Holder, file and scopes of the tokens that a new folder has."""

_PROVIDER_TOKENS = (("payments", "payments.token", ("payments", "desk")),)
"""What a payment provider's folder has beside: for its receiver of payments."""

_SIGNING_KEYS = (
    ("governance", key_files.GOVERNANCE_KEY),
    ("validator", key_files.VALIDATOR_KEY),
    ("desk", key_files.DESK_KEY),
)


@dataclass(frozen=True, slots=True)
class AgencyPlan:
    """What `init` is told about one agency."""

    agency: str
    """Its id: `hospital`."""
    name: str
    """Its name for people."""
    uscc: str
    """Unified social credit code."""
    roles: tuple[str, ...]
    """What it may do on the chain."""
    links: str
    """Address and port for other nodes."""
    api: str
    """Address and port of its API."""
    peers: tuple[str, ...] = ()
    """Other nodes, `agency=address:port`."""
    hosts: tuple[str, ...] = ()
    """Further names of the API in the certificate."""
    genesis: str = "../genesis.json"
    """Where the genesis file lies, or will."""
    data: str = "data"
    """Where the store lies, or will."""
    socket: str = "api.sock"
    """The operators' socket."""
    visit_times: str = "local"
    """How the hospital's system writes times: see `VaultSection`."""


def make_folder(
    folder: Path, plan: AgencyPlan, random_bytes: Callable[[int], bytes]
) -> dict[str, Any]:
    """Make keys, certificate, settings and token, all or nothing; return the genesis entry.

    Raises:
        NodeFault: `key.exists` (exit 78) when one of them is there, `storage.*`.
    """
    tokens = _tokens_of(plan)
    more = tuple(file for _, file, _ in tokens if file not in FOLDER_PIECES)
    with made_whole(folder, (*more, *FOLDER_PIECES), code="key.exists") as unfinished:
        public, certificate = _make_keys(unfinished / "keys", plan, random_bytes)
        (unfinished / "node.toml").write_text(settings_text(plan), "utf-8")
        _make_tokens(unfinished, tokens, random_bytes)
    return {
        "id": plan.agency,
        "name": plan.name,
        "uscc": plan.uscc,
        "roles": list(plan.roles),
        "certificate": base64url(certificate),
        "keys": public,
    }


def _make_keys(
    keys: Path, plan: AgencyPlan, random_bytes: Callable[[int], bytes]
) -> tuple[list[dict[str, Any]], bytes]:
    """Make the folder of keys; return the public ones, and the certificate."""
    keys.mkdir(mode=0o700)
    public = []
    signing = list(_SIGNING_KEYS)
    if PROVIDER_ROLE in plan.roles:
        signing.append((PROVIDER, key_files.PROVIDER_KEY))
    for purpose, file in signing:
        seed = random_bytes(32)
        write_key(keys / file, seed)
        public.append(_public_entry(purpose, public_key_of(seed)))
    node_seed, sealing_seed = random_bytes(32), random_bytes(32)
    write_private(keys / key_files.NODE_KEY, private_key_pem(node_seed))
    write_key(keys / key_files.SEALING_KEY, sealing_seed)
    write_key(keys / key_files.PORTAL_KEY, random_bytes(32))
    public.append(_public_entry("node", public_key_of(node_seed)))
    public.append(_public_entry("sealing", sealing_public_key(sealing_seed)))
    serial = int.from_bytes(random_bytes(15), "big") | 1
    certificate = make_certificate(plan.agency, node_seed, serial, plan.hosts)
    (keys / key_files.NODE_CERTIFICATE).write_bytes(certificate)
    write_private(keys / key_owner_path(key_files.VALIDATOR_KEY), KEY_IS_NEW)
    return public, certificate


def settings_text(plan: AgencyPlan) -> str:
    """Return the agency's `node.toml`; what is not in it has its default."""
    peers = "".join(f'    "{peer}",\n' for peer in plan.peers)
    return (
        f"# Settings of {plan.agency}'s node. configs/reference.toml explains every key.\n"
        f'[node]\nagency = "{plan.agency}"\ngenesis = "{plan.genesis}"\ndata = "{plan.data}"\n\n'
        f'[keys]\ndirectory = "keys"\n\n'
        f'[links]\nlisten = "{plan.links}"\npeers = [\n{peers}]\n\n'
        f'[api]\nsocket = "{plan.socket}"\nlisten = "{plan.api}"\ntokens = "tokens"\n\n'
        f'[vault]\nportal_key = "keys/portal.key"\nvisit_times = "{plan.visit_times}"\n\n'
        f'[log]\nlevel = "info"\nformat = "auto"\n'
    )


def token_line(name: str, scopes: Iterable[str], token: str) -> str:
    """Return the line of the tokens file for one token: its name, its scopes, its hash."""
    return f"{name} {','.join(scopes)} {hashlib.sha256(token.encode()).hexdigest()}\n"


def base64url(data: bytes) -> str:
    """Return base64url without padding, as genesis and receipts write bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def write_public(file: Path, content: bytes) -> None:
    """Write a new file that others may read; never over an existing one.

    Raises:
        NodeFault: `key.exists` (exit 78), `folder.unwritable` (exit 77).
    """
    try:
        with file.open("xb") as stream:
            stream.write(content)
    except FileExistsError as error:
        raise NodeFault(
            "key.exists", f"{file} exists and is not overwritten", "entry", EXIT_CONFIGURATION
        ) from error
    except OSError as error:
        raise NodeFault(
            "folder.unwritable", f"{file}: {error.strerror}", "entry", EXIT_PERMISSION
        ) from error


def check_agency_id(agency: str) -> str:
    """Return `agency` if it may be an id.

    Raises:
        NodeFault: `agency.malformed`, exit code 78.
    """
    rest = agency.replace("-", "a")
    is_plain = rest.isascii() and rest.isalnum() and rest == rest.lower()
    if not (2 <= len(agency) <= 31 and is_plain and agency[0].isalpha()):
        raise NodeFault(
            "agency.malformed",
            f"{agency!r} is no agency id: 2 to 31 of a-z, 0-9 and -, beginning with a letter",
            "agency",
            EXIT_CONFIGURATION,
        )
    return agency


def _public_entry(purpose: str, public: bytes) -> dict[str, Any]:
    return {"purpose": purpose, "suite": SUITE_ED25519, "public": base64url(public)}


def _tokens_of(plan: AgencyPlan) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return _FIRST_TOKENS + (_PROVIDER_TOKENS if PROVIDER_ROLE in plan.roles else ())


def _make_tokens(
    folder: Path,
    tokens: Iterable[tuple[str, str, tuple[str, ...]]],
    random_bytes: Callable[[int], bytes],
) -> None:
    """Make a token for each first holder, and the file of their hashes."""
    lines = []
    for holder, file, scopes in tokens:
        token = base64url(random_bytes(32))
        write_private(folder / file, token.encode() + b"\n")
        lines.append(token_line(holder, scopes, token))
    write_private(folder / "tokens", "".join(lines).encode())
