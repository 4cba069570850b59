"""What a command makes in a folder appears whole, or not at all.

Rule: everything is made in `.unfinished` inside the folder and synced; then that is called
`.moving` and its pieces are renamed to their places, the one that makes the rest count last. A
failure takes everything back; what a killed command left, the next one takes back first.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from primitives.errors import NodeFault
from storage.faults import EXIT_CONFIGURATION, write_fault

UNFINISHED: Final = ".unfinished"
"""Where pieces are made."""
MOVING: Final = ".moving"
"""The same place once every piece is whole and synced."""


@contextmanager
def made_whole(
    folder: Path, pieces: Sequence[str], *, code: str, mode: int = 0o755
) -> Iterator[Path]:
    """Hand out an empty folder; at the end of the block its pieces move to `folder`.

    Args:
        folder: where the pieces belong; made if need be.
        pieces: their names, in the order of moving. Without the last, the others count for nothing.
        code: of the fault when one is there already.
        mode: rights of the folder if it is made.

    Raises:
        NodeFault: `code` (exit 78) when a piece exists; `storage.*` when the disk refuses.
    """
    try:
        takes_back_folder = not folder.exists()
        folder.mkdir(mode, parents=True, exist_ok=True)
        take_back(folder, pieces)
        _refuse_existing(folder, pieces, code)
        unfinished = folder / UNFINISHED
        unfinished.mkdir(mode=0o700)
    except (FileExistsError, NotADirectoryError) as error:
        detail = f"{folder} is no folder; choose another"
        raise NodeFault("folder.unwritable", detail, exit_code=EXIT_CONFIGURATION) from error
    except OSError as error:
        raise write_fault(str(folder), error) from error
    try:
        yield unfinished
        _move(folder, pieces)
    except BaseException as error:
        with suppress(OSError):
            take_back(folder, pieces)
            if takes_back_folder:
                folder.rmdir()
        if isinstance(error, OSError):
            raise write_fault(str(folder), error) from error
        raise


def take_back(folder: Path, pieces: Sequence[str]) -> None:
    """Remove what a command that was broken off left in `folder`; nothing that counts.

    Raises:
        OSError: the disk refuses.
    """
    moving = folder / MOVING
    if (moving / pieces[-1]).exists():
        for piece in pieces[:-1]:
            if not (moving / piece).exists():
                _remove(folder / piece)
    for place in (moving, folder / UNFINISHED):
        if place.is_dir():
            shutil.rmtree(place)
            _sync(folder)


def _refuse_existing(folder: Path, pieces: Sequence[str], code: str) -> None:
    for piece in pieces:
        place = folder / piece
        if place.exists() or place.is_symlink():
            raise NodeFault(
                code,
                f"{place} exists and is not overwritten; choose another folder, or set it aside",
                exit_code=EXIT_CONFIGURATION,
            )


def _move(folder: Path, pieces: Sequence[str]) -> None:
    unfinished, moving = folder / UNFINISHED, folder / MOVING
    assert {place.name for place in unfinished.iterdir()} == set(pieces)
    for place in (unfinished, *unfinished.rglob("*")):
        _sync(place)
    unfinished.rename(moving)
    _sync(folder)
    for piece in pieces:
        (moving / piece).rename(folder / piece)
        _sync(moving)
        _sync(folder)
    moving.rmdir()
    _sync(folder)
    _sync(folder.parent)


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
