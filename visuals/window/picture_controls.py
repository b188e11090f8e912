"""Picture controls: the settings of the picture that keys change for one visit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from visuals.input.key_bindings import (
    StageCommand,
    WindowCommand,
)
from visuals.window.stage_options import StageOptions

BRIGHTNESS_LEVELS = (0.15, 0.3, 0.5, 0.7, 1.0)
"""Shares of the configured brightness, one for each step of the brightness keys."""


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """Settings of the picture.

    Parameters
    ----------
    reduced_motion : bool
        Whether movement without meaning stands still.
    brightness_step : int
        Index of a brightness level.
    shows_statistics : bool
        Whether the punctuality of notes and frames is shown.
    """

    reduced_motion: bool
    brightness_step: int = len(BRIGHTNESS_LEVELS) - 1
    shows_statistics: bool = False


class PictureControls:
    """Brightness, reduced motion and the statistics for operators.

    Parameters
    ----------
    options : StageOptions
        The settings at the start of each visit.

    Attributes
    ----------
    settings : PictureSettings
    house_brightness : float
        Share of the brightness at this time of day, 0..1.
    """

    def __init__(self, options: StageOptions) -> None:
        self._options = options
        self.house_brightness = 1.0
        self.reset()

    @property
    def brightness(self) -> float:
        """Brightness of the whole picture, 0..1."""
        level = BRIGHTNESS_LEVELS[self.settings.brightness_step]
        return self._options.brightness * self.house_brightness * level

    @property
    def reduced_motion(self) -> bool:
        """Whether movement without meaning stands still."""
        return self.settings.reduced_motion

    @property
    def shows_statistics(self) -> bool:
        """Whether the punctuality of notes and frames is shown."""
        return self.settings.shows_statistics

    def reset(self) -> None:
        """Go back to the options."""
        self.settings = PictureSettings(self._options.reduced_motion)

    def apply_command(self, command: WindowCommand) -> None:
        """Carry out a command about the picture; other commands change nothing."""
        before = self.settings
        match command:
            case StageCommand.DARKER | StageCommand.BRIGHTER:
                step = before.brightness_step + (-1 if command is StageCommand.DARKER else 1)
                step = min(len(BRIGHTNESS_LEVELS) - 1, max(0, step))
                self.settings = replace(before, brightness_step=step)
            case StageCommand.TOGGLE_REDUCED_MOTION:
                self.settings = replace(before, reduced_motion=not before.reduced_motion)
            case StageCommand.TOGGLE_STATISTICS:
                self.settings = replace(before, shows_statistics=not before.shows_statistics)
