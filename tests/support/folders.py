"""Key folders of made-up agencies."""

import os
from collections.abc import Mapping
from pathlib import Path

from node.tls import LinkIdentity, make_certificate, private_key_pem


def write_identity(folder: Path, agency: str) -> bytes:
    """Write `node.key` and `node.crt` of an agency; return the certificate."""
    folder.mkdir(parents=True)
    return _write_pair(folder, agency, "node")


def write_next_identity(folder: Path, agency: str) -> bytes:
    """Write `node.next.key` and `node.next.crt` beside them; return the certificate."""
    return _write_pair(folder, agency, "node.next")


def _write_pair(folder: Path, agency: str, name: str) -> bytes:
    seed = os.urandom(32)
    certificate = make_certificate(agency, seed, 7, [])
    (folder / f"{name}.crt").write_bytes(certificate)
    key = folder / f"{name}.key"
    key.touch(mode=0o600)
    key.write_bytes(private_key_pem(seed))
    return certificate


def identity_of(folder: Path, agency: str, members: Mapping[str, bytes]) -> LinkIdentity:
    """Return the identity that a node makes of such a folder."""
    return LinkIdentity(agency, folder, {name: [der] for name, der in members.items()})
