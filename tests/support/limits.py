"""A child process with a small disk: files may not grow past a limit."""

import multiprocessing
import resource
from collections.abc import Callable
from pathlib import Path


def limit_file_size(size_bytes: int) -> None:
    """Let no file of this process grow past `size_bytes`: the write is short, the next fails."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))


def in_child(work: Callable[[Path], None], root: Path) -> None:
    """Run `work(root)` in a process of its own; a failed assertion there fails here."""
    child = multiprocessing.get_context("spawn").Process(target=work, args=(root,))
    child.start()
    child.join(60)
    assert child.exitcode == 0, f"the child ended with {child.exitcode}"
