"""The error tree, sorted by who must act.

    HouseError
    ├── Refused       the sender must change the request     -> HTTP 4xx, exit 7; never in a block
    ├── PeerFault     another node broke the protocol        -> drop the message, lower its score
    ├── Unavailable   try again later: full, syncing         -> HTTP 503
    └── NodeFault     this node is broken: disk, config, key -> log, stop, exit code

Rule: a failure carries a stable `code`, the `field` it is about and what to do; the text never
carries a name, an id number, a phone, a diagnosis or an amount.
"""


class HouseError(Exception):
    """A failure with a stable code.

    Args:
        code: dotted, stable, for programs: `bill.amounts_do_not_add_up`.
        detail: one plain sentence for people, without personal data or amounts.
        field: the input field the failure is about; empty if it is about the whole.
        facts: further public facts, such as the number of a bill that already exists.
    """

    def __init__(self, code: str, detail: str = "", field: str = "", **facts: str | int) -> None:
        self.code = code
        self.detail = detail
        self.field = field
        self.facts = facts
        super().__init__(code, detail, field)

    def __str__(self) -> str:
        place = f" ({self.field})" if self.field else ""
        return f"{self.code}{place}: {self.detail}" if self.detail else f"{self.code}{place}"


class Refused(HouseError):
    """The sender must change the request; the same bytes will never do."""


class PeerFault(HouseError):
    """Another node, or a file from elsewhere, broke a format or the protocol."""


class Unavailable(HouseError):
    """The request is fine, the time is not: try again later."""


class NodeFault(HouseError):
    """This node cannot go on; the process ends with `exit_code`.

    Args:
        code: see `HouseError`.
        detail: see `HouseError`.
        field: see `HouseError`.
        exit_code: what the process returns; 78 is a configuration, 77 a permission at fault.
    """

    def __init__(self, code: str, detail: str = "", field: str = "", exit_code: int = 1) -> None:
        super().__init__(code, detail, field)
        self.exit_code = exit_code
