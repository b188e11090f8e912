"""The construction of the stage from the settings and the model."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from importlib import import_module

from installation.config import StageSettings
from installation.io.control.control_messages import ControlError, ControlMessage
from installation.ops.metrics import Setting
from installation.session.guest_networks import GuestNetworks
from messages.cues import StageMessage
from messages.gestures import Gesture
from messages.lesson_answers import LessonAnswer
from rnn.model.checkpoint import Checkpoint
from visuals.network_summary import NetworkSummary

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from rnn.teaching.probed_network import ProbedNetwork
from visuals import stage  # after the variable above is set
from visuals.drawing.typography import illegibility
from visuals.input.operator_lock import OperatorLock
from visuals.lessons import lesson_types
from visuals.lessons.base.trainer import LessonTrainer
from visuals.scene_cache import UnknownSceneError, find_scene_type
from visuals.scenes import scene_types
from visuals.tour import TOUR_NAME
from visuals.view_state import ViewState
from visuals.window.gc_policy import BetweenFramesGcPolicy, GcPolicy
from visuals.window.presenter import NoDisplayError, require_display
from visuals.window.stage_options import StageOptions
from visuals.words import UnknownLanguageError, languages, load_words

__all__ = [
    "BetweenFramesGcPolicy",
    "NoDisplayError",
    "UnknownLanguageError",
    "UnknownSceneError",
    "require_display",
]

log = logging.getLogger(__name__)


def preload_modules() -> None:
    """Import and read what would otherwise be at the first use."""
    scene_types()
    for language in languages():
        load_words(language)
    import_module("numpy.ma")  # needed by `numpy.unique`


def check_stage_settings(settings: StageSettings) -> None:
    """Check that the scene, the language and the lesson exist.

    Parameters
    ----------
    settings : StageSettings

    Raises
    ------
    UnknownSceneError, UnknownLanguageError
    """
    find_scene_type(settings.scene)
    load_words(settings.language)
    lessons = [*(lesson.name for lesson in lesson_types()), TOUR_NAME] if settings.lesson else [""]
    if settings.lesson not in lessons:
        raise UnknownSceneError(f"no lesson {settings.lesson!r}; there are: {', '.join(lessons)}")


def open_stage(
    settings: StageSettings,
    checkpoint: Checkpoint,
    poll: Callable[[], list[StageMessage]],
    sink: Callable[[Gesture], None],
    offscreen: bool = False,
    gc_policy: GcPolicy | None = None,
    partners: Sequence[Checkpoint] = (),
    lesson_trainer: LessonTrainer | None = None,
    restored: ViewState | None = None,
    operator_lock: OperatorLock | None = None,
    report_answer: Callable[[LessonAnswer], None] | None = None,
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
        For a process that only draws.
    partners : sequence of Checkpoint
        Models that may be blended into the first.
    lesson_trainer : LessonTrainer, optional
        Trains the tunes of the lessons; by default in this process.
    restored : ViewState, optional
        What an earlier stage showed.
    operator_lock : OperatorLock, optional
        Keeps visitors inside the piece, which then fills the screen.
    report_answer : callable, optional
        Takes what came of each question of a lesson; without it none is asked.

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
    values = settings.model_dump()
    if restored is None and (fault := illegibility(settings.distance)):  # said once
        log.warning("%s", fault)
    if offscreen:
        values["rotate"] = 0.0
    values["fullscreen"] |= operator_lock is not None
    return stage.Stage(
        StageOptions(**values, legends=True, operator_lock=operator_lock),
        NetworkSummary.from_checkpoint(checkpoint),
        poll,
        sink,
        offscreen,
        partners=[NetworkSummary.from_checkpoint(partner) for partner in partners],
        lesson_trainer=lesson_trainer,
        gc_policy=gc_policy,
        probed_network=ProbedNetwork.from_checkpoint(checkpoint),
        network_source=GuestNetworks(checkpoint),
        restored=restored,
        report_answer=report_answer,
    )


def apply_staff_control(stage_shown: stage.Stage, control: ControlMessage) -> None:
    """Carry out what the staff asks; controls of other processes are left out.

    Parameters
    ----------
    stage_shown : Stage
    control : ControlMessage

    Raises
    ------
    ControlError
        If there is no such scene or language.
    """
    view = stage_shown.view
    try:
        match control.name, control.values:
            case "scene", (name,):
                view.choose_scene(str(name))
            case "language", (language,):
                view.set_home_language(str(language))
            case "test_picture", (on,):
                view.show_test_picture(bool(on))
    except (UnknownSceneError, UnknownLanguageError) as error:
        raise ControlError(str(error)) from error


def stage_settings(stage_shown: stage.Stage) -> dict[str, Setting]:
    """What the staff may change at the stage.

    Parameters
    ----------
    stage_shown : Stage

    Returns
    -------
    dict of str to Setting
        By name.
    """
    view = stage_shown.view
    scenes = tuple(scene.name for scene in scene_types())
    return {
        "scene": Setting(view.scene.name, scenes),
        "language": Setting(view.language, languages()),
        "test_picture": Setting(float(view.shows_test_picture)),
    }
