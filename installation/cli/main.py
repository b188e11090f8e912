"""The command `hidden-state`."""

from __future__ import annotations

import io
import sys
from importlib import import_module

import typer

PROGRAM = "hidden-state"
COMMANDS = {
    "play": "play",
    "answer": "answer",
    "lesson": "lesson",
    "film": "film",
    "train": "training.train",
    "score": "training.score",
    "atlas": "training.atlas",
    "originality": "training.originality",
    "corpus": "training.corpus",
    "bench": "bench",
    "devices": "operation.devices",
    "check": "operation.check",
    "status": "operation.status",
    "kiosk": "operation.kiosk",
    "calibrate": "operation.calibrate",
    "simulate": "operation.simulate",
    "evolve": "operation.evolve",
    "web": "operation.web",
}
"""The module of each command, whose name is that of the function in it, unless it has an `app`."""
HELP = "A musical instrument you play with a neural network, and watch it think."


def create_app(arguments: list[str]) -> typer.Typer:
    """The command line; of a command that is called by its name, only that module is imported."""
    app = typer.Typer(name=PROGRAM, help=HELP, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(lambda: None)  # a single command would otherwise lose its name
    called = [name for name in COMMANDS if name in arguments[:1]]
    for name in called or COMMANDS:
        module = import_module(f"installation.cli.{COMMANDS[name]}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command()(getattr(module, name))
    return app


def main() -> None:
    """Run the command line; what standard output cannot encode is written as an escape."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    create_app(sys.argv[1:])(prog_name=PROGRAM)  # whatever started it
