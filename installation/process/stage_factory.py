"""Showing: the stage, with what the house knows of network and settings put in."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module

from installation.config import StageSettings
from installation.process.lesson_trainer_process import ProcessLessonTrainer
from installation.session.guest_networks import GuestNetworks
from messages.cues import StageMessage
from messages.gestures import Gesture
from rnn.model.checkpoint import Checkpoint
from visuals.network_summary import NetworkSummary

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from rnn.teaching.probed_network import ProbedNetwork  # noqa: E402
from visuals import stage  # noqa: E402 - pygame greets whoever imports it, unless told not to
from visuals.scene_cache import UnknownSceneError, find_scene_type  # noqa: E402
from visuals.scenes import scene_types  # noqa: E402
from visuals.window.gc_policy import BetweenFramesGcPolicy, GcPolicy  # noqa: E402
from visuals.window.presenter import NoDisplayError, require_display  # noqa: E402
from visuals.window.stage_options import StageOptions  # noqa: E402
from visuals.words import UnknownLanguageError, load_words  # noqa: E402

__all__ = [
    "BetweenFramesGcPolicy",
    "NoDisplayError",
    "UnknownLanguageError",
    "UnknownSceneError",
    "require_display",
]


def preload_modules() -> None:
    """Import what is otherwise imported when it is first needed."""
    scene_types()
    import_module("numpy.ma")  # which numpy's `unique` asks for


def check_stage_settings(settings: StageSettings) -> None:
    """Find out early that there is no such scene or language.

    Raises
    ------
    UnknownSceneError, UnknownLanguageError
    """
    find_scene_type(settings.scene)
    load_words(settings.language)


def open_stage(
    settings: StageSettings,
    checkpoint: Checkpoint,
    poll: Callable[[], list[StageMessage]],
    sink: Callable[[Gesture], None],
    offscreen: bool = False,
    gc_policy: GcPolicy | None = None,
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
    gc_policy : GcPolicy, optional
        For a process that only draws.
    partners : sequence of Checkpoint
        The networks that may be blended into the first.

    Raises
    ------
    NoDisplayError
        If a window was wanted and there is no display.
    UnknownSceneError, UnknownLanguageError
        If the settings name one there is not.
    """
    values = settings.model_dump()
    if offscreen:
        values["rotate"] = 0.0
    return stage.Stage(
        StageOptions(**values, legends=True),
        NetworkSummary.from_checkpoint(checkpoint),
        poll,
        sink,
        offscreen,
        partners=[NetworkSummary.from_checkpoint(partner) for partner in partners],
        lesson_trainer=None if offscreen else ProcessLessonTrainer(),
        gc_policy=gc_policy,
        probed_network=ProbedNetwork.from_checkpoint(checkpoint),
        network_source=GuestNetworks(),
    )
