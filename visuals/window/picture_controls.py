"""Picture controls: the settings of the picture that keys change for one visit."""

from __future__ import annotations

from visuals.input.key_bindings import (
    StageCommand,
    WindowCommand,
)
from visuals.window.stage_options import StageOptions

BRIGHTNESS_LEVELS = (0.15, 0.3, 0.5, 0.7, 1.0)
"""Shares of the configured brightness, one for each step of the brightness keys."""


class PictureControls:
    """Brightness, reduced motion and the statistics for operators.

    Parameters
    ----------
    options : StageOptions
        The settings at the start of each visit.

    Attributes
    ----------
    reduced_motion : bool
        Whether movement without meaning stands still.
    shows_statistics : bool
        Whether the punctuality of notes and frames is shown.
    """

    def __init__(self, options: StageOptions) -> None:
        self._options = options
        self.reset()

    @property
    def brightness(self) -> float:
        """Brightness of the whole picture, 0..1."""
        return self._options.brightness * BRIGHTNESS_LEVELS[self._brightness_step]

    def reset(self) -> None:
        """Go back to the options."""
        self._brightness_step, self.shows_statistics = len(BRIGHTNESS_LEVELS) - 1, False
        self.reduced_motion = self._options.reduced_motion

    def apply_command(self, command: WindowCommand) -> None:
        """Carry out a command about the picture; other commands change nothing."""
        match command:
            case StageCommand.DARKER | StageCommand.BRIGHTER:
                step = self._brightness_step + (-1 if command is StageCommand.DARKER else 1)
                self._brightness_step = min(len(BRIGHTNESS_LEVELS) - 1, max(0, step))
            case StageCommand.TOGGLE_REDUCED_MOTION:
                self.reduced_motion = not self.reduced_motion
            case StageCommand.TOGGLE_STATISTICS:
                self.shows_statistics = not self.shows_statistics
