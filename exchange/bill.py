"""The bill as every outside format takes it: the chain face, the hospital's line, its status.

Rule: the record stands alone, so that a format never depends on how the ledger keeps a bill;
amounts are signed fen, on a red bill (红字票据) the exact mirror of the blue one's, while the
details stay the hospital's own line and are negated only where they are written.
Source: DA/T 95-2022, table B.10, for the words of the status.
"""

from dataclasses import dataclass, field
from typing import Final

from primitives.units import SHANGHAI_OFFSET_MS, civil_date

NUMBER_DIGITS: Final = 10
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class StatusBlock:
    """What became of a bill after its issue (FinanceCheck)."""

    is_endorsed: bool = False
    """Result: finance has supervised it (checked); withheld or not yet is unchecked."""
    is_exchanged: bool = False
    """IsExchangePaper: a paper bill stands for it (换开)."""
    paper_code: str = ""
    """Code of that paper bill."""
    paper_number: str = ""
    """Number of that paper bill."""
    is_reversed: bool = False
    """IsReversal: a red bill took it back (冲红)."""
    reversal_code: str = ""
    """Code of the red bill."""
    reversal_number: int = 0
    """Number of the red bill; 0 when there is none."""
    is_accounted: bool = False
    """IsAccounted: a payer booked it (入账)."""
    accounted_date: str = ""
    """AccDate, yyyyMMdd."""
    accounted_fen: int = 0
    """AccAmount."""


@dataclass(frozen=True, slots=True)
class ExchangeBill:
    """One bill; what is personal stays out of its `repr`."""

    code: str
    """票据代码: 8 digits."""
    number: int
    """票据号码: up to 10 digits."""
    check_code: str
    """校验码."""
    time_ms: int
    """Issue time."""
    issuer_name: str
    """收款单位."""
    issuer_uscc: str
    """Its unified social credit code, 18 characters."""
    business_number: str
    """业务流水号 (busNo)."""
    total_fen: int = field(repr=False)
    """合计; this and the other amounts are negative on a red bill."""
    fund_fen: int = field(repr=False)
    """医保统筹基金支付."""
    other_fen: int = field(repr=False)
    """其他支付."""
    account_fen: int = field(repr=False)
    """个人账户支付."""
    own_fen: int = field(repr=False)
    """个人现金支付."""
    details: bytes = field(repr=False)
    """The hospital's own line: one JSON object in UTF-8, never negated."""
    issuer: str = ""
    """The ledger's id of the hospital; empty when the bill came from outside."""
    place: str = ""
    """开票点; empty when the bill came from outside."""
    related_code: str = ""
    """On a red bill the code of the blue bill it takes back; empty on a blue one."""
    related_number: int = 0
    """On a red bill the number of the blue bill it takes back; 0 on a blue one."""
    supervisor_name: str = ""
    """The supervising finance department (财政部门)."""
    area_code: str = ""
    """SupervisorAreaCode: 6 digits."""
    form_values: tuple[tuple[str, str], ...] = ()
    """What only the form knows and differs from its default: element path, text; ascending."""
    status: StatusBlock = StatusBlock()

    @property
    def kind(self) -> str:
        """票据种类: digits 5 and 6 of the code."""
        return self.code[4:6]

    @property
    def is_red(self) -> bool:
        """Whether the bill takes another one back."""
        return bool(self.related_code)

    @property
    def number_text(self) -> str:
        """The number as it is printed."""
        return f"{self.number:0{NUMBER_DIGITS}d}"

    @property
    def tag(self) -> str:
        """EInvoiceTag: `CZ-EI-46` for Hainan."""
        return f"CZ-EI-{self.code[:2]}"


def issue_date(time_ms: int) -> str:
    """Return the local day of a time as yyyyMMdd."""
    year, month, day = civil_date(time_ms)
    return f"{year:04d}{month:02d}{day:02d}"


def issue_time(time_ms: int) -> str:
    """Return the local time of day as HH:mm:ss."""
    seconds = (time_ms + SHANGHAI_OFFSET_MS) // 1000 % _DAY_SECONDS
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def turned(figure: str) -> str:
    """Return the exact negative of a figure's text; nothing stays nothing."""
    if figure.startswith("-"):
        return figure[1:]
    return f"-{figure}" if figure.strip("0.") else figure
