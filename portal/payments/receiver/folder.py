"""Writes the settings of the receiver into its agency's folder."""

from dataclasses import dataclass
from pathlib import Path

from portal.payments.key_files import write_new
from portal.payments.receiver.config import load_config


@dataclass(frozen=True, slots=True)
class Names:
    """Who is who."""

    node: str
    """Address of the agency's node's API."""
    company: str
    """Address of the payment company's API."""
    mchid: str
    """The merchant's number."""
    appid: str
    """The merchant's application."""
    payee: str
    """Agency to which trades are booked that name no order."""
    listen: str
    """Where notices arrive."""


def make_settings(folder: Path, merchant: Path, names: Names) -> Path:
    """Write payments.toml and return its path.

    Args:
        folder: the provider agency's folder.
        merchant: folder of the merchant's key files.
        names: who is who.

    Raises:
        NodeFault: `file.exists`, `file.unwritable`, `config.*` when a value is wrong.
    """
    file, keys = folder / "payments.toml", merchant.absolute()
    text = (
        "# Settings of the receiver of payments. docs/payments.md explains every key.\n"
        f'[node]\nurl = "{names.node}"\ncertificate = "keys/node.crt"\ntoken = "payments.token"\n\n'
        f'[merchant]\nurl = "{names.company}"\nmchid = "{names.mchid}"\nappid = "{names.appid}"\n'
        f'certificate = "{keys}/apiclient_cert.pem"\nkey = "{keys}/apiclient_key.pem"\n'
        f'apiv3_key = "{keys}/apiv3.key"\n\n'
        f'[web]\nlisten = "{names.listen}"\n\n[receiver]\npayee = "{names.payee}"\n\n'
        '[data]\nfolder = "payments"\n'
    )
    write_new(file, text.encode(), 0o644)
    try:
        load_config(file)
    except BaseException:
        file.unlink()
        raise
    return file
