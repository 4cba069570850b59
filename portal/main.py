"""`piaolian-portal`: the patients' page, a process of its own.

Exit codes: 0 stopped as told; 1 unexpected; 2 usage; 77 a file may not be used; 78 configuration.
"""

import asyncio
from importlib.metadata import version
from pathlib import Path

import click

from portal.clock import SystemClock
from portal.config import Config, load_config
from portal.folder import make_settings
from portal.listening import run_until_told
from portal.logs import Log
from portal.payments.commands import payments, simulator
from portal.service import serve
from primitives.errors import HouseError, NodeFault


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("piaolian"), prog_name="piaolian-portal")
def cli() -> None:
    """Serve patients their bills: log in by phone, see every line, check it in the browser."""


@cli.command()
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("portal.toml"),
    show_default=True,
    help="Settings; docs/portal.md explains every key.",
)
def run(file: Path) -> None:
    """Run until SIGTERM or Ctrl-C.

    Example: piaolian-portal run --config /srv/hospital/portal.toml
    """
    asyncio.run(_run_until_told(load_config(file)))


@cli.command()
@click.option(
    "--agency",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="The agency's folder, made by `piaoliand init` or `piaoliand testnet`.",
)
@click.option("--node", "url", required=True, help="The node's API: https://127.0.0.1:17402")
@click.option(
    "--listen", default="127.0.0.1:17403", show_default=True, help="Where patients connect."
)
def init(folder: Path, url: str, listen: str) -> None:
    """Write portal.toml into an agency's folder; an existing one is kept.

    Example: piaolian-portal init --agency /srv/hospital --node https://127.0.0.1:17402
    """
    click.echo(str(make_settings(folder, url=url, listen=listen)))


cli.add_command(payments)
cli.add_command(simulator)


def main() -> None:
    """Run the command line; every failure ends in one clear line and its exit code."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        raise SystemExit(error.exit_code) from error
    except click.Abort as error:
        raise SystemExit(1) from error
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from error
    except NodeFault as error:
        click.echo(f"piaolian-portal: {error}", err=True)
        raise SystemExit(error.exit_code) from error
    except HouseError as error:
        click.echo(f"piaolian-portal: {error}", err=True)
        raise SystemExit(1) from error


async def _run_until_told(config: Config) -> None:
    clock = SystemClock()
    log = Log(clock, config.log.level)
    await run_until_told(lambda stop: serve(config, clock, log, stop))
