"""The options of one run of the piece, in a form that travels between processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from installation.config import Config
from installation.sets.set_file import NO_SET, SetError, apply_set

RESTART_SEED_STEP = 1_000_003
"""Difference of the seeds of a performer and of the one that replaces it."""
MIN_REMAINING_S = 0.1  # shortest duration of a restarted run, seconds


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """Options of one run.

    Parameters
    ----------
    config : Config
        Settings, overridden by the command line.
    seed : int
        Random seed of everything composed.
    seconds : float or None
        Duration after which the run ends by itself, seconds.
    record : Path or None
        .mid file for the whole session.
    wav : Path or None
        .wav file for the sound of the embedded synth.
    screenshot : Path or None
        .png file for the stage at the end.
    play_along : Path or None
        .mid file that plays as a visitor would.
    set_name : str
        Name or path of the set whose values `config` has; empty for none.
    config_without_set : Config or None
        Settings to which another set is applied; None for `config`.
    is_restart : bool
        Whether an earlier process had these options and all that they name.
    """

    config: Config
    seed: int
    seconds: float | None = None
    record: Path | None = None
    wav: Path | None = None
    screenshot: Path | None = None
    play_along: Path | None = None
    set_name: str = ""
    config_without_set: Config | None = None
    is_restart: bool = False

    def with_set(self, name: str) -> PlayOptions:
        """Options with another set.

        Parameters
        ----------
        name : str
            Empty or `NO_SET` for none.

        Returns
        -------
        PlayOptions

        Raises
        ------
        SetError
            If there is no such set, or it names what is not there.
        """
        base = self.config_without_set or self.config
        if name in ("", NO_SET):
            return replace(self, config=base, set_name="", config_without_set=base)
        config = apply_set(base, name)
        _check_choices(config, name)
        return replace(self, config=config, set_name=name, config_without_set=base)

    def config_of_set(self, name: str) -> Config:
        """Settings with the set that plays, which was checked when it was chosen.

        Parameters
        ----------
        name : str
            Empty for the set of the start, `NO_SET` for none.

        Returns
        -------
        Config

        Raises
        ------
        SetError
            If its file is gone, or has changed to one that is not accepted.
        """
        if name in ("", self.set_name):
            return self.config
        base = self.config_without_set or self.config
        return base if name == NO_SET else apply_set(base, name)

    def after_restarts(self, restart_count: int, passed_s: float) -> PlayOptions:
        """Options of a process that replaces another: other music, other files, less time.

        Parameters
        ----------
        restart_count : int
            Number of earlier processes.
        passed_s : float
            Time since the first of them started, seconds.

        Returns
        -------
        PlayOptions
        """
        if not restart_count:
            return self
        rest_s = None if self.seconds is None else max(MIN_REMAINING_S, self.seconds - passed_s)
        return replace(
            self,
            seed=restart_seed(self.seed, restart_count),
            seconds=rest_s,
            record=_numbered_path(self.record, restart_count),
            wav=_numbered_path(self.wav, restart_count),
            play_along=None,
            is_restart=True,
        )


def _check_choices(config: Config, name: str) -> None:
    """Raise `SetError` if style, instruments or scene of a set do not exist."""
    from installation.io.audio.instruments import InstrumentError  # no start waits for these
    from installation.session.chosen_instruments import instrument_paths
    from rnn.styles import UnknownStyleError, style_path
    from visuals.scenes import SCENE_NAMES

    try:
        instrument_paths(config.sound, has_band=True)
        for style in (config.style.name, *config.style.blend):
            if not config.style.model and style != "*":
                style_path(style)
    except (InstrumentError, UnknownStyleError) as error:
        raise SetError(f"set {name}: {error}") from error
    if config.stage.scene not in SCENE_NAMES:
        scenes = ", ".join(SCENE_NAMES)
        raise SetError(f"set {name}: no scene {config.stage.scene!r}; there are {scenes}")


def restart_seed(seed: int, restart_count: int) -> int:
    """Seed of a performer that was restarted, so that it plays other music.

    Parameters
    ----------
    seed : int
        Seed of the first performer.
    restart_count : int

    Returns
    -------
    int
    """
    return seed + restart_count * RESTART_SEED_STEP


def _numbered_path(path: Path | None, restart_count: int) -> Path | None:
    return None if path is None else path.with_stem(f"{path.stem}-{restart_count + 1}")


class OutputPathError(ValueError):
    """A file that was asked for cannot be written there."""


def check_output_path(path: Path | None) -> None:
    """Check that a file can be written, without writing it.

    Parameters
    ----------
    path : Path or None

    Raises
    ------
    OutputPathError
    """
    if path is None:
        return
    folder = path.resolve().parent
    if not folder.is_dir():
        raise OutputPathError(f"{path} cannot be written: there is no folder {path.parent}")
    if path.is_dir():
        raise OutputPathError(f"{path} cannot be written: it is a folder")
    try:
        probe = folder / f".{path.name}.probe"
        probe.touch(exist_ok=True)
        probe.unlink()
    except OSError as error:
        raise OutputPathError(f"{path} cannot be written: {error.strerror}") from error
