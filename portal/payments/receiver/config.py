"""Settings of the bank's receiver: payments.toml."""

from dataclasses import dataclass
from pathlib import Path

from portal.config import LogSection, NodeSection, check_node, is_loopback
from portal.payments.merchant import MerchantSection, check_merchant
from portal.settings_file import read_settings
from primitives.settings import fail, parse_address, read_sections, sections_of


@dataclass(frozen=True, slots=True)
class WebSection:
    """Where notices arrive."""

    listen: str = "127.0.0.1:17406"
    """Address and port, plain http; loopback only: a web server with TLS stands before it."""


@dataclass(frozen=True, slots=True)
class ReceiverSection:
    """How it records."""

    payee: str
    """Agency to which a trade is booked that names no order; it is unapplied, and goes back."""
    wait_ms: int = 3_000
    """Milliseconds to wait for the ledger; the company waits 5 s for our answer."""
    sweep_ms: int = 5_000
    """Pause between two rounds of the sweeper."""
    statement_hour: int = 10
    """Hour of the next day, in China, from which a statement is asked for."""
    statement_days: int = 7
    """Days that are read when nothing is known of them yet."""


@dataclass(frozen=True, slots=True)
class DataSection:
    """The receiver's own files."""

    folder: Path = Path("payments")
    """`receiver.sqlite`: what was heard, what is looked for, which days are closed."""


@dataclass(frozen=True, slots=True)
class Config:
    """The receiver's settings, with all paths absolute."""

    file: Path
    """Where they were read."""
    node: NodeSection
    merchant: MerchantSection
    web: WebSection
    receiver: ReceiverSection
    data: DataSection
    log: LogSection

    def listen_address(self) -> tuple[str, int]:
        """Return host and port of `web.listen`."""
        return parse_address(self.web.listen) or ("", 0)


SECTIONS = sections_of(Config)


def load_config(file: Path) -> Config:
    """Read the TOML file and check every key.

    Raises:
        NodeFault: `config.*`, exit code 78 (77 when it may not be read), naming file and key.
    """
    file = file.absolute()
    text = read_settings(file, "piaolian-portal payments init")
    config = Config(file=file, **read_sections(text, file, SECTIONS))
    check_node(file, config.node)
    check_merchant(file, config.merchant, "merchant")
    address = parse_address(config.web.listen)
    if address is None:
        fail(file, "web.listen", "write address:port, such as 127.0.0.1:17406")
    if not is_loopback(address[0]):
        fail(file, "web.listen", "loopback only; put a web server with TLS before it")
    if config.receiver.statement_hour > 23:
        fail(file, "receiver.statement_hour", "write 1 to 23")
    if config.receiver.statement_days > 90:
        fail(file, "receiver.statement_days", "the company keeps three months: write up to 90")
    if config.log.level not in ("info", "debug"):
        fail(file, "log.level", "write one of info, debug")
    return config
