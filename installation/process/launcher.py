"""The house: a whole run of the piece, with a window or without one."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from installation.engine.interfaces import CueSink
from installation.ops.status_file import ProcessHealth, StatusFile
from installation.process.gesture_channel import GestureChannel, create_gesture_ring
from installation.process.managed_process import ProcessRole
from installation.process.supervisor import Supervisor
from installation.process.workers import (
    OutputSilencer,
    PerformerWorker,
    StageWorker,
    create_cue_ring,
    make_ring_reader,
    preload_performer_modules,
    preload_stage_modules,
)
from installation.session.blend_partners import load_blend_partners
from installation.session.devices import check_ports
from installation.session.live_session import LiveSession, load_model
from installation.session.options import PlayOptions
from messages.clock import SECOND, MonotonicClock
from messages.cues import StageMessage

MAX_RECENT_MESSAGES = 2000
"""Messages kept for a picture drawn at the end: more than its ribbon shows."""
SCREENSHOT_LEAD_IN_NS = 4 * SECOND
"""So much of the performance is drawn before the frame that is kept, so that light has settled."""
STAGE_SILENCE_TIMEOUT_NS = SECOND
"""A stage that draws nothing for so long is taken for hung: visitors see it freeze, ns."""
FRAME_INTERVAL_NS = SECOND // 60
"""Time between two frames, ns."""

log = logging.getLogger(__name__)


class RecentMessageBuffer(CueSink):
    """Keeps the last messages, for a picture at the end."""

    def __init__(self, count: int = MAX_RECENT_MESSAGES) -> None:
        self.messages: deque[StageMessage] = deque(maxlen=count)

    def send_message(self, message: StageMessage) -> None:
        self.messages.append(message)


def run_headless(options: PlayOptions, stop: Event) -> str | None:
    """Play in this one process, with no window.

    Only if MIDI dies under it, another process, watched over, goes on.

    Parameters
    ----------
    options : PlayOptions
    stop : Event
        Set it to end.

    Returns
    -------
    str or None
        Why the piece could not be played on, if it could not.

    Raises
    ------
    OutputPathError, UnknownStyleError, CheckpointError, PortError, MidiUnavailable, InstrumentError
        If something that was asked for is not to be had.
    """
    check_ports(options.config.midi)
    cues, over, failure = RecentMessageBuffer(), Event(), None
    performance = LiveSession(options, cues, MonotonicClock())
    log.info("playing without a window, seed %d", options.seed)
    status = open_status_file(options, performance.started_at)
    try:
        try:
            ended = performance.run(over, _make_session_monitor(performance, status, stop, over))
        finally:
            performance.close()
        if over.is_set() and not stop.is_set():
            failure = _continue_in_new_process(options, cues, performance.started_at, stop, status)
            ended = MonotonicClock().now()
    finally:
        if status is not None:
            status.close()
    if options.screenshot is not None:
        render_screenshot(options, list(cues.messages), ended, options.screenshot)
    return failure


def open_status_file(options: PlayOptions, start: int) -> StatusFile | None:
    """The status file that was asked for, if any; the piece started at `start`, ns."""
    path = options.config.log.status
    return StatusFile(Path(path), start) if path else None


def _make_session_monitor(
    performance: LiveSession, status: StatusFile | None, stop: Event, over: Event
) -> Callable[[], None]:
    """Looks after a performance that has this process to itself.

    Its status is written, and `over` is set when it is to stop or MIDI has died under it.
    """
    clock = MonotonicClock()

    def look() -> None:
        if stop.is_set() or performance.midi_dead:
            over.set()
        if status is not None and status.is_due(now := clock.now()):
            status.update(
                now, {"performer": ProcessHealth("well", metrics=performance.collect_metrics())}
            )

    return look


def _continue_in_new_process(
    options: PlayOptions,
    cues: RecentMessageBuffer,
    begun: int,
    stop: Event,
    status: StatusFile | None,
) -> str | None:
    """Play on in another process, since nothing here can use MIDI any more.

    That one waits for MIDI to be there again, and is replaced in turn, as with a window.
    """
    wire = create_cue_ring(load_model(options.config.style))
    log.warning("playing on in another process")
    try:
        role = _performer_role(options, wire.name, begun)
        supervisor = Supervisor([role], MonotonicClock(), stop, status)
        supervisor.children[0].restarts = 1  # other music, other files
        failure = supervisor.run()
        for message in make_ring_reader(wire)():
            cues.send_message(message)
    finally:
        wire.close()
    return failure


def _performer_role(
    options: PlayOptions, wire: str, begun: int, gestures: GestureChannel | None = None
) -> ProcessRole:
    """The performer in a process of its own; its outputs are silenced should it die."""
    quieten = OutputSilencer(options.config.midi.output)
    Thread(target=quieten.open_outputs, name="quieten", daemon=True).start()
    work = PerformerWorker(options, wire, begun, gestures)
    return ProcessRole(
        "performer", work, vital=True, on_death=quieten, preload=preload_performer_modules
    )


def render_screenshot(
    options: PlayOptions, messages: list[StageMessage], at: int, path: Path
) -> None:
    """Draw the stage off screen as it was at a moment (ns), and write it to a .png file."""
    from installation.process.stage_factory import open_stage

    config, waiting = options.config, [messages]
    checkpoint = load_model(config.style)
    stage = open_stage(
        config.stage,
        checkpoint,
        lambda: waiting.pop() if waiting else [],
        lambda gesture: None,
        offscreen=True,
        partners=load_blend_partners(config.style, checkpoint),
    )
    try:
        for now in range(at - SCREENSHOT_LEAD_IN_NS, at + 1, FRAME_INTERVAL_NS):
            stage.show_frame(now)
        stage.save_screenshot(path)
    finally:
        stage.close()


def run_with_stage(options: PlayOptions, stop: Event) -> str | None:
    """Play in processes of their own, with a window where there is a display.

    Parameters
    ----------
    options : PlayOptions
    stop : Event
        Set it to end.

    Returns
    -------
    str or None
        Why the piece could not be played, if it could not.

    Raises
    ------
    UnknownStyleError, CheckpointError, PortError, MidiUnavailable
        If there is no network to play, or no port that was asked for.
    """
    check_ports(options.config.midi)
    begun = MonotonicClock().now()
    wire = create_cue_ring(load_model(options.config.style))
    gesture_ring = create_gesture_ring()
    gestures = GestureChannel.over(gesture_ring)
    log.info("playing, seed %d", options.seed)
    performer = _performer_role(options, wire.name, begun, gestures)
    stage = ProcessRole(
        "stage",
        StageWorker(options, wire.name, begun, gestures),
        vital=False,
        silence_timeout_ns=STAGE_SILENCE_TIMEOUT_NS,
        preload=preload_stage_modules,
    )
    status = open_status_file(options, begun)
    try:
        return Supervisor([performer, stage], MonotonicClock(), stop, status).run()
    finally:
        if status is not None:
            status.close()
        gesture_ring.close()
        wire.close()
