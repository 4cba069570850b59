"""Asking a node a short question, with nothing but the standard library.

Rule: the certificate is pinned, every question has a timeout, and no answer is None.
"""

import http.client
import json
import socket
import ssl
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Node:
    """One agency's node: where it is and what opens it."""

    agency: str
    """Its id."""
    url: str
    """Its API."""
    token_file: Path
    """File of its bearer token."""
    ca_file: Path
    """Its certificate."""
    config: Path
    """Its settings."""
    portal_port: int
    """Where its portal would listen."""
    payments_port: int
    """Where its receiver of payments would listen."""
    company_port: int
    """Where its payment company would listen, were it simulated here."""

    def get(self, path: str) -> bytes | None:
        """Return what stands at a path; None when there is no answer, or none with 200."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=self.ca_file.read_bytes())
        address = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPSConnection(
            address.hostname or "", address.port, timeout=TIMEOUT_S, context=context
        )
        headers = {"Authorization": f"Bearer {self.token_file.read_text().strip()}"}
        return _answer(connection, path, headers)

    def status(self) -> dict[str, Any] | None:
        """Return the node's status; None when it does not answer."""
        data = self.get("/v1/status")
        if data is None:
            return None
        status: dict[str, Any] = json.loads(data)
        return status

    def items(self, path: str) -> list[dict[str, Any]]:
        """Return the items of one page of a list; none when there is no answer."""
        data = self.get(path)
        items: list[dict[str, Any]] = [] if data is None else json.loads(data)["items"]
        return items

    def figure(self, name: str) -> float | None:
        """Return a figure of the node's metrics."""
        for line in (self.get("/metrics") or b"").decode().splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
        return None

    def options(self) -> list[str]:
        """Return the options that let `piaolian` find this node."""
        files = ["--token-file", str(self.token_file), "--ca-file", str(self.ca_file)]
        return ["--node", self.url, *files]


def portal_height(host: str, port: int) -> int | None:
    """Return the height up to which a portal knows its bills; None while it is not ready."""
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    data = _answer(connection, "/readyz", {})
    return None if data is None else int(json.loads(data)["height"])


def is_listening(port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), TIMEOUT_S).close()
    except OSError:
        return False
    return True


def _answer(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str]
) -> bytes | None:
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        data = response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return data if response.status == 200 else None
