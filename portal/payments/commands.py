"""`piaolian-portal simulator` and `piaolian-portal payments`: the commands around payments."""

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

import click

from portal.clock import SystemClock
from portal.listening import run_until_told
from portal.logs import Log
from portal.payments.ledger_client import LedgerClient
from portal.payments.merchant import Merchant
from portal.payments.receiver import config as receiver_config
from portal.payments.receiver import service as receiver_service
from portal.payments.receiver.folder import Names, make_settings
from portal.payments.reconcile import Reconciliation, reconcile
from portal.payments.simulator import config as simulator_config
from portal.payments.simulator import service as simulator_service
from portal.payments.simulator.folder import make_folder
from portal.payments.simulator.platform import add_key
from portal.payments.wechat import WechatPay
from primitives.errors import Refused

EXIT_DIFFERENT = 8
"""`reconcile` found differences."""

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)


@click.group(invoke_without_command=True)
@click.option(
    "--config",
    "file",
    type=_FILE,
    default=Path("provider.toml"),
    show_default=True,
    help="Settings; docs/payments.md explains every key.",
)
@click.pass_context
def simulator(context: click.Context, file: Path) -> None:
    """Run a simulated payment company until SIGTERM or Ctrl-C.

    Example: piaolian-portal simulator --config /srv/company/provider.toml
    """
    if context.invoked_subcommand is None:
        config, clock = simulator_config.load_config(file), SystemClock()
        log = Log(clock, config.log.level)
        serve = simulator_service.serve
        asyncio.run(run_until_told(lambda stop: serve(config, clock, log, stop)))


@simulator.command("init")
@click.option("--folder", type=_FOLDER, required=True, help="Made when missing.")
@click.option("--listen", default="127.0.0.1:17405", show_default=True, help="Where it serves.")
def simulator_init(folder: Path, listen: str) -> None:
    """Make a company's folder, with its first key and a merchant's key files.

    Example: piaolian-portal simulator init --folder /srv/company
    """
    click.echo(str(make_folder(folder, listen=listen, now_ms=SystemClock().now_ms())))


@simulator.command("rotate")
@click.option("--config", "file", type=_FILE, default=Path("provider.toml"), show_default=True)
def simulator_rotate(file: Path) -> None:
    """Give the company a new key; a running one signs with it at once. Prints its serial number.

    Example: piaolian-portal simulator rotate --config /srv/company/provider.toml
    """
    config = simulator_config.load_config(file)
    click.echo(add_key(config.data.folder / "platform", SystemClock().now_ms()))


@click.group(invoke_without_command=True)
@click.option(
    "--config",
    "file",
    type=_FILE,
    default=Path("payments.toml"),
    show_default=True,
    help="Settings; docs/payments.md explains every key.",
)
@click.pass_context
def payments(context: click.Context, file: Path) -> None:
    """Receive payments beside the provider's own node, until SIGTERM or Ctrl-C.

    Example: piaolian-portal payments --config /srv/bank/payments.toml
    """
    if context.invoked_subcommand is None:
        config, clock = receiver_config.load_config(file), SystemClock()
        log = Log(clock, config.log.level)
        serve = receiver_service.serve
        asyncio.run(run_until_told(lambda stop: serve(config, clock, log, stop)))


@payments.command("init")
@click.option("--agency", type=_FOLDER, required=True, help="The provider agency's folder.")
@click.option("--node", required=True, help="Its node's API: https://127.0.0.1:17402")
@click.option("--company", required=True, help="The company's API: https://api.mch.weixin.qq.com")
@click.option("--merchant", type=_FOLDER, required=True, help="Folder of the merchant's key files.")
@click.option("--payee", required=True, help="Agency to which trades are booked without an order.")
@click.option("--mchid", default="1900000109", show_default=True, help="The merchant's number.")
@click.option(
    "--appid", default="wxd678efh567hg6787", show_default=True, help="The merchant's application."
)
@click.option("--listen", default="127.0.0.1:17406", show_default=True, help="Where notices come.")
def payments_init(agency: Path, merchant: Path, **names: str) -> None:
    """Write payments.toml into the provider agency's folder; an existing one is kept.

    Example: piaolian-portal payments init --agency /srv/bank --node https://127.0.0.1:17402
    --company http://127.0.0.1:17405 --merchant /srv/company/merchant --payee hospital
    """
    click.echo(str(make_settings(agency, merchant, Names(**names))))


@payments.command("reconcile")
@click.option("--config", "file", type=_FILE, default=Path("payments.toml"), show_default=True)
@click.option("--date", required=True, help="The day in China: yyyymmdd.")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table")
def payments_reconcile(file: Path, date: str, output: str) -> None:
    """Hold a day's statement against the ledger, both ways. Ends with 8 when they differ.

    Example: piaolian-portal payments reconcile --config /srv/bank/payments.toml --date 20261126
    """
    found = _DATE.fullmatch(date)
    if found is None:
        raise Refused("day.malformed", "write a day: yyyymmdd", "--date")
    config = receiver_config.load_config(file)
    result = asyncio.run(_reconcile(config, "-".join(found.groups())))
    click.echo(result.as_json() if output == "json" else result.as_table())
    if result.differences:
        raise click.exceptions.Exit(EXIT_DIFFERENT)


async def _reconcile(config: receiver_config.Config, day: str) -> Reconciliation:
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        company = WechatPay(Merchant(config.merchant, clock), clock)
        await stack.enter_async_context(company)
        ledger = await stack.enter_async_context(LedgerClient(config.node))
        return await reconcile(company, ledger, mchid=config.merchant.mchid, day=day)
