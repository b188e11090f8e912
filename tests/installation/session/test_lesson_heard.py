"""A lesson heard: its tones in the sound itself, as a .wav of the performance has it."""

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


def loudness(path: Path, start: float, stop: float) -> float:
    """Root mean square of the sound between two moments, seconds; full scale is 1."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    part = samples.reshape(-1, channels)[round(start * rate) : round(stop * rate)] / 32768
    return float(np.sqrt(np.mean(part**2)))


def test_a_lesson_is_heard_and_silent_once_closed(model, tmp_path) -> None:
    sound = tmp_path / "lesson.wav"
    config = Config(
        style=StyleSettings(model=str(model)), recording=RecordingSettings(enabled=False)
    )
    options = PlayOptions(config=config, seed=1, seconds=5.0, wav=sound)
    performance = LiveSession(options, DummySubscriber(), MonotonicClock())
    at = performance.started_at
    performance.handle_gesture(LessonOpenChange(True, at))
    tones = tuple(LessonTone(60 + 4 * k, 60, at + 3 * SECOND // 2, 8 * SECOND) for k in range(3))
    performance.handle_gesture(LessonPlayRequest(tones, at))
    player = Thread(target=performance.run, args=(Event(),))
    player.start()
    clock = MonotonicClock()
    clock.wait_until(at + 5 * SECOND // 2, Event())
    performance.handle_gesture(LessonOpenChange(False, clock.now()))
    player.join(20)
    performance.close()
    heard = loudness(sound, 1.8, 2.4)
    assert heard > 0.003
    assert loudness(sound, 0.5, 1.3) < 0.02 * heard
    assert loudness(sound, 4.5, 4.95) < 0.1 * heard
