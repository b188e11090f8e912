"""The tones of a lesson in the .wav file of a session."""

from __future__ import annotations

import wave
from pathlib import Path
from threading import Event, Thread

import numpy as np

from installation.config import Config, RecordingSettings, StyleSettings
from installation.engine.publisher import DummySubscriber
from installation.session.live_session import LiveSession
from installation.session.options import PlayOptions
from messages.clock import SECOND, MonotonicClock
from messages.gestures import LessonOpenChange, LessonPlayRequest, LessonTone
from tests.hang_guard import HANG_GUARD_S, wait_until


def loudness(path: Path, start: float, stop: float) -> float:
    """Root mean square of the sound between two moments, seconds; full scale is 1."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    part = samples.reshape(-1, channels)[round(start * rate) : round(stop * rate)] / 32768
    return float(np.sqrt(np.mean(part**2)))


def recorded_seconds(path: Path) -> float:
    """Length of a .wav file that is being written, seconds."""
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


def test_a_lesson_is_heard_and_silent_once_closed(model, tmp_path) -> None:
    sound = tmp_path / "lesson.wav"
    config = Config(
        style=StyleSettings(model=str(model)), recording=RecordingSettings(enabled=False)
    )
    options = PlayOptions(config=config, seed=1, seconds=7.0, wav=sound)
    session = LiveSession(options, DummySubscriber(), MonotonicClock())
    at = session.started_at
    session.window.handle_gesture(LessonOpenChange(True, at))
    tones = tuple(LessonTone(60 + 4 * k, 60, at + 3 * SECOND // 2, 8 * SECOND) for k in range(3))
    session.window.handle_gesture(LessonPlayRequest(tones, at))
    player = Thread(target=session.run, args=(Event(),))
    player.start()
    wait_until(lambda: recorded_seconds(sound) > 2.5, "the tones are recorded")
    session.window.handle_gesture(LessonOpenChange(False, MonotonicClock().now()))
    player.join(HANG_GUARD_S)
    session.close()
    heard = loudness(sound, 1.8, 2.4)
    assert heard > 0.003
    assert loudness(sound, 0.5, 1.3) < 0.02 * heard
    assert loudness(sound, 6.5, 6.95) < 0.1 * heard
