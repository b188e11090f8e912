"""Showing: the stage, with what the house knows of network and settings put in."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module

from installation.config import StageSettings
from installation.process.lesson_trainer_process import ProcessWorkshop
from messages.cues import Message
from messages.gestures import Gesture, Key
from rnn.model.checkpoint import Checkpoint
from visuals.input.computer_keyboard import ComputerKeys
from visuals.network_summary import Anatomy

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from rnn.teaching.probed_network import Subject  # noqa: E402
from visuals import stage  # noqa: E402 - pygame greets whoever imports it, unless told not to
from visuals.scenes import scene_types  # noqa: E402
from visuals.stage import UnknownSceneError  # noqa: E402
from visuals.window.frame_clock import Quality  # noqa: E402
from visuals.window.gc_policy import GarbageSweeper, Sweeper  # noqa: E402
from visuals.window.presenter import NoDisplayError, show_display  # noqa: E402
from visuals.words import UnknownLanguageError, load_words  # noqa: E402

__all__ = [
    "GarbageSweeper",
    "NoDisplayError",
    "UnknownLanguageError",
    "UnknownSceneError",
    "show_display",
]


def prepare() -> None:
    """Import what is otherwise imported when it is first needed."""
    scene_types()
    import_module("numpy.ma")  # which numpy's `unique` asks for


def check_stage(settings: StageSettings) -> None:
    """Find out early that there is no such scene or language.

    Raises
    ------
    UnknownSceneError, UnknownLanguageError
    """
    names = [scene.name for scene in scene_types()]
    if settings.scene not in names:
        raise UnknownSceneError(f"no scene {settings.scene!r}; there are: {', '.join(names)}")
    load_words(settings.language)


class Legends:
    """What is written on the piano's keys: the computer's keyboard, shifted as its keys shift it.

    Parameters
    ----------
    sink : callable
        Gets each gesture; those of keys with how far the piano was shifted, so that whoever plays
        them, even one that has just begun, plays what is written.
    """

    def __init__(self, sink: Callable[[Gesture], None]) -> None:
        self._keys, self._sink = ComputerKeys(), sink

    def pass_on(self, gesture: Gesture) -> None:
        """Send a gesture on."""
        if isinstance(gesture, Key):
            gesture = replace(gesture, shift=self._keys.shift)
        self._sink(gesture)

    def after(self, key: Key | None) -> dict[int, str]:
        """The legends after a key, or as they are to begin with."""
        if key is None:
            self._keys = ComputerKeys()
        elif key.down:
            self._keys.press(key.scancode)
        else:
            self._keys.release(key.scancode)
        return self._keys.legends()


def open_stage(
    settings: StageSettings,
    checkpoint: Checkpoint,
    poll: Callable[[], list[Message]],
    sink: Callable[[Gesture], None],
    offscreen: bool = False,
    sweeper: Sweeper | None = None,
    partners: Sequence[Checkpoint] = (),
) -> stage.Stage:
    """The stage of a network.

    Parameters
    ----------
    settings : StageSettings
    checkpoint : Checkpoint
        The network to be drawn.
    poll : callable
        Gives the messages that came since the last call.
    sink : callable
        Gets what a visitor does at the window.
    offscreen : bool
        Draw without a window.
    sweeper : Sweeper, optional
        Of a process that does nothing but show.
    partners : sequence of Checkpoint
        The networks that may be blended into the first.

    Raises
    ------
    NoDisplayError
        If a window was wanted and there is no display.
    UnknownSceneError, UnknownLanguageError
        If the settings name one there is not.
    """
    legends = Legends(sink)
    opening = stage.StageSettings(
        scene=settings.scene,
        width=settings.width,
        height=settings.height,
        fullscreen=settings.fullscreen,
        language=settings.language,
        legends=legends.after(None),
        relabel=legends.after,
        rotate=0.0 if offscreen else settings.rotate,
        still=settings.reduced_motion,
        brightness=settings.brightness,
        quality=Quality(settings.quality),
        gpu=settings.gpu,
    )
    troupe = tuple(map(Anatomy.of, partners))
    workshop = None if offscreen else ProcessWorkshop()
    return stage.Stage(
        opening,
        Anatomy.of(checkpoint),
        poll,
        legends.pass_on,
        offscreen,
        partners=troupe,
        workshop=workshop,
        sweeper=sweeper,
        subject=Subject.of(checkpoint),
    )
