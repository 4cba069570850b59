"""The local settings of one node: a TOML file, a dataclass a section, errors that tell where.

Rule: three kinds of settings never mix: constants stand in code, what all nodes share stands in
the genesis, what is local stands here. Unknown keys are refused; secrets appear only as paths.
Relative paths are read from the folder of the file.
"""

from dataclasses import dataclass
from pathlib import Path

from primitives.errors import NodeFault
from primitives.settings import (
    EXIT_CONFIGURATION,
    EXIT_PERMISSION,
    fail,
    parse_address,
    read_sections,
    sections_of,
)

SOCKET_PATH_MAX = 107
"""Bytes of a unix socket's path (unix(7), sun_path)."""


@dataclass(frozen=True, slots=True)
class NodeSection:
    """Who this node is and where its files lie."""

    agency: str
    """Id of the agency in the genesis: `hospital`."""
    genesis: Path = Path("../genesis.json")
    """The genesis file, the same bytes at every agency."""
    data: Path = Path("data")
    """Folder of the databases, the vote log and the vault; made by `piaoliand init`."""


@dataclass(frozen=True, slots=True)
class KeysSection:
    """The agency's private keys."""

    directory: Path = Path("keys")
    """Folder of `validator.key`, `desk.key`, `node.key`, `sealing.key` and `node.crt`."""


@dataclass(frozen=True, slots=True)
class LinksSection:
    """Connections between nodes."""

    listen: str = "127.0.0.1:17411"
    """Address and port on which other agencies' nodes connect."""
    peers: tuple[str, ...] = ()
    """Nodes to connect to, each `agency=address:port`."""
    connect_timeout_ms: int = 5_000
    """Milliseconds until a connection attempt is given up."""
    heartbeat_ms: int = 10_000
    """Milliseconds of silence after which a link is pinged; half of it later it is closed."""


@dataclass(frozen=True, slots=True)
class ApiSection:
    """The HTTP API of this agency; none of it is for the public."""

    socket: Path = Path("api.sock")
    """Unix socket for operators on this machine; only the owner may open it, no token needed."""
    listen: str = "127.0.0.1:17412"
    """Address and port of the TLS listener for the agency's own systems."""
    tokens: Path = Path("tokens")
    """File of hashed bearer tokens: `name scope,scope sha256` a line."""
    body_size_max_bytes: int = 8 * 1024 * 1024
    """A longer request body is refused unread."""
    requests_max: int = 256
    """Requests served at the same time; one more gets 503."""
    streams_max: int = 64
    """Event streams open at the same time; one more gets 503."""
    wait_max_ms: int = 60_000
    """The longest `wait_ms` a request may ask for."""
    checks_per_minute_max: int = 600
    """Bills that one token may check by five elements within a minute."""


@dataclass(frozen=True, slots=True)
class VaultSection:
    """Sealed details of the bills this agency issued."""

    portal_key: Path = Path("keys/portal.key")
    """Key of the patients' pseudonyms, shared with the agency's own portal."""
    visit_times: str = "local"
    """How the hospital's system writes busDateTime: `local` (Asia/Shanghai) or `utc`. By it a bill
    and its visit's record find each other."""
    records_bytes_max: int = 1024**4
    """Bytes that the records kept here may take, sealed and padded; 0 for no limit. More are not
    published."""
    openings_per_session_max: int = 1_000
    """Details and records one portal session may open within an hour."""
    contacts_per_minute_max: int = 30
    """Phone look-ups for first logins within a minute, all sessions together."""


@dataclass(frozen=True, slots=True)
class FinanceSection:
    """What finance's node does by itself; other agencies' nodes ignore it."""

    endorse: str = "on"
    """`on`: endorses the bills of every block; `off` where another finance agency's node does."""
    withhold_above_fen: int = 100_000_000_000
    """Bills whose total is above are withheld, in fen."""
    bills_per_minute_max: int = 100_000
    """Bills of a block that takes its unit above so many in a minute are withheld."""


@dataclass(frozen=True, slots=True)
class LogSection:
    """The log on standard error."""

    level: str = "info"
    """`info`: what an operator would act on or want to know; `debug`: the rest as well."""
    format: str = "auto"
    """`json`: a line an event; `text`: aligned; `auto`: text on a terminal, else json."""


@dataclass(frozen=True, slots=True)
class LimitsSection:
    """Bounds of memory and disk."""

    mempool_bytes: int = 64 * 1024 * 1024
    """Transactions waiting here; more are refused with 503."""
    disk_free_min_bytes: int = 512 * 1024 * 1024
    """Below it the node accepts no work; below half of it, it stops."""


@dataclass(frozen=True, slots=True)
class Config:
    """One node's settings, with all paths absolute."""

    file: Path
    """Where they were read."""
    node: NodeSection
    keys: KeysSection
    links: LinksSection
    api: ApiSection
    vault: VaultSection
    finance: FinanceSection
    log: LogSection
    limits: LimitsSection

    def peers(self) -> tuple[tuple[str, str], ...]:
        """Return (agency, address) of every configured peer."""
        pairs = (peer.partition("=") for peer in self.links.peers)
        return tuple((agency.strip(), address.strip()) for agency, _, address in pairs)


SECTIONS = sections_of(Config)

_CHOICES = {
    "vault.visit_times": ("local", "utc"),
    "finance.endorse": ("on", "off"),
    "log.level": ("info", "debug"),
    "log.format": ("auto", "json", "text"),
}


def load_config(file: Path) -> Config:
    """Read the TOML file and check every key.

    Raises:
        NodeFault: `config.*`, exit code 78 (77 when it may not be read), naming file and key.
    """
    file = file.absolute()
    config = Config(file=file, **read_sections(_read(file), file, SECTIONS))
    _check(config)
    return config


def split_address(config: Config, key: str) -> tuple[str, int]:
    """Return host and port of `links.listen` or `api.listen`."""
    section, _, name = key.partition(".")
    address = str(getattr(getattr(config, section), name))
    host, port = parse_address(address) or fail(
        config.file, key, f"write address:port, such as 127.0.0.1:17411, not {address!r}"
    )
    return host, port


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError as error:
        raise NodeFault(
            "config.missing",
            f"{file} does not exist; make one with `piaoliand init`",
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


def _check(config: Config) -> None:
    for key in ("links.listen", "api.listen"):
        split_address(config, key)
    for key, choices in _CHOICES.items():
        section, _, name = key.partition(".")
        if getattr(getattr(config, section), name) not in choices:
            fail(config.file, key, f"write one of {', '.join(choices)}")
    if len(str(config.api.socket).encode()) > SOCKET_PATH_MAX:
        fail(config.file, "api.socket", f"{config.api.socket} is too long; choose a shorter path")
    for peer in config.links.peers:
        agency, equals, address = peer.partition("=")
        if not (agency and equals and parse_address(address.strip())):
            fail(config.file, "links.peers", f"write agency=address:port, not {peer!r}")
