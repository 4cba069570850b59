"""Where the node stands, whom it knows and who votes."""

from importlib.metadata import version as installed_version

import click

from cli.exits import Exit
from cli.options import Ask, asks_node
from cli.render import Column, local_time, short_hash


@click.command()
@asks_node
def status(ask: Ask) -> Exit:
    """Show where the node stands.

    Exit code 4 when it runs but is not ready: starting, catching up, short of space, or linked
    to too few others for a block to commit.

    \b
    Examples:
      piaolian status
      piaolian status -o json | jq .height
    """  # noqa: D301 (\b keeps the lines of the examples apart)
    answer = ask.get("/v1/status")
    sign_from = answer.get("sign_from")
    waits = "no" if sign_from is None else "until it is known from which height it may sign"
    if sign_from is not None and sign_from >= 0:
        waits = f"signs nothing below height {sign_from}"
    rows: list[tuple[str, object]] = [
        ("agency", answer.get("agency")),
        ("ready", answer.get("ready")),
        ("syncing", answer.get("syncing")),
        ("height", answer.get("height")),
        ("head", answer.get("head_hash")),
        ("state root", answer.get("state_root")),
        ("head time", local_time(int(answer.get("head_time_ms", 0)))),
        ("validators", f"{answer.get('validators')}, {answer.get('quorum')} decide"),
        ("member", answer.get("is_member")),
        ("votes", answer.get("is_validator")),
        ("quarantine", waits),
        ("round", answer.get("round")),
        ("waiting", f"{answer.get('pending_transactions')} transactions"),
        ("peers", f"{answer.get('peers_connected')} connected"),
        ("chain", answer.get("chain")),
        ("version", answer.get("version")),
    ]
    ask.output.one(answer, rows)
    return Exit.DONE if answer.get("ready") else Exit.NOT_READY


_PEERS = (
    Column("agency", lambda peer: peer.get("agency")),
    Column("address", lambda peer: peer.get("address")),
    Column("link", lambda peer: peer.get("direction") if peer.get("connected") else "down"),
    Column("height", lambda peer: peer.get("height"), right=True),
    Column("score", lambda peer: peer.get("score"), right=True),
    Column("received", lambda peer: peer.get("bytes_in"), right=True),
    Column("sent", lambda peer: peer.get("bytes_out"), right=True),
    Column(
        "banned until",
        lambda peer: local_time(peer["banned_until_ms"]) if peer.get("banned_until_ms") else "–",
    ),
    Column("last fault", lambda peer: peer.get("ban_reason") or "–"),
)


@click.command()
@asks_node
def peers(ask: Ask) -> None:
    """List the other agencies' nodes: link, height, score, and why one is banned.

    \b
    Example:
      piaolian peers
    """  # noqa: D301
    ask.output.many(ask.get("/v1/peers").get("items", []), _PEERS)


_VALIDATORS = (
    Column("index", lambda member: member.get("index"), right=True),
    Column("agency", lambda member: member.get("agency")),
    Column("signed of last 100", lambda member: member.get("signed_last_100"), right=True),
    Column("key", lambda member: short_hash(str(member.get("public_key")))),
)


@click.command()
@asks_node
def validators(ask: Ask) -> None:
    """List who votes on the next block, and how reliably each has signed.

    \b
    Example:
      piaolian validators
    """  # noqa: D301
    ask.output.many(ask.get("/v1/validators").get("items", []), _VALIDATORS)


@click.command()
@asks_node
def version(ask: Ask) -> None:
    """Show the version of this program, and of the node if one is named.

    \b
    Example:
      piaolian version
    """  # noqa: D301
    answer = {"piaolian": installed_version("piaolian")}
    if ask.settings.node:
        answer["node"] = str(ask.get("/v1/status").get("version"))
    ask.output.one(answer, list(answer.items()))
