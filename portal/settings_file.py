"""Reads the text of a settings file; every mistake says what to do."""

from pathlib import Path

from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION, EXIT_PERMISSION


def read_settings(file: Path, command: str) -> str:
    """Return the text of a settings file.

    Args:
        file: where it lies.
        command: what makes one, for the sentence when it is missing.

    Raises:
        NodeFault: `config.missing`, `config.malformed` (exit 78), `config.unreadable` (exit 77).
    """
    try:
        return file.read_text("utf-8")
    except FileNotFoundError as error:
        raise NodeFault(
            "config.missing",
            f"{file} does not exist; make one with `{command}`",
            exit_code=EXIT_CONFIGURATION,
        ) from error
    except PermissionError as error:
        raise NodeFault(
            "config.unreadable", f"{file} may not be read by this user", exit_code=EXIT_PERMISSION
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise NodeFault(
            "config.malformed", f"{file} is no text: {error}", exit_code=EXIT_CONFIGURATION
        ) from error
