"""`hidden-state play`: the piece itself."""

from __future__ import annotations

import logging
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption, ModelOption, StyleOption

if TYPE_CHECKING:  # imported while the child processes start
    from installation.config import Config
    from installation.process.launcher import WebRoleMaker
    from installation.process.workers import SpawnedChildren
    from installation.session.options import PlayOptions

SEED_BITS = 31  # size of a random seed, bits

log = logging.getLogger(__name__)


class PlayError(ValueError):
    """The piece cannot be played as asked."""


@dataclass(frozen=True, slots=True)
class GivenSettings:
    """Settings on the command line, which hold whatever set is chosen.

    Parameters
    ----------
    style : str, optional
    model : Path, optional
    midi_in, midi_out : list of str, optional
    kiosk, web : bool
    """

    style: str | None = None
    model: Path | None = None
    midi_in: list[str] | None = None
    midi_out: list[str] | None = None
    kiosk: bool = False
    web: bool = False

    def apply(self, config: Config) -> Config:
        """Settings with those that are given in the place of others."""
        if self.style is not None:
            config = config.with_values("style", name=self.style, model="")
        config = config.with_values("style", model=str(self.model) if self.model else None)
        ports = {"input": self.midi_in or None, "output": self.midi_out or None}
        config = config.with_values("midi", **ports)
        config = config.with_values("kiosk", enabled=self.kiosk or None)
        return config.with_values("web", enabled=self.web or None)


def choose_settings(config: Config, set_name: str, given: GivenSettings) -> PlayOptions:
    """Options of a piece with a set, and with what the command line gives.

    Parameters
    ----------
    config : Config
    set_name : str
        Empty for none.
    given : GivenSettings
        They go before the set that is named with them; a set that is chosen later goes before them.

    Returns
    -------
    PlayOptions

    Raises
    ------
    SetError
        If there is no such set, or it names what is not there.
    """
    from installation.session.options import PlayOptions

    options = PlayOptions(given.apply(config), seed=0).with_set(set_name)
    return replace(options, config=given.apply(options.config))


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
    set_name: Annotated[
        str | None, typer.Option("--set", help="A set, by its name or its .toml file.")
    ] = None,
    scene: Annotated[str | None, typer.Option(help="The first scene.")] = None,
    lesson: Annotated[str | None, typer.Option(help="A lesson to begin with.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    kiosk: Annotated[
        bool, typer.Option("--kiosk", help="Keep visitors inside the piece: see \\[kiosk].")
    ] = False,
    web: Annotated[bool, typer.Option("--web", help="Serve the staff page.")] = False,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds after which the piece ends.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed: the same one plays the same again."),
    ] = None,
    record: Annotated[Path | None, typer.Option(help="A .mid file for the whole session.")] = None,
    wav: Annotated[Path | None, typer.Option(help="A .wav file for the sound.")] = None,
    screenshot: Annotated[
        Path | None, typer.Option(help="A .png file for the last picture.")
    ] = None,
) -> None:
    """Play, and let visitors play: with a window, unless --headless."""
    if style is not None and model is not None:
        raise typer.BadParameter("give --style or --model, not both")
    # stage and performer import their modules while the settings are read
    children, lack = (None, "") if headless else _spawn_children()
    try:
        from installation.config import ConfigError, load_config
        from installation.sets.set_file import SetError

        given = GivenSettings(style, model, midi_in, midi_out, kiosk, web)
        with exit_on_error(ConfigError, SetError):
            options = choose_settings(load_config(config), set_name or "", given)
        options = replace(
            options,
            config=options.config.with_values("stage", scene=scene, lesson=lesson),
            seed=secrets.randbits(SEED_BITS) if seed is None else seed,
            seconds=seconds,
            record=record,
            wav=wav,
            screenshot=screenshot,
            play_along=play_along,
        )
        _check_files_and_stage(options)
        with _one_instance(options.config.kiosk.enabled):
            _run(options, children, lack)
    finally:
        if children is not None:
            children.close()


def _spawn_children() -> tuple[SpawnedChildren | None, str]:
    """Stage and performer, or why the machine cannot have both."""
    from installation.process.shared_ring import SharedMemoryError
    from installation.process.workers import SpawnedChildren

    try:
        return SpawnedChildren.spawn(), ""
    except SharedMemoryError as error:
        return None, str(error)


def _web_role_maker(options: PlayOptions) -> WebRoleMaker | None:
    """What makes the role of the web process; None if there is none."""
    if not options.config.web.enabled:
        return None
    from installation.staff_pin import PinError, load_pin_hash
    from installation.web.web_process import create_web_role

    with exit_on_error(PinError):
        load_pin_hash(options.config.web)
    return create_web_role


def _check_files_and_stage(options: PlayOptions) -> None:
    """Check the output files, the style or the model, the scene and the language."""
    from installation.config import StageSettings
    from installation.session.options import OutputPathError, check_output_path
    from rnn.styles import UnknownStyleError, style_path

    config = options.config
    with exit_on_error(OutputPathError, UnknownStyleError):
        for path in (options.record, options.wav, options.screenshot):
            check_output_path(path)
        if not config.style.model:  # our own styles need not be read
            style_path(config.style.name)
    if config.style.model:
        from installation.session.model_loading import load_model
        from rnn.model.checkpoint import CheckpointError

        with exit_on_error(CheckpointError):
            load_model(config.style)
    if config.stage == StageSettings():
        return  # the default scene and language exist; the stage need not be imported
    from installation.session.stage_factory import (
        UnknownLanguageError,
        UnknownSceneError,
        check_stage_settings,
    )

    with exit_on_error(UnknownLanguageError, UnknownSceneError):
        check_stage_settings(config.stage)


@contextmanager
def _one_instance(is_kiosk: bool) -> Iterator[None]:
    """Hold the lock that keeps a second exhibit from running on this machine."""
    if not is_kiosk:
        yield
        return
    from installation.kiosk.instance_lock import AlreadyRunningError, InstanceLock

    with exit_on_error(AlreadyRunningError):
        lock = InstanceLock()
    try:
        yield
    finally:
        lock.release()


def _run(options: PlayOptions, children: SpawnedChildren | None, lack: str = "") -> None:
    """Play in child processes with a window, or in this process without one."""
    from installation.ops.logging_setup import LogFileError, set_up_logging
    from installation.process.process_lifetime import StopFlag
    from installation.process.shared_ring import SharedMemoryError

    with exit_on_error(LogFileError):
        set_up_logging(options.config.log)
    stop, failure = StopFlag(), None
    stop.set_at_signals(signal.SIGINT, signal.SIGTERM)
    if children is not None:
        from installation.process.launcher import run_with_stage

        try:
            failure = run_with_stage(options, stop, children, _web_role_maker(options))
        except SharedMemoryError as error:
            children.close()
            children, lack = None, str(error)
    if children is None:
        from installation.process.headless import run_headless
        from installation.session.unrecoverable_errors import UNRECOVERABLE_ERRORS

        if options.config.web.enabled:
            log.warning("no staff page: it is served only where a window was asked for")
        if lack:
            log.error("%s: playing without a window", lack)
        with exit_on_error(*UNRECOVERABLE_ERRORS):
            failure = run_headless(options, stop)
    with exit_on_error(PlayError):
        if failure is not None:
            raise PlayError(failure)
    if options.config.kiosk.enabled and stop.by_staff:
        from installation.kiosk.service_units import STAFF_EXIT_STATUS

        raise typer.Exit(STAFF_EXIT_STATUS)
