"""Files that a command writes for its user alone: they may hold details."""

from pathlib import Path

from cli.exits import CommandError, Exit


def write_private(file: Path, data: bytes) -> None:
    """Write a file so that only its owner can read it.

    Raises:
        CommandError: `file.unwritable` (77 or 78).
    """
    try:
        file.touch(mode=0o600)
        file.write_bytes(data)
    except PermissionError as error:
        raise CommandError(
            Exit.PERMISSION, "file.unwritable", f"{file} may not be written", field="--save"
        ) from error
    except OSError as error:
        raise CommandError(
            Exit.CONFIGURATION, "file.unwritable", f"{file}: {error.strerror}", field="--save"
        ) from error
