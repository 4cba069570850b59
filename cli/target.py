"""Where the node is, and why it is believed to be the right one.

    unix:PATH            the node's admin socket; who may open it is trusted
    https://HOST:PORT    its API; pinned to the node's own certificate, opened with a token

Rule: no certificate but the pinned one is trusted, and a token never travels without it.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cli.exits import CommandError, Exit


@dataclass(frozen=True, slots=True)
class Target:
    """One node, ready to be asked."""

    name: str
    """As the operator wrote it; stands in messages."""
    base_url: str
    """What paths are put behind."""
    socket: str = ""
    """Path of the unix socket; empty for TLS."""
    tls: ssl.SSLContext | None = None
    """Trusts one certificate; None for the unix socket."""
    token: str = ""
    """Bearer token; empty on the unix socket."""


def find_target(node: str | None, token_file: Path | None, ca_file: Path | None) -> Target:
    """Return the node that the options name.

    Raises:
        CommandError: `node.not_named`, `node.malformed` (exit 2), or one about a file (77, 78).
    """
    if not node:
        raise CommandError(
            Exit.USAGE,
            "node.not_named",
            "say which node: --node unix:PATH or --node https://HOST:PORT, or set PIAOLIAN_NODE",
            field="--node",
        )
    if node.startswith("unix:"):
        path = node.removeprefix("unix:")
        return Target(name=node, base_url="http://node", socket=path.removeprefix("//"))
    if not _is_address(node):
        raise CommandError(
            Exit.USAGE,
            "node.malformed",
            f"{node!r} is neither unix:PATH nor https://HOST:PORT",
            field="--node",
        )
    return _over_tls(node.rstrip("/"), token_file, ca_file)


def _is_address(node: str) -> bool:
    try:
        url = urlsplit(node)
        return url.scheme == "https" and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _over_tls(node: str, token_file: Path | None, ca_file: Path | None) -> Target:
    if ca_file is None:
        raise CommandError(
            Exit.USAGE,
            "certificate.not_named",
            "name the node's certificate: --ca-file <agency>/keys/node.crt",
            field="--ca-file",
        )
    token = _read_token(token_file) if token_file else ""
    return Target(name=node, base_url=node, tls=_pinned(ca_file), token=token)


def _read_token(file: Path) -> str:
    text = _read(file, "--token-file").decode("ascii", "replace").strip()
    if file.stat().st_mode & 0o077:
        raise CommandError(
            Exit.PERMISSION,
            "token.open_to_others",
            f"others may read {file}; run: chmod 600 {file}",
            field="--token-file",
        )
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise CommandError(
            Exit.CONFIGURATION,
            "token.malformed",
            f"{file} holds no token: one line of plain letters",
            field="--token-file",
        )
    return text


def _pinned(file: Path) -> ssl.SSLContext:
    data = _read(file, "--ca-file")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # The certificate is its own root, and it is the only one: the name adds nothing.
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        is_text = data.startswith(b"-----")
        context.load_verify_locations(cadata=data.decode("ascii") if is_text else data)
    except (ssl.SSLError, ValueError) as error:
        raise CommandError(
            Exit.CONFIGURATION,
            "certificate.malformed",
            f"{file} is no certificate",
            field="--ca-file",
        ) from error
    return context


def _read(file: Path, option: str) -> bytes:
    try:
        return file.read_bytes()
    except PermissionError as error:
        raise CommandError(
            Exit.PERMISSION, "file.unreadable", f"{file} may not be read by this user", field=option
        ) from error
    except OSError as error:
        raise CommandError(
            Exit.CONFIGURATION, "file.missing", f"{file}: {error.strerror}", field=option
        ) from error
