"""`hidden-state web`: the staff page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation.cli.errors import exit_on_error
from installation.cli.options import ConfigOption
from installation.config import ConfigError, load_config
from installation.staff_pin import PinError, save_pin

app = typer.Typer(help="The staff page.", no_args_is_help=True)
app.callback()(lambda: None)


@app.command()
def pin(
    config: ConfigOption = None,
    pin: Annotated[str, typer.Option(prompt="PIN", hide_input=True, confirmation_prompt=True)] = "",
) -> None:
    """Set the staff's PIN; the page takes it up when the piece starts."""
    with exit_on_error(ConfigError, PinError):
        path = Path(load_config(config).web.pin_file)
        save_pin(pin, path)
    typer.echo(f"The PIN is set; its hash is in {path}.")
