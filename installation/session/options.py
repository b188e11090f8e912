"""The options of one run of the piece, in a form that travels between processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from installation.config import Config

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
    """

    config: Config
    seed: int
    seconds: float | None = None
    record: Path | None = None
    wav: Path | None = None
    screenshot: Path | None = None
    play_along: Path | None = None

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
        )


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
