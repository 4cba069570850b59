"""A whole network on one machine: a genesis and a folder for each agency.

Rule: for trying out and for tests; a real network's agencies run `piaoliand init` each at home
and exchange only their genesis entries.
"""

import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from ledger.agencies import INSURER
from ledger.genesis import read_genesis
from ledger.parameters import Parameters
from node.folder import AgencyPlan, check_agency_id, make_folder
from node.making import made_whole, take_back
from node.store_create import make_store
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION, EXIT_PERMISSION

PORTS_EACH = 10
"""Ports set aside for an agency: links, API, portal, and some to spare."""
PORT_LINKS, PORT_API, PORT_PORTAL, PORT_PAYMENTS, PORT_COMPANY = 1, 2, 3, 4, 5
BASIC_INSURANCE = 1
"""Payer class for which a testnet's first insurer may claim by statutory power."""

_KNOWN = {
    "hospital": ("hospital", "人民医院"),
    "finance": ("finance", "财政厅"),
    "insurance": ("insurer", "医疗保障局"),
    "insurer": ("insurer", "保险公司"),
    "health": ("health", "卫生健康委员会"),
    "audit": ("audit", "审计厅"),
    "bank": ("provider", "银行"),
    "provider": ("provider", "支付机构"),
}
"""Role and name by the beginning of an agency's id."""

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class TestnetPlan:
    """What `piaoliand testnet` is told."""

    __test__ = False

    out: Path
    """Folder to make."""
    agencies: tuple[str, ...]
    """`id` or `id:role`, in registry order; these vote."""
    base_port: int
    """First port to try."""
    time_ms: int
    """Genesis time."""
    round_timeout_ms: int
    """T0 of the network."""
    visit_times: str = "local"
    """How hospitals' systems write times: see `VaultSection`."""
    observers: tuple[str, ...] = ()
    """Members without a vote, last in registry order; written the same way."""


def make_testnet(plan: TestnetPlan, random_bytes: Callable[[int], bytes]) -> dict[str, Any]:
    """Make the folders and the genesis; return what was made, for people and programs.

    Raises:
        NodeFault: `testnet.*`, `agency.malformed` (exit 78) or `folder.unwritable` (exit 77).
    """
    agencies = [_agency(text) for text in (*plan.agencies, *plan.observers)]
    names = [agency for agency, _, _ in agencies]
    _check(plan, names)
    base = free_block(plan.base_port, len(agencies))
    pieces = (*names, "logs", "genesis.json")
    with made_whole(plan.out, pieces, code="testnet.not_empty") as unfinished:
        _make_all(unfinished, plan, agencies, base, random_bytes)
    return {
        "genesis": str(plan.out / "genesis.json"),
        "base_port": base,
        "agencies": {
            name: {
                "config": str(plan.out / name / "node.toml"),
                "url": f"https://127.0.0.1:{base + PORTS_EACH * i + PORT_API}",
                "token_file": str(plan.out / name / "api.token"),
                "ca_file": str(plan.out / name / "keys" / "node.crt"),
                "portal_port": base + PORTS_EACH * i + PORT_PORTAL,
                "payments_port": base + PORTS_EACH * i + PORT_PAYMENTS,
                "company_port": base + PORTS_EACH * i + PORT_COMPANY,
            }
            for i, name in enumerate(names)
        },
    }


def _make_all(
    out: Path,
    plan: TestnetPlan,
    agencies: Sequence[tuple[str, str, str]],
    base: int,
    random_bytes: Callable[[int], bytes],
) -> None:
    """Make folders, genesis and stores below `out`."""
    names = [agency for agency, _, _ in agencies]
    links = [f"127.0.0.1:{base + PORTS_EACH * i + PORT_LINKS}" for i in range(len(agencies))]
    entries = []
    for index, (agency, role, name) in enumerate(agencies):
        peers = [f"{names[i]}={links[i]}" for i in range(len(names)) if i != index]
        entry = AgencyPlan(
            agency=agency,
            name=name,
            uscc=example_uscc(index),
            roles=(role,),
            links=links[index],
            api=f"127.0.0.1:{base + PORTS_EACH * index + PORT_API}",
            peers=tuple(peers),
            visit_times=plan.visit_times,
        )
        entries.append(make_folder(out / agency, entry, random_bytes))
    genesis = genesis_document(plan, entries)
    (out / "genesis.json").write_bytes(genesis)
    (out / "logs").mkdir()
    for agency in names:
        make_store(out / agency / "data", genesis, random_bytes)


def genesis_document(plan: TestnetPlan, entries: Sequence[dict[str, Any]]) -> bytes:
    """Return the bytes of the genesis file, read back as every node will read it."""
    insurers = [entry["id"] for entry in entries if INSURER in entry["roles"]]
    parameters = Parameters(
        round_timeout_ms=plan.round_timeout_ms,
        statutory_payers=tuple((agency, BASIC_INSURANCE) for agency in insurers[:1]),
    )
    document = {
        "format": "piaolian-genesis-1",
        "name": "piaolian-testnet",
        "time_ms": plan.time_ms,
        "suite": 1,
        "quorum_rule": 1,
        "parameters": {**asdict(parameters), "bus_types": dict(parameters.bus_types)},
        "agencies": list(entries),
        "validators": [entry["id"] for entry in entries[: len(plan.agencies)]],
    }
    data = json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
    read_genesis(data)
    return data


def free_block(base_port: int, agencies: int) -> int:
    """Return the first port of a block in which every port we need is free.

    Raises:
        NodeFault: `testnet.no_ports` (exit 78).
    """
    size = PORTS_EACH * agencies
    offsets = (PORT_LINKS, PORT_API, PORT_PORTAL, PORT_PAYMENTS, PORT_COMPANY)
    for base in range(base_port, min(base_port + 50 * size, 65_536 - size), size):
        ports = [base + PORTS_EACH * i + offset for i in range(agencies) for offset in offsets]
        if all(_is_free(port) for port in ports):
            return base
    raise NodeFault(
        "testnet.no_ports",
        f"no free block of {size} ports from {base_port}; choose another --base-port",
        "base_port",
        EXIT_CONFIGURATION,
    )


def example_uscc(index: int) -> str:
    """Return a made-up social credit code with a right check digit (GB 32100-2015)."""
    stem = f"1146000000{index:06d}X"
    total = sum(_USCC_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(stem))
    return stem + _USCC_ALPHABET[(31 - total % 31) % 31]


def _agency(text: str) -> tuple[str, str, str]:
    agency, _, role = text.partition(":")
    check_agency_id(agency)
    known = next((value for key, value in _KNOWN.items() if agency.startswith(key)), None)
    if not role and known is None:
        raise NodeFault(
            "testnet.unknown_role",
            f"what does {agency!r} do? write {agency}:role with one of "
            + ", ".join(sorted({value[0] for value in _KNOWN.values()})),
            "agencies",
            EXIT_CONFIGURATION,
        )
    default_role, name = known or (role, agency)
    return agency, role or default_role, name


def _check(plan: TestnetPlan, names: Sequence[str]) -> None:
    if len(plan.agencies) < 4 or len(set(names)) != len(names):
        raise NodeFault(
            "testnet.too_few",
            "name at least four different agencies: with fewer, one faulty node stops all",
            "agencies",
            EXIT_CONFIGURATION,
        )
    try:
        is_empty = True
        if plan.out.exists():
            take_back(plan.out, (*names, "logs", "genesis.json"))
            is_empty = not any(plan.out.iterdir())
    except OSError as error:
        raise NodeFault(
            "folder.unwritable", f"{plan.out}: {error.strerror}", "out", EXIT_PERMISSION
        ) from error
    if not is_empty:
        raise NodeFault(
            "testnet.not_empty",
            f"{plan.out} is not empty; choose another --out, or remove it first",
            "out",
            EXIT_CONFIGURATION,
        )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
