"""Where the node stands: for operators, monitors and load balancers."""

from collections import Counter
from importlib.metadata import version

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from consensus.quorum import quorum_size
from node.api.answers import Alive, Peers, Status, Validator, Validators
from node.api.call import Call
from primitives.errors import Unavailable

CERTIFICATES_LOOKED_AT = 100
"""How far back `signed_last_100` looks."""
VERSION = version("piaolian")


async def get_livez(_: Call) -> Alive:
    """Answer as long as the process does."""
    return Alive(status="alive")


async def get_readyz(call: Call) -> Status:
    """Answer 200 when work may be handed in, else 503."""
    status = status_of(call)
    if not status.ready:
        raise Unavailable(
            "node.not_ready",
            "the node is starting, syncing, short of space or linked to too few to commit",
            height=status.height,
        )
    return status


async def get_metrics(call: Call) -> web.Response:
    """Return the node's metrics in Prometheus' text form."""
    text = generate_latest(call.services.node.metrics) + _api_metrics(call)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def get_status(call: Call) -> Status:
    """Return where the node stands."""
    return status_of(call)


async def get_peers(call: Call) -> Peers:
    """Return what is known of the other members' nodes."""
    return Peers(items=call.services.node.peers())


async def get_validators(call: Call) -> Validators:
    """Return who votes on the next height, and how reliably each has signed."""
    reader = call.services.blocks
    height = call.services.node.head.height
    signed: Counter[str] = Counter()
    for past in range(max(1, height - CERTIFICATES_LOOKED_AT + 1), height + 1):
        certificate = reader.certificate(past)
        signed.update(reader.signers(certificate) if certificate else ())
    entries = reader.validators().next
    return Validators(
        height=height + 1,
        items=[
            Validator(
                index=index,
                agency=entry.agency,
                suite=entry.suite,
                public_key=entry.public_key.hex(),
                signed_last_100=signed[entry.agency],
            )
            for index, entry in enumerate(entries)
        ],
    )


async def get_genesis(call: Call) -> web.Response:
    """Return the genesis file, byte for byte."""
    return web.Response(body=call.services.genesis_bytes, content_type="application/json")


def status_of(call: Call) -> Status:
    """Return where the node stands."""
    status = call.services.node.status()
    return Status(
        chain=status.chain.hex(),
        agency=status.agency,
        version=VERSION,
        height=status.head.height,
        head_hash=status.head.hash.hex(),
        state_root=status.head.state_root.hex(),
        head_time_ms=status.head.time_ms,
        validators=status.validators,
        quorum=quorum_size(status.validators),
        is_member=status.is_member,
        is_validator=status.is_validator,
        ready=status.ready,
        syncing=status.syncing,
        sign_from=status.sign_from,
        round=status.round,
        pending_transactions=status.pending_transactions,
        pending_bytes=status.pending_bytes,
        peers_connected=status.peers_connected,
    )


def _api_metrics(call: Call) -> bytes:
    """Return the API's own counters and the vault's; routes and sizes, never who or what."""
    load, space = call.services.load, call.services.vault.space
    lines = [
        "# HELP piaolian_api_requests_total Requests answered, by route and status.",
        "# TYPE piaolian_api_requests_total counter",
    ]
    lines += [
        f'piaolian_api_requests_total{{route="{route}",status="{status}"}} {count}'
        for (route, status), count in sorted(load.served.items())
    ]
    lines += [
        "# HELP piaolian_api_streams Event streams open now.",
        "# TYPE piaolian_api_streams gauge",
        f"piaolian_api_streams {load.streams}",
        "# HELP piaolian_records_bytes Bytes of the records kept here, sealed and padded.",
        "# TYPE piaolian_records_bytes gauge",
        f"piaolian_records_bytes {space.bytes_used}",
        "# HELP piaolian_records_bytes_max Bytes that they may take; 0 without a limit.",
        "# TYPE piaolian_records_bytes_max gauge",
        f"piaolian_records_bytes_max {space.bytes_max}",
        "",
    ]
    return "\n".join(lines).encode()
