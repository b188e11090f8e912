"""Options: what one run of the piece was asked for, in a form that travels between processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from installation.config import Config


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """One run.

    Parameters
    ----------
    config : Config
        With what the command line overrides already put in.
    seed : int
        Of everything composed.
    seconds : float or None
        Ends by itself after so long.
    record : Path or None
        A .mid file of the whole session.
    wav : Path or None
        A .wav file of what the embedded synth plays.
    screenshot : Path or None
        A .png file of the stage as it ends.
    play_along : Path or None
        A .mid file that plays as a visitor would.
    """

    config: Config
    seed: int
    seconds: float | None = None
    record: Path | None = None
    wav: Path | None = None
    screenshot: Path | None = None
    play_along: Path | None = None


class OutputPathError(ValueError):
    """A file that was asked for cannot be written there."""


def check_output_path(path: Path | None) -> None:
    """Find out early that a file cannot be written, without writing it.

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
