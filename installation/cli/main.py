"""The command `hidden-state`."""

from __future__ import annotations

import typer

from installation.cli import corpus, train

app = typer.Typer(
    name="hidden-state",
    help="A musical instrument you play with a neural network, and watch it think.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(corpus.app, name="corpus")
app.command()(train.train)


def main() -> None:
    """Run the command line."""
    app()
