"""`hidden-state kiosk`: the piece as a service that starts with the machine."""

from __future__ import annotations

from typing import Annotated

import typer

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption
from installation.cli.operation.status import read_running_status
from installation.config import ConfigError, load_config
from installation.kiosk.installer import (
    KioskError,
    install_files,
    read_service_state,
    survey_site,
    uninstall_files,
)
from installation.kiosk.service_units import plan_files
from installation.ops.status_file import StatusError
from installation.staff_pin import PinError, hash_operator_pin

app = typer.Typer(no_args_is_help=True, help="The piece as a service that starts by itself.")


@app.command()
def install(
    user: Annotated[
        str | None, typer.Option(help="Who runs the piece; by default, who calls this.")
    ] = None,
    only_print: Annotated[
        bool, typer.Option("--print", help="Only show what would be written.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show the units of the kiosk, write them after a question, and enable them.

    The piece then starts with the machine, in the folder in which this is called, with the settings
    that --config names.
    """
    with exit_on_error(ConfigError, KioskError, ValueError):
        load_config(config)
        files = plan_files(survey_site(user, config))
    for file in files:
        typer.echo(f"# {file.path}\n{file.text}")
    if only_print:
        return
    if not yes:
        typer.confirm("Write these files and enable them?", abort=True)
    with exit_on_error(KioskError):
        install_files(files)
    typer.echo("Installed. Restart the machine, or: systemctl start hidden-state")


@app.command()
def status(config: ConfigOption = None) -> None:
    """Show whether the service runs, and whether visitors can see and hear the piece.

    Ends with status 0 if they can, or if it is closed; else with 1.
    """
    with exit_on_error(ConfigError, KioskError):
        settings = load_config(config)
        service = read_service_state()
    if service.get("LoadState") != "loaded":
        typer.echo("not installed: hidden-state kiosk install")
        raise typer.Exit(1)
    restarts = service.get("NRestarts", "0")
    state = f"{service['ActiveState']} ({service['SubState']}), {service['UnitFileState']}"
    typer.echo(f"service  {state}, {restarts} restarts")
    try:
        found = read_running_status(settings)
    except StatusError as error:
        typer.echo(f"piece    {error}")
        raise typer.Exit(1) from error
    typer.echo(f"piece    {found.state}: {found.sentence}")
    raise typer.Exit(0 if found.state in ("well", "closed") else 1)


@app.command()
def pin() -> None:
    """Ask for a PIN of the staff, and print the line for config.toml that holds its hash."""
    entered = typer.prompt("PIN of 4 to 12 digits", hide_input=True, confirmation_prompt=True)
    with exit_on_error(PinError):
        stored = hash_operator_pin(entered)
    typer.echo(f'[kiosk]\npin = "{stored}"')


@app.command()
def uninstall() -> None:
    """Stop the service and remove what was installed."""
    with exit_on_error(KioskError):
        removed = uninstall_files()
    for path in removed:
        typer.echo(f"removed {path}")
    if not removed:
        typer.echo("nothing is installed")
