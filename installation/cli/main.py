"""The command `hidden-state`."""

from __future__ import annotations

import typer

from installation.cli import (
    answer,
    atlas,
    bench,
    calibrate,
    check,
    corpus,
    devices,
    film,
    originality,
    play,
    score,
    simulate,
    train,
)

app = typer.Typer(
    name="hidden-state",
    help="A musical instrument you play with a neural network, and watch it think.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(play.play)
app.command()(answer.answer)
app.command()(film.film)
app.command()(train.train)
app.command()(score.score)
app.command()(atlas.atlas)
app.command()(originality.originality)
app.add_typer(corpus.app, name="corpus")
app.add_typer(bench.app, name="bench")
app.command()(devices.devices)
app.command()(check.check)
app.command()(calibrate.calibrate)
app.command()(simulate.simulate)


def main() -> None:
    """Run the command line."""
    app()
