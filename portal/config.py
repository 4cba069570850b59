"""The portal's settings: a TOML file, a dataclass a section, errors that tell where.

Rule: unknown keys are refused with the nearest known one; secrets appear only as paths; relative
paths are read from the folder of the file, which is the agency's folder.
"""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portal.settings_file import read_settings
from primitives.errors import NodeFault
from primitives.settings import (
    EXIT_CONFIGURATION,
    EXIT_PERMISSION,
    fail,
    parse_address,
    read_sections,
    sections_of,
)


@dataclass(frozen=True, slots=True)
class NodeSection:
    """The agency's own node, the only one the portal asks."""

    url: str
    """Its API: `https://127.0.0.1:17402`. Plain http is for loopback addresses only."""
    certificate: Path = Path("keys/node.crt")
    """The node's own certificate (DER or PEM); no other is trusted."""
    token: Path = Path("portal.token")
    """File of the bearer token; scopes `read` and `portal` are enough."""
    genesis: Path = Path("../genesis.json")
    """The genesis file, the same bytes at every agency."""
    timeout_ms: int = 5_000
    """Milliseconds until a question to the node is given up."""


@dataclass(frozen=True, slots=True)
class WebSection:
    """What patients connect to."""

    listen: str = "127.0.0.1:17403"
    """Address and port; other than loopback only with a certificate."""
    certificate: Path | None = None
    """The page's own web certificate chain (PEM), never the node's."""
    key: Path | None = None
    """The private key of `certificate` (PEM)."""
    forwarded_header: str = ""
    """Set to `X-Forwarded-For` behind a proxy of our own: its last entry is the caller."""
    body_size_max_bytes: int = 16_384
    """A longer request body is refused."""
    session_requests_per_minute: int = 600
    """Requests a session may make within a minute."""
    address_requests_per_minute: int = 1_200
    """Requests an address may make within a minute; all phones of a ward may share one."""
    page_size: int = 20
    """Bills on one page of the list."""


@dataclass(frozen=True, slots=True)
class AccountsSection:
    """Logins."""

    portal_key: Path = Path("keys/portal.key")
    """Key of the patients' pseudonyms, shared with the agency's node."""
    code_valid_ms: int = 300_000
    """How long a one-time code serves."""
    code_tries_max: int = 5
    """Wrong entries after which a one-time code is void."""
    logins_max: int = 5
    """Codes that one id, one phone or one address may ask for within `lockout_ms`."""
    address_logins_max: int = 30
    """Codes that one address may ask for within `lockout_ms`; a ward shares one."""
    lockout_ms: int = 900_000
    """How long an id, phone or address that asked too often waits."""
    session_idle_ms: int = 900_000
    """A session ends after this time without a request."""
    session_ms: int = 7_200_000
    """A session ends after this time in any case."""
    sessions_max: int = 10_000
    """Sessions kept; one more ends the oldest."""


@dataclass(frozen=True, slots=True)
class MessagesSection:
    """How one-time codes reach a phone."""

    adapter: str = "console"
    """`console`: into a file, for trying out."""
    console_file: Path = Path("portal/codes.txt")
    """Where the console adapter writes; only its owner may read it."""


@dataclass(frozen=True, slots=True)
class PaymentsSection:
    """How patients pay from home; docs/payments.md."""

    adapter: str = ""
    """`wechat`: WeChat Pay or the simulated company; none when empty."""
    url: str = ""
    """The company's API: `https://api.mch.weixin.qq.com`."""
    mchid: str = ""
    """The merchant's number."""
    appid: str = ""
    """The merchant's application."""
    certificate: Path = Path("keys/apiclient_cert.pem")
    """The merchant's certificate."""
    key: Path = Path("keys/apiclient_key.pem")
    """The merchant's private key, mode 0600."""
    apiv3_key: Path = Path("keys/apiv3.key")
    """The merchant's APIv3 key, mode 0600."""
    public_key: Path | None = None
    """The company's public key (PEM), where it gave one instead of certificates."""
    public_key_id: str = ""
    """Name of `public_key`."""
    notify_url: str = ""
    """Where the company sends notices: the bank's receiver, `…/notify`."""
    expected_url: str = ""
    """Where the receiver is told which trades to look for: `…/expected`."""
    timeout_ms: int = 5_000
    """Milliseconds until a question to the company is given up."""


@dataclass(frozen=True, slots=True)
class CheckSection:
    """The check by anybody."""

    checks_max: int = 60
    """Checks that an address may ask for within `window_ms`."""
    wrong_max: int = 10
    """Checks in vain after which an address waits."""
    window_ms: int = 600_000
    """How long counting goes on, and the longest wait."""


@dataclass(frozen=True, slots=True)
class DataSection:
    """The portal's own files."""

    folder: Path = Path("portal")
    """`projection.sqlite` (may be removed, is rebuilt), `accounts.sqlite` (bound phones), more."""


@dataclass(frozen=True, slots=True)
class LogSection:
    """The log on standard error."""

    level: str = "info"
    """`info` or `debug`."""


@dataclass(frozen=True, slots=True)
class Config:
    """The portal's settings, with all paths absolute."""

    file: Path
    """Where they were read."""
    node: NodeSection
    web: WebSection
    accounts: AccountsSection
    messages: MessagesSection
    payments: PaymentsSection
    check: CheckSection
    data: DataSection
    log: LogSection

    def listen_address(self) -> tuple[str, int]:
        """Return host and port of `web.listen`."""
        host, port = parse_address(self.web.listen) or ("", 0)
        return host, port


SECTIONS = sections_of(Config)


def load_config(file: Path) -> Config:
    """Read the TOML file and check every key.

    Raises:
        NodeFault: `config.*`, exit code 78 (77 when it may not be read), naming file and key.
    """
    file = file.absolute()
    text = read_settings(file, "piaolian-portal init")
    config = Config(file=file, **read_sections(text, file, SECTIONS))
    _check(config)
    return config


def read_secret(file: Path) -> str:
    """Return the text of a secret file without its line end.

    Raises:
        NodeFault: exit code 77 when others may read it or we may not, 78 when it is missing.
    """
    try:
        mode = file.stat().st_mode
        text = file.read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise NodeFault(
            "secret.missing", f"{file} does not exist", exit_code=EXIT_CONFIGURATION
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise NodeFault(
            "secret.unreadable", f"{file} cannot be read", exit_code=EXIT_PERMISSION
        ) from error
    if mode & 0o077:
        raise NodeFault(
            "secret.open_to_others",
            f"others may read {file}; run: chmod 600 {file}",
            exit_code=EXIT_PERMISSION,
        )
    return text


def read_portal_key(file: Path) -> bytes:
    """Return the 32 bytes of the portal key, written as 64 hex digits.

    Raises:
        NodeFault: as `read_secret`; `key.malformed` (exit 78) for another form.
    """
    text = read_secret(file)
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise NodeFault(
            "key.malformed", f"{file}: write 64 hex digits", exit_code=EXIT_CONFIGURATION
        )
    return key


def check_node(file: Path, section: NodeSection) -> None:
    """Check what types alone cannot.

    Raises:
        NodeFault: `config.wrong_value`, exit code 78.
    """
    url = urlsplit(section.url)
    if url.scheme not in ("https", "http") or not url.hostname:
        fail(file, "node.url", "write https://host:port")
    if url.scheme == "http" and not is_loopback(url.hostname):
        fail(file, "node.url", "plain http is for loopback only; write https://…")


def _check(config: Config) -> None:
    check_node(config.file, config.node)
    address = parse_address(config.web.listen)
    if address is None:
        fail(config.file, "web.listen", "write address:port, such as 127.0.0.1:17403")
    if (config.web.certificate is None) != (config.web.key is None):
        fail(config.file, "web.key", "certificate and key belong together")
    if config.web.certificate is None and not is_loopback(address[0]):
        fail(config.file, "web.certificate", "is required to listen beyond loopback")
    if config.messages.adapter != "console":
        fail(config.file, "messages.adapter", 'write "console"')
    if config.log.level not in ("info", "debug"):
        fail(config.file, "log.level", "write one of info, debug")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
