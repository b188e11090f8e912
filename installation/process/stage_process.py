"""The stage's process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from installation.config import Config
from installation.io.control.control_messages import (
    ControlError,
    ControlMessage,
    ControlRefusal,
)
from installation.kiosk.house_rules import HouseRules
from installation.ops.answer_log import AnswerLog
from installation.ops.metrics import FrameRateMeter, ProcessMetrics, resident_memory_bytes
from installation.process.control_pipe import (
    HEARTBEAT_INTERVAL_NS,
    ControlPipe,
    PipeMessage,
    StageOpened,
    UnrecoverableFailure,
)
from installation.process.gesture_channel import GestureSender
from installation.process.lesson_trainer_process import ProcessLessonTrainer
from installation.process.picture_channel import PictureCopier
from installation.process.shared_ring import SharedRing, make_ring_reader
from installation.session.blend_partners import load_blend_partners
from installation.session.model_loading import load_model
from installation.session.options import PlayOptions
from installation.session.stage_factory import (
    BetweenFramesGcPolicy,
    NoDisplayError,
    apply_staff_control,
    open_stage,
    require_display,
    stage_settings,
)
from installation.staff_pin import PinError, verify_pin, window_pin_hash
from installation.thread_priority import use_batch_unless_realtime
from messages.clock import SECOND, Clock, MonotonicClock
from messages.crowd import AudienceCodes, CrowdChange, DuetReplay, LikedMotifs
from messages.training import TrainingStatus
from rnn.model.checkpoint import CheckpointError
from rnn.styles import UnknownStyleError
from visuals.input.operator_lock import OperatorLock
from visuals.stage import Stage

SWITCH_INTERVAL_S = 0.001
"""Time a thread that builds scenes keeps the interpreter from frames and keys, s."""
WARM_UP_FRAMES = 30
"""Frames after which a stage builds its scenes; when they are built, no frame may take long."""
INITIAL_RETRY_DELAY_NS, MAX_RETRY_DELAY_NS = SECOND // 2, 8 * SECOND
"""First and longest time between two attempts to find a display, ns; it doubles each time."""

MODEL_ERROR_WAIT_S = 10.0
"""Longest wait for the end of a piece whose model cannot be loaded, seconds."""

StageControl = (
    ControlMessage
    | HouseRules
    | CrowdChange
    | AudienceCodes
    | LikedMotifs
    | DuetReplay
    | TrainingStatus
)

log = logging.getLogger(__name__)


def run_stage(
    control_pipe: ControlPipe,
    options: PlayOptions,
    ring_name: str,
    restart_count: int,
    picture_ring_name: str = "",
) -> None:
    """Show the stage until told to stop; a ring may take small copies of the picture."""
    use_batch_unless_realtime()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    clock, ring = MonotonicClock(), SharedRing.attach(ring_name)
    controls: SimpleQueue[StageControl] = SimpleQueue()
    control_pipe.open(lambda message: _queue_control(message, controls))
    if restart_count and not await_display(require_display, NoDisplayError, control_pipe, clock):
        return
    if control_pipe.gestures is None:
        raise ValueError("a stage needs a gesture channel")
    sender = GestureSender(control_pipe.gestures, control_pipe.send)
    style = options.config.style
    try:
        checkpoint = load_model(style)
        partners = load_blend_partners(style, checkpoint)
    except (UnknownStyleError, CheckpointError):
        control_pipe.stop.wait(MODEL_ERROR_WAIT_S)  # the performer reports it and ends the piece
        return
    answer_log = AnswerLog(Path(options.config.recording.folder))
    try:
        stage = open_stage(
            options.config.window,
            checkpoint,
            make_ring_reader(ring),
            sender.send,
            partners=partners,
            lesson_trainer=ProcessLessonTrainer(),
            gc_policy=BetweenFramesGcPolicy(),
            operator_lock=_create_lock(options.config),
            restored=control_pipe.kept_state,
            report_answer=answer_log.record,
        )
    except NoDisplayError as error:
        failure = f"no display ({error}): playing without a window"
        control_pipe.send(UnrecoverableFailure(failure))
        return
    control_pipe.send(StageOpened(clock.now()))  # an earlier stage may have shown another model
    copier = PictureCopier(picture_ring_name) if picture_ring_name else None
    try:
        _show_frames(stage, control_pipe, controls, copier, answer_log, clock)
        if options.screenshot is not None:
            stage.save_screenshot(options.screenshot)
    finally:
        if copier is not None:
            copier.close()
        stage.close()
        answer_log.close()
        sender.close()
        control_pipe.close()
        ring.close()


def _show_frames(
    stage: Stage,
    control_pipe: ControlPipe,
    controls: SimpleQueue[StageControl],
    copier: PictureCopier | None,
    answer_log: AnswerLog,
    clock: Clock,
) -> None:
    """Show frame after frame until told to stop, and send heartbeats."""
    frame_rate, frame_count = FrameRateMeter(), 0

    def collect_metrics() -> ProcessMetrics:
        return ProcessMetrics(
            resident_memory_bytes(),
            frame_rate=frame_rate.frames_per_second,
            sync=stage.stage_timing,
            picture=stage.picture_status,
            settings=stage_settings(stage),
            answers=answer_log.counts,
        )

    while not control_pipe.stop.is_set():
        while not controls.empty():
            apply_control(stage, controls.get(), control_pipe.send)
        stage.show_frame()
        now = clock.now()
        if copier is not None:
            copier.copy_next_band(stage.picture, now)
        frame_rate.record_frame(now)
        frame_count += 1
        is_building = stage.scenes.is_building or stage.lesson_browser.is_building
        is_ready = frame_count > WARM_UP_FRAMES and not is_building
        control_pipe.send_heartbeat(now, collect_metrics, is_ready)
        control_pipe.keep_state(stage.capture_state())


def _queue_control(message: PipeMessage, controls: SimpleQueue[StageControl]) -> None:
    if isinstance(message, StageControl):
        controls.put(message)


def apply_control(stage: Stage, control: StageControl, send: Callable[[PipeMessage], None]) -> None:
    """Do at the stage what the supervisor tells; `send` takes the answer."""
    match control:
        case HouseRules():
            stage.view.set_house_rules(control.brightness, control.lessons_only)
        case CrowdChange():
            stage.view.show_crowd(control.lights)
        case AudienceCodes():
            stage.view.show_codes(control.codes)
        case DuetReplay():
            stage.view.play_again(control)
        case LikedMotifs():
            stage.view.show_motifs(control)
        case TrainingStatus():
            stage.view.show_training(control)
        case ControlMessage():
            try:
                apply_staff_control(stage, control)
            except ControlError as error:
                send(ControlRefusal(control, str(error)))


def _create_lock(config: Config) -> OperatorLock | None:
    """The lock that keeps visitors inside the piece, if the settings ask for it."""
    return OperatorLock(partial(_is_staff_pin, config)) if config.kiosk.enabled else None


def _is_staff_pin(config: Config, pin: str) -> bool:
    try:
        return verify_pin(pin, window_pin_hash(config))
    except PinError as error:
        log.warning("no PIN is right at the window: %s", error)
        return False


def await_display(
    require_display: Callable[[], None],
    error_type: type[Exception],
    control_pipe: ControlPipe,
    clock: Clock,
) -> bool:
    """Try to find a display until there is one, and send heartbeats meanwhile."""
    delay, warned = INITIAL_RETRY_DELAY_NS, False
    while not control_pipe.stop.is_set():
        try:
            require_display()
        except error_type as error:
            if not warned:
                log.warning("no display (%s): the music plays on; trying again", error)
                warned = True
        else:
            return True
        retry_at = clock.now() + delay
        while clock.now() < retry_at and not control_pipe.stop.wait(HEARTBEAT_INTERVAL_NS / SECOND):
            control_pipe.send_heartbeat(clock.now(), ready=False)
        delay = min(MAX_RETRY_DELAY_NS, 2 * delay)
    return False
