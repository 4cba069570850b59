"""Makes a folder for a simulated payment company and its merchant's key files."""

import secrets
from pathlib import Path

from portal.payments.key_files import APIV3_KEY_BYTES, make_pair, write_new
from portal.payments.simulator.config import load_config
from portal.payments.simulator.platform import add_key


def make_folder(folder: Path, *, listen: str, now_ms: int) -> Path:
    """Write provider.toml, the company's first key and the merchant's files; return the settings.

    Args:
        folder: made when missing; must hold no provider.toml.
        listen: where merchants and payers connect.
        now_ms: from when the keys serve.

    Raises:
        NodeFault: `file.exists`, `file.unwritable`, `config.*` when a value is wrong.
    """
    file = folder / "provider.toml"
    text = (
        "# Settings of a simulated payment company. docs/payments.md explains every key.\n"
        f'[web]\nlisten = "{listen}"\n\n'
        '[merchant]\ncertificate = "merchant/apiclient_cert.pem"\n'
        'apiv3_key = "merchant/apiv3.key"\n\n'
        '[data]\nfolder = "data"\n\n'
        '[times]\nstatement = "next-day"\n\n'
        "[chaos]\nseed = 1\nlost_percent = 0\nlate_percent = 0\ndouble_percent = 0\n"
        "swap_percent = 0\n"
    )
    write_new(file, text.encode(), 0o644)
    try:
        config = load_config(file)
        private, certificate = make_pair("Piaolian merchant", now_ms)
        merchant = folder / "merchant"
        write_new(merchant / "apiclient_key.pem", private)
        write_new(merchant / "apiclient_cert.pem", certificate, 0o644)
        apiv3_key = secrets.token_hex(APIV3_KEY_BYTES // 2)
        write_new(merchant / "apiv3.key", apiv3_key.encode() + b"\n")
        add_key(config.data.folder / "platform", now_ms)
    except BaseException:
        file.unlink()
        raise
    return file
