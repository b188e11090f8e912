"""The construction of the stage from the settings and the model."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module

from installation.config import StageSettings
from messages.cues import StageMessage
from messages.gestures import Gesture, ScancodeEvent
from rnn.model.checkpoint import Checkpoint
from visuals.input.computer_keyboard import ComputerKeyboard
from visuals.network_summary import NetworkSummary

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from rnn.teaching.probed_network import ProbedNetwork  # noqa: E402
from visuals import stage  # noqa: E402 - after the variable above is set
from visuals.lessons.trainer import LessonTrainer  # noqa: E402
from visuals.scenes import scene_types  # noqa: E402
from visuals.stage import UnknownSceneError  # noqa: E402
from visuals.window.frame_clock import DrawingQuality  # noqa: E402
from visuals.window.gc_policy import BetweenFramesGcPolicy, GcPolicy  # noqa: E402
from visuals.window.presenter import NoDisplayError, require_display  # noqa: E402
from visuals.words import UnknownLanguageError, load_words  # noqa: E402

__all__ = [
    "BetweenFramesGcPolicy",
    "NoDisplayError",
    "UnknownLanguageError",
    "UnknownSceneError",
    "require_display",
]


def preload_modules() -> None:
    """Import what would otherwise be imported at the first use."""
    scene_types()
    import_module("numpy.ma")  # needed by `numpy.unique`


def check_stage_settings(settings: StageSettings) -> None:
    """Check that the scene and the language exist.

    Parameters
    ----------
    settings : StageSettings

    Raises
    ------
    UnknownSceneError, UnknownLanguageError
    """
    names = [scene.name for scene in scene_types()]
    if settings.scene not in names:
        raise UnknownSceneError(f"no scene {settings.scene!r}; there are: {', '.join(names)}")
    load_words(settings.language)


class KeyLegendTracker:
    """What is written on the piano's keys: the computer's keyboard, shifted as its keys shift it.

    Parameters
    ----------
    sink : callable
        Gets each gesture; those of keys with how far the piano was shifted, so that whoever plays
        them, even one that has just begun, plays what is written.
    """

    def __init__(self, sink: Callable[[Gesture], None]) -> None:
        self._computer_keyboard, self._sink = ComputerKeyboard(), sink

    def forward_gesture(self, gesture: Gesture) -> None:
        """Send a gesture on."""
        if isinstance(gesture, ScancodeEvent):
            gesture = replace(gesture, octave_shift=self._computer_keyboard.octave_shift)
        self._sink(gesture)

    def legends_after(self, key: ScancodeEvent | None) -> dict[int, str]:
        """The legends after a key, or as they are to begin with."""
        if key is None:
            self._computer_keyboard = ComputerKeyboard()
        elif key.down:
            self._computer_keyboard.press(key.scancode)
        else:
            self._computer_keyboard.release(key.scancode)
        return self._computer_keyboard.legends_by_pitch()


def open_stage(
    settings: StageSettings,
    checkpoint: Checkpoint,
    poll: Callable[[], list[StageMessage]],
    sink: Callable[[Gesture], None],
    offscreen: bool = False,
    gc_policy: GcPolicy | None = None,
    partners: Sequence[Checkpoint] = (),
    lesson_trainer: LessonTrainer | None = None,
) -> stage.Stage:
    """Open the stage that shows a model.

    Parameters
    ----------
    settings : StageSettings
    checkpoint : Checkpoint
        The model to show.
    poll : callable
        Returns the messages since its last call.
    sink : callable
        Receives the gestures of visitors at the window.
    offscreen : bool
        Draw without a window.
    gc_policy : GcPolicy, optional
        For a process that only shows the stage.
    partners : sequence of Checkpoint
        Models that may be blended into the first.
    lesson_trainer : LessonTrainer, optional
        Trains the tunes of the lessons; by default the stage's own.

    Returns
    -------
    Stage

    Raises
    ------
    NoDisplayError
        If a window is needed and there is no display.
    UnknownSceneError, UnknownLanguageError
        If there is no scene or language of that name.
    """
    legends = KeyLegendTracker(sink)
    opening = stage.StageOptions(
        scene=settings.scene,
        width=settings.width,
        height=settings.height,
        fullscreen=settings.fullscreen,
        language=settings.language,
        legends=legends.legends_after(None),
        update_legends=legends.legends_after,
        rotation_interval_s=0.0 if offscreen else settings.rotate,
        reduced_motion=settings.reduced_motion,
        brightness=settings.brightness,
        quality=DrawingQuality(settings.quality),
        gpu=settings.gpu,
    )
    return stage.Stage(
        opening,
        NetworkSummary.from_checkpoint(checkpoint),
        poll,
        legends.forward_gesture,
        offscreen,
        partners=tuple(map(NetworkSummary.from_checkpoint, partners)),
        workshop=lesson_trainer,
        sweeper=gc_policy,
        subject=ProbedNetwork.from_checkpoint(checkpoint),
    )
