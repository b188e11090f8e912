"""The performer's process."""

from __future__ import annotations

from collections.abc import Callable

from installation.engine.publisher import Subscriber
from installation.io.control.control_messages import (
    ControlError,
    ControlMessage,
    ControlRefusal,
)
from installation.kiosk.house_rules import HouseRules
from installation.process.control_pipe import (
    ControlPipe,
    PipeMessage,
    StageLost,
    StageOpened,
    UnrecoverableFailure,
    WorkFinished,
)
from installation.process.gesture_channel import GestureReceiver
from installation.process.shared_ring import SharedRing
from installation.session.live_session import LiveSession
from installation.session.options import PlayOptions
from installation.session.unrecoverable_errors import UNRECOVERABLE_ERRORS
from messages.clock import MonotonicClock
from messages.crowd import CrowdChange
from messages.cues import ModelChange, StageMessage
from messages.wire_format import pack


class RingCueSink(Subscriber):
    """Writes messages to a ring."""

    def __init__(self, ring: SharedRing) -> None:
        self._ring = ring

    def send_message(self, message: StageMessage) -> None:
        self._ring.write(pack(message))


def run_performer(
    control_pipe: ControlPipe, options: PlayOptions, ring_name: str, restart_count: int
) -> None:
    """Play until told to stop."""
    clock = MonotonicClock()
    ring = SharedRing.attach(ring_name)
    cues = RingCueSink(ring)
    cues.send_message(ModelChange())  # an earlier performer may have played another model
    try:
        session = LiveSession(options, cues, clock, control_pipe.send)
    except UNRECOVERABLE_ERRORS as error:
        control_pipe.send(UnrecoverableFailure(str(error)))
        return

    if session.max_cue_bytes > ring.slot_bytes:
        control_pipe.send(UnrecoverableFailure("the model is too large for the stage"))
        session.close()
        return
    receiver = None
    if control_pipe.gestures is not None:
        is_first = restart_count == 0
        receiver = GestureReceiver(control_pipe.gestures, session.window, clock.now, is_first)
        receiver.start()

    def send_heartbeat() -> None:
        control_pipe.send_heartbeat(clock.now(), session.collect_metrics)
        if session.midi_dead:
            control_pipe.stop.set()

    control_pipe.open(lambda message: handle_message(message, session, receiver, control_pipe.send))
    try:
        session.run(control_pipe.stop, send_heartbeat)
    finally:
        control_pipe.close()
        if receiver is not None:
            receiver.close()
        session.close()
        ring.close()
    session.raise_if_midi_dead()
    control_pipe.send(WorkFinished())


def handle_message(
    message: PipeMessage,
    session: LiveSession,
    receiver: GestureReceiver | None,
    send: Callable[[PipeMessage], None],
) -> None:
    """Act on a message of the supervisor; `send` takes the answer."""
    match message:
        case StageLost(at) if receiver is not None:
            receiver.release_window_input(at)
        case StageOpened(at):
            session.request_model_announcement(at)
        case ControlMessage():
            try:
                session.controls.apply_of_staff(message)
            except ControlError as error:
                session.controls.drop_counter.record_drop("controls of the staff", str(error))
                send(ControlRefusal(message, str(error)))
        case ControlRefusal():
            session.refuse_control(message)
        case CrowdChange(at, steering):
            session.apply_crowd_steering(steering, at)
        case HouseRules():
            session.set_volume_share(message.volume)
