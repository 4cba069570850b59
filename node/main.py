"""`piaoliand`: run a node, make one, check its store.

Rule: the only place where errors become exit codes: 0 done; 1 unexpected; 2 usage; 5 a check
failed; 77 permission; 78 configuration.
"""

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, TypeVar

import click

from node.clock import SystemClock
from node.config import load_config
from node.folder import AgencyPlan, check_agency_id, make_folder, write_public
from node.next_keys import (
    KINDS,
    VALIDATOR,
    make_next_certificate,
    make_next_validator,
    settle_next,
)
from node.store_create import load_genesis, make_store
from node.testnet import TestnetPlan, make_testnet
from node.world import SystemEntropy
from primitives.errors import HouseError, NodeFault

EXIT_CHECK_FAILED = 5
_CONFIG = click.option(
    "--config",
    "-c",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="The node's TOML file, such as /etc/piaolian/node.toml.",
)

F = TypeVar("F", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def piaoliand() -> None:
    """Piaolian's node: one agency's member of the bill chain.

    \b
    Try it on one machine:     piaoliand testnet --out net
                               piaoliand run --config net/hospital/node.toml
    Join a network:            piaoliand init --help
    Run as a service:          systemctl start piaoliand   (docs/operations.md)
    Check a stopped store:     piaoliand store verify --config FILE

    \b
    Exit codes: 0 done · 1 unexpected · 2 usage · 5 a check failed
                77 permission · 78 configuration
    """  # noqa: D301 - click wants the character itself


@piaoliand.command()
@_CONFIG
def run(file: Path) -> None:
    """Run the node until SIGTERM or Ctrl-C.

    The log goes to standard error, JSON lines under systemd, text on a terminal. READY is told to
    systemd when the API serves.
    """
    from node.daemon import serve

    os.umask(0o077)
    serve(load_config(file))


@piaoliand.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--agency", required=True, help="Id of the agency: 2 to 31 of a-z, 0-9 and -.")
@click.option("--name", required=True, help="Its name for people: 某某人民医院.")
@click.option("--uscc", required=True, help="Its unified social credit code (18 characters).")
@click.option("--role", "roles", multiple=True, required=True, help="hospital, finance, ...")
@click.option("--links", required=True, help="address:port for the other agencies' nodes.")
@click.option("--api", default="127.0.0.1:17412", show_default=True, help="address:port.")
@click.option("--peer", "peers", multiple=True, help="Another node, agency=address:port.")
@click.option("--genesis", default="../genesis.json", show_default=True, help="Genesis file.")
@click.option("--data", default="data", show_default=True, help="Folder of the store.")
@click.option("--socket", default="api.sock", show_default=True, help="The operators' socket.")
@click.option("--host", "hosts", multiple=True, help="Further name of the API's certificate.")
@click.option(
    "--entry", type=click.Path(path_type=Path), help="File for the agency's entry, to be handed on."
)
def init(entry: Path | None, **given: Any) -> None:
    """Make the folder of one agency: keys, certificate, settings, API token.

    Prints the agency's entry: certificate and public keys, no secret. For a new network all entries
    stand in the genesis file; to join a running one, hand the entry to a member, who proposes to
    add the agency. Put the genesis file where `node.genesis` says and run `piaoliand store create`.
    Nothing that exists is overwritten.
    """
    folder = given.pop("folder")
    check_agency_id(given["agency"])
    made = make_folder(folder, AgencyPlan(**given), SystemEntropy().random_bytes)
    text = json.dumps(made, ensure_ascii=False, indent=1)
    if entry is not None:
        write_public(entry, text.encode() + b"\n")
    click.echo(text)
    click.echo(f"made {folder}/node.toml; keep {folder}/keys to yourself", err=True)


@piaoliand.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to make.")
@click.option(
    "--agencies",
    default="hospital,finance,insurance,health",
    show_default=True,
    help="At least four, each `id` or `id:role`.",
)
@click.option("--observers", default="", help="Members without a vote, written the same way.")
@click.option("--base-port", default=17400, show_default=True, help="First port to try.")
@click.option("--round-timeout-ms", default=500, show_default=True, help="T0 of the network.")
@click.option(
    "--visit-times",
    type=click.Choice(("local", "utc")),
    default="local",
    show_default=True,
    help="How hospitals' systems write the times of visits.",
)
@click.option("--json", "as_json", is_flag=True, help="Tell what was made as JSON.")
def testnet(
    out: Path,
    agencies: str,
    observers: str,
    *,
    base_port: int,
    round_timeout_ms: int,
    visit_times: str,
    as_json: bool,
) -> None:
    """Make a whole network on this machine: a genesis, and a folder for each agency.

    Ports are ten an agency from --base-port, the next free block if one is taken. Start each node
    with `piaoliand run --config OUT/<agency>/node.toml`.
    """
    plan = TestnetPlan(
        out.absolute(),
        _names(agencies),
        base_port,
        SystemClock().now_ms(),
        round_timeout_ms,
        visit_times,
        _names(observers),
    )
    made = make_testnet(plan, SystemEntropy().random_bytes)
    if as_json:
        click.echo(json.dumps(made, ensure_ascii=False, indent=1))
        return
    click.echo(f"genesis: {made['genesis']}")
    for agency, place in made["agencies"].items():
        click.echo(f"{agency:12} {place['url']}   piaoliand run --config {place['config']}")


@piaoliand.group("keys")
def keys_group() -> None:
    """Make the next keys of a node, and put them in the place of the old ones."""


@keys_group.command("next")
@click.argument("kind", type=click.Choice(KINDS))
@_CONFIG
@click.option("--host", "hosts", multiple=True, help="Further name of the API's certificate.")
def keys_next(kind: str, file: Path, hosts: tuple[str, ...]) -> None:
    """Make the next validator key, or the node's next key and certificate, beside the present ones.

    Prints the public part, which the agency's governance key registers (`piaolian gov`). The node
    finds the new files by itself, and uses them from the block on in which the ledger does.
    """
    config, random_bytes = load_config(file), SystemEntropy().random_bytes
    keys = config.keys.directory
    if kind == VALIDATOR:
        made = make_next_validator(keys, random_bytes)
    else:
        made = make_next_certificate(keys, config.node.agency, hosts, random_bytes)
    click.echo(json.dumps(made, indent=1))


@keys_group.command("settle")
@click.argument("kind", type=click.Choice(KINDS))
@_CONFIG
def keys_settle(kind: str, file: Path) -> None:
    """Put the next key in the place of the old one, which is then gone.

    Do so once `piaolian validators` shows the new key, or the overlap of the certificates is over.
    The node may run meanwhile.
    """
    keys = load_config(file).keys.directory
    settle_next(keys, kind)
    click.echo(f"{keys}: the next {kind} key is the present one")


@piaoliand.group()
def store() -> None:
    """Make or check the store of a stopped node."""


@store.command("create")
@_CONFIG
def store_create(file: Path) -> None:
    """Make the store of a new node from the genesis; refuses where there is one.

    To replace a damaged store, set its folder aside first; the node then fetches all blocks from
    its peers and signs nothing until it is safe.
    """
    config = load_config(file)
    data, genesis = load_genesis(config.node.genesis)
    make_store(config.node.data, data, SystemEntropy().random_bytes)
    click.echo(f"made {config.node.data}; chain {genesis.chain.hex()}")


@store.command("verify")
@_CONFIG
@click.option("--json", "as_json", is_flag=True, help="Tell the findings as JSON.")
def store_verify(file: Path, *, as_json: bool) -> None:
    """Check everything of a stopped node's store, from the bytes to the meaning.

    Bytes of both databases, vote log and markers; links of the headers, certificates, bodies,
    receipts, state trie, indexes; sealed details against their commitments. Changes nothing.
    Exit code 5 when anything is damaged.
    """
    from node.store_verify import verify_store

    report = verify_store(load_config(file), progress=None if as_json else _progress)
    if as_json:
        click.echo(json.dumps(report.document(), ensure_ascii=False, indent=1))
    else:
        click.echo(report.table())
    if not report.is_sound:
        sys.exit(EXIT_CHECK_FAILED)


@piaoliand.group("config")
def config_group() -> None:
    """Check a configuration file."""


@config_group.command("check")
@_CONFIG
def config_check(file: Path) -> None:
    """Read the settings, the genesis, the keys and the tokens as `run` would; start nothing."""
    from node.daemon import check

    check(load_config(file))
    click.echo(f"{file}: good")


@piaoliand.command()
def version() -> None:
    """Print the version."""
    click.echo(f"piaoliand {installed_version('piaolian')}")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _progress(step: str) -> None:
    click.echo(f"… {step}", err=True)


def main() -> None:
    """Run the program; errors end in one sentence and an exit code."""
    try:
        piaoliand(prog_name="piaoliand")
    except NodeFault as fault:
        _complain(fault)
        sys.exit(fault.exit_code)
    except HouseError as error:
        _complain(error)
        sys.exit(1)


def _complain(error: HouseError) -> None:
    text = error.detail or error.code
    if error.field and error.field not in text:
        text = f"{error.field}: {text}"
    click.echo(f"piaoliand: {text} [{error.code}]", err=True)
