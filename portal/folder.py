"""Writes the settings of a portal into its agency's folder."""

from pathlib import Path

from portal.config import load_config
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION, EXIT_PERMISSION


def make_settings(folder: Path, *, url: str, listen: str) -> Path:
    """Write `portal.toml` and return its path.

    Raises:
        NodeFault: `portal.exists` when there is one, `config.*` when a value is wrong,
            `portal.unwritable` (exit 77).
    """
    file = folder / "portal.toml"
    text = (
        "# Settings of the patients' page. docs/portal.md explains every key.\n"
        f'[node]\nurl = "{url}"\ncertificate = "keys/node.crt"\ntoken = "portal.token"\n'
        f'genesis = "../genesis.json"\n\n[web]\nlisten = "{listen}"\n\n'
        '[accounts]\nportal_key = "keys/portal.key"\n\n'
        '[messages]\nadapter = "console"\nconsole_file = "portal/codes.txt"\n\n'
        '[data]\nfolder = "portal"\n'
    )
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError as error:
        raise NodeFault(
            "portal.exists",
            f"{file} is there already; edit it, or remove it first",
            exit_code=EXIT_CONFIGURATION,
        ) from error
    except OSError as error:
        raise NodeFault(
            "portal.unwritable", f"{file}: {error.strerror}", exit_code=EXIT_PERMISSION
        ) from error
    try:
        load_config(file)
    except NodeFault:
        file.unlink()
        raise
    return file
