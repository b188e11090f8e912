"""`hidden-state play`: the piece itself."""

from __future__ import annotations

import secrets
import signal
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from installation.cli.errors import exit_on_error
from installation.cli.options import ConfigOption, ModelOption, StyleOption
from installation.config import ConfigError, StageSettings, load_config
from installation.session.options import OutputPathError, PlayOptions, check_output_path

SEED_BITS = 31
"""Size of a random seed, bits."""


class PlayError(ValueError):
    """The piece cannot be played as asked."""


def play(
    style: StyleOption = None,
    model: ModelOption = None,
    config: ConfigOption = None,
    midi_in: Annotated[
        list[str] | None, typer.Option(help="A MIDI input, by (part of) its name; may be repeated.")
    ] = None,
    midi_out: Annotated[
        list[str] | None,
        typer.Option(help="A MIDI output, by (part of) its name; may be repeated."),
    ] = None,
    play_along: Annotated[
        Path | None, typer.Option(help="A .mid file that plays as a visitor would.")
    ] = None,
    scene: Annotated[str | None, typer.Option(help="The scene to open with.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="End by itself after so long.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Play the same again: with the same seed.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="A .mid file to write the whole session to.")
    ] = None,
    wav: Annotated[Path | None, typer.Option(help="A .wav file to write the sound to.")] = None,
    screenshot: Annotated[
        Path | None, typer.Option(help="A .png file to write the picture to, as it ends.")
    ] = None,
) -> None:
    """Play, and let visitors play: with a window, unless --headless."""
    if style is not None and model is not None:
        raise typer.BadParameter("give --style or --model, not both")
    with exit_on_error(ConfigError):
        settings = load_config(config)
    if style is not None:
        settings = settings.with_values("style", name=style, model="")
    settings = settings.with_values("style", model=str(model) if model else None)
    settings = settings.with_values("midi", input=midi_in or None, output=midi_out or None)
    settings = settings.with_values("stage", scene=scene)

    from installation.process.workers import UNRECOVERABLE_ERRORS

    options = PlayOptions(
        config=settings,
        seed=secrets.randbits(SEED_BITS) if seed is None else seed,
        seconds=seconds,
        record=record,
        wav=wav,
        screenshot=screenshot,
        play_along=play_along,
    )
    with exit_on_error(OutputPathError, PlayError, *UNRECOVERABLE_ERRORS):
        for path in (record, wav, screenshot):
            check_output_path(path)
        _check_stage(options)
        _perform(options, headless)


def _check_stage(options: PlayOptions) -> None:
    """Raise `PlayError` for an unknown scene or language; the default ones need no check."""
    if options.config.stage == StageSettings():
        return  # saves the import of everything that draws
    from installation.process.stage_factory import (
        UnknownLanguageError,
        UnknownSceneError,
        check_stage_settings,
    )

    try:
        check_stage_settings(options.config.stage)
    except (UnknownLanguageError, UnknownSceneError) as error:
        raise PlayError(str(error)) from error


def _perform(options: PlayOptions, headless: bool) -> None:
    from installation.ops.logging_setup import set_up_logging
    from installation.process import launcher

    set_up_logging(options.config.log)
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    run = launcher.run_headless if headless else launcher.run_with_stage
    failure = run(options, stop)
    if failure is not None:
        raise PlayError(failure)
