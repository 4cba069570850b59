"""`make demo`: five agencies on this machine, a day of bills, a patient's page.

Everything lands in `.demo/` (or DEMO_DIR): a folder per agency, logs beside, `summary.json`. It
stays up until Ctrl-C, or ends by itself with DEMO_EXIT=1. HIS=FILE issues another day.

Rule: one demo a folder at a time; whatever ends this process ends all it started.
"""

import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

from scripts import farewell, joining, paying, recording, supervising
from scripts.children import ChildFailed, die_with
from scripts.demo_run import MARK, SOCKET, Demo, Failed
from scripts.his_day import read_day
from scripts.patient import PageFailed
from scripts.telling import Teller

DEFAULT_DAY: Final = Path(__file__).parent.parent / "tests" / "data" / "hospital-day.jsonl"
DEFAULT_FOLDER: Final = ".demo"
SOCKET_PATH_MAX: Final = 107
"""Bytes of a unix socket's path (unix(7), sun_path)."""
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to stop."""


def main() -> int:
    """Run the demo; return the exit code."""
    if os.environ.get("MAKELEVEL"):
        die_with(os.getppid())()
    for number in SIGNALS:
        signal.signal(number, _stop)
    folder = Path(os.environ.get("DEMO_DIR") or DEFAULT_FOLDER).absolute()
    file = Path(os.environ.get("HIS") or DEFAULT_DAY)
    try:
        return _run(folder, file)
    except Stopped:
        return 130
    except (ChildFailed, Failed, PageFailed) as error:
        print(f"\n\nThe demo failed: {error}", file=sys.stderr)
        return 1


def _run(folder: Path, file: Path) -> int:
    try:
        day = read_day(file)
    except OSError as error:
        raise Failed(f"{file}: {error.strerror}; name a file with HIS=FILE") from error
    lock = claim(folder)
    try:
        teller = Teller()
        teller.line(f"\nPiaolian: five agencies on this machine, in {folder}\n")
        demo = Demo(folder, day, teller)
        try:
            return _play(demo)
        finally:
            _until_stopped(demo)
    finally:
        os.close(lock)


def _play(demo: Demo) -> int:
    demo.make_network()
    demo.start_nodes()
    demo.allot()
    demo.issue()
    demo.count()
    recording.publish(demo)
    supervising.wait_for_endorsement(demo)
    demo.save_receipt()
    paying.start_company(demo)
    paying.start_receiver(demo)
    paying.start_portal(demo)
    paying.pay_orders(demo, paying.open_orders(demo))
    joining.vote_in(demo)
    supervising.claim(demo)
    supervising.write_off(demo)
    supervising.take_back(demo, paying.first_bill(demo))
    recording.amend(demo)
    paying.wait_for_bills(demo)
    joining.wait_for_signature(demo)
    supervising.wait_for_endorsement(demo)
    supervising.count_bills(demo)
    supervising.recount(demo)
    demo.compare_heads()
    farewell.finish(demo)
    if os.environ.get("DEMO_EXIT") != "1":
        try:
            demo.stay()
        except Stopped:
            demo.teller.line("\n  Stopping.")
    return 0


def _until_stopped(demo: Demo) -> None:
    """Stop all children; a further signal kills them."""
    for number in SIGNALS:
        signal.signal(number, lambda *_: demo.children.kill())
    demo.children.stop()


def claim(folder: Path) -> int:
    """Empty a demo's folder and keep other demos out; return what holds the claim.

    Raises:
        Failed: when a demo runs there, when the folder is not a demo's, or when its path is too
            long.
    """
    longest = folder / "insurance" / SOCKET
    if len(os.fsencode(longest)) > SOCKET_PATH_MAX:
        raise Failed(
            f"{folder} is too long a path for unix sockets ({longest} would have more than "
            f"{SOCKET_PATH_MAX} bytes); name a shorter one: make demo DEMO_DIR=/tmp/piaolian-demo"
        )
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise Failed(
            f"a demo runs in {folder}; stop it, or run a second one with DEMO_DIR=FOLDER"
        ) from error
    entries = list(folder.iterdir())
    if entries and folder.name != DEFAULT_FOLDER and not (folder / MARK).exists():
        os.close(lock)
        raise Failed(f"{folder} holds other things than a demo; name an empty DEMO_DIR")
    for entry in entries:
        remove: Callable[[Path], object] = shutil.rmtree if entry.is_dir() else Path.unlink
        remove(entry)
    return lock


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
