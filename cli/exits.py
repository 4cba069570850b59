"""How a command ends: the exit codes, and the failures that lead to them.

Rule: the codes are part of the interface; scripts branch on them.
"""

from enum import IntEnum

from primitives.errors import HouseError, NodeFault, PeerFault, Refused, Unavailable


class Exit(IntEnum):
    """What the process returns."""

    DONE = 0
    """Done, or the check passed."""
    UNEXPECTED = 1
    """Something nobody foresaw."""
    USAGE = 2
    """The command line is wrong."""
    UNREACHABLE = 3
    """No node answers there."""
    NOT_READY = 4
    """The node runs but does not serve this now."""
    VERIFICATION_FAILED = 5
    """The check failed."""
    OUTCOME_UNKNOWN = 6
    """Timed out waiting: it may or may not become final."""
    REFUSED = 7
    """The ledger refuses it; the code says why."""
    PERMISSION = 77
    """A file, a socket or a token does not permit it."""
    CONFIGURATION = 78
    """A file or an address is missing or malformed."""


class CommandError(HouseError):
    """A command that cannot go on.

    Args:
        exit_code: what the process returns.
        code: dotted and stable, for programs.
        detail: one plain sentence: what, where, what to do.
        field: the option or input field it is about.
        facts: further public facts.
    """

    def __init__(
        self, exit_code: Exit, code: str, detail: str, *, field: str = "", **facts: str | int
    ) -> None:
        super().__init__(code, detail, field, **facts)
        self.exit_code = exit_code


def exit_code_of(error: HouseError) -> int:
    """Return what the process returns for an error."""
    match error:
        case CommandError() | NodeFault():
            return int(error.exit_code)
        case Refused():
            return Exit.REFUSED
        case Unavailable():
            return Exit.NOT_READY
        case PeerFault():
            return Exit.VERIFICATION_FAILED
        case _:
            return Exit.UNEXPECTED
