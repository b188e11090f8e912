"""A run without a window, in one process."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from installation.engine.publisher import StageMessageLog
from installation.ops.exhibit_status import ProcessHealth
from installation.process.launcher import (
    create_cue_ring,
    managed_performer,
    managed_silencer,
    open_observers,
)
from installation.process.process_lifetime import StopFlag, exit_at_once
from installation.process.shared_ring import make_ring_reader
from installation.process.supervisor import HealthObserver, Supervisor
from installation.session.blend_partners import load_blend_partners
from installation.session.devices import check_ports
from installation.session.live_session import LiveSession
from installation.session.model_loading import load_model
from installation.session.options import PlayOptions
from messages.clock import SECOND, MonotonicClock
from messages.cues import StageMessage

MAX_RECENT_MESSAGES = 2000
"""Messages kept for the screenshot at the end: more than its piano roll shows."""
SCREENSHOT_LEAD_IN_NS = 4 * SECOND
"""Time drawn before the screenshot, in which the light settles, ns."""
REPORT_INTERVAL_NS = SECOND // 4  # time between two reports of the health, ns
FRAME_INTERVAL_NS = SECOND // 60  # time between two frames of the lead-in, ns

log = logging.getLogger(__name__)


def run_headless(options: PlayOptions, stop: StopFlag) -> str | None:
    """Play in this process without a window.

    If the MIDI system ends under this process, a supervised process plays on.

    Parameters
    ----------
    options : PlayOptions
    stop : StopFlag
        Set it to end.

    Returns
    -------
    str or None
        Reason why the piece could not be played to its end, if so.

    Raises
    ------
    OutputPathError, UnknownStyleError, CheckpointError, PortError, MidiUnavailable, InstrumentError
        If something that was asked for cannot be had.
    """
    check_ports(options.config.midi)
    clock, over, failure = MonotonicClock(), Event(), None
    cues = StageMessageLog(clock, MAX_RECENT_MESSAGES)
    session = LiveSession(options, cues, clock)
    log.info("playing without a window, seed %d", options.seed)
    observers = open_observers(options, session.started_at, stop)
    next_report_at = session.started_at

    def monitor() -> None:
        nonlocal next_report_at
        if stop.is_set() or session.midi_dead:
            over.set()
        if observers and (now := clock.now()) >= next_report_at:
            next_report_at = now + REPORT_INTERVAL_NS
            health = ProcessHealth("well", metrics=session.collect_metrics())
            for observer in observers:
                observer.update(now, {"performer": health})

    try:
        try:
            ended_at = session.run(over, monitor)
        finally:
            session.close()
        if over.is_set() and not stop.is_set():
            failure = _continue_in_new_process(options, cues, session.started_at, stop, observers)
            ended_at = clock.now()
    finally:
        for observer in observers:
            observer.close()
    if options.screenshot is not None:
        messages = [timed.message for timed in cues.messages]
        render_screenshot(options, messages, ended_at, options.screenshot)
    if session.midi_dead and failure is None:
        exit_at_once()  # a MIDI library whose server is gone may never let the interpreter end
    return failure


def _continue_in_new_process(
    options: PlayOptions,
    cues: StageMessageLog,
    started_at: int,
    stop: StopFlag,
    observers: Sequence[HealthObserver],
) -> str | None:
    """Play on in a supervised process, since this one cannot reach MIDI any more."""
    log.warning("playing on in another process")
    with contextlib.closing(create_cue_ring()) as ring:
        performer = managed_performer(options, ring.name, started_at)
        performer.restarts = 1  # other music, other files
        silencer = managed_silencer(options.config.midi)
        failure = Supervisor(
            [performer], MonotonicClock(), stop, observers, silencer=silencer
        ).run()
        for message in make_ring_reader(ring)():
            cues.send_message(message)
    return failure


def render_screenshot(
    options: PlayOptions, messages: list[StageMessage], time_ns: int, path: Path
) -> None:
    """Draw the stage off screen as it was at one moment, and write a .png file."""
    from installation.session.stage_factory import open_stage

    config, unread = options.config, [messages]
    checkpoint = load_model(config.style)
    stage = open_stage(
        config.stage,
        checkpoint,
        lambda: unread.pop() if unread else [],
        lambda gesture: None,
        offscreen=True,
        partners=load_blend_partners(config.style, checkpoint),
    )
    with contextlib.closing(stage):
        for now in range(time_ns - SCREENSHOT_LEAD_IN_NS, time_ns + 1, FRAME_INTERVAL_NS):
            stage.show_frame(now)
        stage.save_screenshot(path)
