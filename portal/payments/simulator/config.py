"""Settings of the simulated payment company: provider.toml."""

from dataclasses import dataclass
from pathlib import Path

from portal.config import LogSection, is_loopback
from portal.settings_file import read_settings
from primitives.settings import fail, parse_address, read_sections, sections_of

PERCENTS = ("lost_percent", "late_percent", "double_percent", "swap_percent")


@dataclass(frozen=True, slots=True)
class WebSection:
    """Where merchants and payers connect."""

    listen: str = "127.0.0.1:17405"
    """Address and port; plain http, so loopback only unless a proxy stands before it."""
    public_url: str = ""
    """What stands in QR codes: `https://pay.example`; the address of `listen` when empty."""


@dataclass(frozen=True, slots=True)
class MerchantSection:
    """The one merchant it serves."""

    mchid: str = "1900000109"
    """The merchant's number."""
    appid: str = "wxd678efh567hg6787"
    """The merchant's application."""
    name: str = "票链示范医院收费处"
    """What payers read above the amount."""
    certificate: Path = Path("merchant/apiclient_cert.pem")
    """The merchant's certificate; requests must be signed with its key."""
    apiv3_key: Path = Path("merchant/apiv3.key")
    """The 32 characters under which notices are encrypted, mode 0600."""


@dataclass(frozen=True, slots=True)
class DataSection:
    """The company's own files."""

    folder: Path = Path("data")
    """`company.sqlite`, and the company's keys in `platform/`."""


@dataclass(frozen=True, slots=True)
class TimesSection:
    """How fast its clockwork goes."""

    second_ms: int = 1_000
    """How long a second of the schedule of notices lasts; 10 makes it a hundred times faster."""
    refund_ms: int = 2_000
    """Milliseconds from a refund's acceptance to its success."""
    refund_gap_ms: int = 60_000
    """Milliseconds between two refunds of one trade, at least."""
    statement_hour: int = 10
    """Hour of the next day, in China, from which a day's statement is there."""
    statement: str = "next-day"
    """`next-day` as the real one; `now` gives today's too, for trying out."""


@dataclass(frozen=True, slots=True)
class ChaosSection:
    """How unpleasant its notices are; each share in percent."""

    seed: int = 1
    """The same seed and the same trades: the same trouble."""
    lost_percent: int = 0
    """Notices never sent."""
    late_percent: int = 0
    """Notices sent `late_s` later."""
    double_percent: int = 0
    """Notices sent twice."""
    swap_percent: int = 0
    """Notices that later ones overtake."""
    late_s: int = 600
    """Seconds of the schedule by which late ones are late."""


@dataclass(frozen=True, slots=True)
class Config:
    """The company's settings, with all paths absolute."""

    file: Path
    """Where they were read."""
    web: WebSection
    merchant: MerchantSection
    data: DataSection
    times: TimesSection
    chaos: ChaosSection
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
    text = read_settings(file, "piaolian-portal simulator init")
    config = Config(file=file, **read_sections(text, file, SECTIONS))
    address = parse_address(config.web.listen)
    if address is None:
        fail(file, "web.listen", "write address:port, such as 127.0.0.1:17405")
    if not is_loopback(address[0]):
        fail(file, "web.listen", "loopback only: it is a simulator")
    for key in PERCENTS:
        if getattr(config.chaos, key) > 100:
            fail(file, f"chaos.{key}", "write 0 to 100")
    if config.times.statement not in ("next-day", "now"):
        fail(file, "times.statement", "write one of next-day, now")
    if config.times.statement_hour > 23:
        fail(file, "times.statement_hour", "write 1 to 23")
    return config
