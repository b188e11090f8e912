"""`hidden-state play`: the piece itself."""

from __future__ import annotations

import secrets
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installation.cli.errors import exit_on_error

if TYPE_CHECKING:  # imported when the child processes are on their way
    from installation.config import Config
    from installation.process.spawned_process import SpawnedProcess
    from installation.session.options import PlayOptions

SEED_BITS = 31


class PlayError(ValueError):
    """The piece cannot be played as asked."""


def play(
    style: Annotated[str | None, typer.Option(help="A trained style, by name.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model file of your own.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings; by default config.toml, if it is here.")
    ] = None,
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
    children = [] if headless else _spawn_children()
    try:
        from installation.config import ConfigError, load_config

        with exit_on_error(ConfigError):
            settings = load_config(config)
        settings = _with_table(settings, "style", name=style, model=str(model) if model else None)
        if style is not None:
            settings = _with_table(settings, "style", model="")
        settings = _with_table(settings, "midi", input=midi_in or None, output=midi_out or None)
        settings = _with_table(settings, "stage", scene=scene)
        from installation.session.options import PlayOptions

        options = PlayOptions(
            config=settings,
            seed=secrets.randbits(SEED_BITS) if seed is None else seed,
            seconds=seconds,
            record=record,
            wav=wav,
            screenshot=screenshot,
            play_along=play_along,
        )
        _run_checked(options, children)
    finally:
        for child in children:
            child.kill()


def _spawn_children() -> list[SpawnedProcess]:
    """Spawn stage and performer first: they import their modules while the settings are read."""
    from installation.process.spawned_process import SpawnedProcess
    from installation.process.workers import preload_performer_modules, preload_stage_modules

    preloads = {"stage": preload_stage_modules, "performer": preload_performer_modules}
    return [SpawnedProcess.spawn(name, preload) for name, preload in preloads.items()]


def _run_checked(options: PlayOptions, children: list[SpawnedProcess]) -> None:
    """Check files and names early, then play; an error is one line."""
    from installation.session.options import OutputPathError, check_output_path
    from installation.session.unrecoverable_errors import UNRECOVERABLE_ERRORS

    with exit_on_error(OutputPathError, PlayError, *UNRECOVERABLE_ERRORS):
        for path in (options.record, options.wav, options.screenshot):
            check_output_path(path)
        _check_stage(options)
        failure = _run(options, children)
        if failure is not None:
            raise PlayError(failure)


def _with_table(config: Config, table: str, **values: object) -> Config:
    """The settings with one table overridden by the values that are not None."""
    given = {key: value for key, value in values.items() if value is not None}
    changed = getattr(config, table).model_copy(update=given)
    return config.model_copy(update={table: changed})


def _check_stage(options: PlayOptions) -> None:
    """Check that scene and language exist; the default ones do."""
    from installation.config import StageSettings

    if options.config.stage == StageSettings():
        return  # without importing the stage
    from installation.session.stage_factory import (
        UnknownLanguageError,
        UnknownSceneError,
        check_stage_settings,
    )

    try:
        check_stage_settings(options.config.stage)
    except (UnknownLanguageError, UnknownSceneError) as error:
        raise PlayError(str(error)) from error


def _run(options: PlayOptions, children: list[SpawnedProcess]) -> str | None:
    """Play, with a window if there are child processes; the reason of a failure."""
    from installation.ops.logging_setup import set_up_logging
    from installation.process.process_lifetime import StopFlag

    set_up_logging(options.config.log)
    stop = StopFlag()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    if children:
        from installation.process.launcher import run_with_stage

        stage, performer = children
        return run_with_stage(options, stop, performer, stage)
    from installation.process.headless import run_headless

    return run_headless(options, stop)
