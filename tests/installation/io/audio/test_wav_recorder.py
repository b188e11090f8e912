from __future__ import annotations

import errno
import logging
import shutil
import struct
import wave

import numpy as np
import pytest

from installation.io.audio.wav_recorder import WavRecorder
from tests.hang_guard import wait_until

SAMPLE_RATE_HZ = 48_000


def read(path):
    with wave.open(str(path)) as file:
        assert file.getparams()[:3] == (2, 2, SAMPLE_RATE_HZ)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def level(frames, value=0.5):
    return np.full((frames, 2), value, np.float32)


def test_samples_are_written(tmp_path):
    recorder = WavRecorder(tmp_path / "a.wav", SAMPLE_RATE_HZ, start=0)
    recorder.feed(level(10), 0)
    recorder.feed(level(10, -1.0), 10**9)
    recorder.close()
    assert read(tmp_path / "a.wav")[:, 0].tolist() == [16384] * 10 + [-32767] * 10


def test_a_gap_before_is_silence(tmp_path):
    recorder = WavRecorder(tmp_path / "a.wav", SAMPLE_RATE_HZ, start=0)
    recorder.feed(level(10), 1_000_000)  # 1 ms
    recorder.close()
    assert np.flatnonzero(read(tmp_path / "a.wav")[:, 0])[0] == 48


def test_samples_before_the_start_are_left_out(tmp_path):
    recorder = WavRecorder(tmp_path / "a.wav", SAMPLE_RATE_HZ, start=1_000_000)
    recorder.feed(level(40), 0)
    recorder.feed(level(40, 0.25), 0)
    recorder.close()
    assert len(read(tmp_path / "a.wav")) == 32


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), struct.error("'L' format")]
)
def test_a_file_that_cannot_grow_ends_the_recording_once(tmp_path, monkeypatch, caplog, error):
    class FullFile(wave.Wave_write):
        def writeframes(self, data):
            if data:
                raise error
            super().writeframes(data)

    monkeypatch.setattr(wave, "open", lambda file, mode: FullFile(file))
    recorder = WavRecorder(tmp_path / "a.wav", SAMPLE_RATE_HZ, start=0, interval=0.01)
    with caplog.at_level(logging.WARNING):
        recorder.feed(level(10), 0)
        wait_until(lambda: caplog.records)
        recorder.feed(level(10), 0)
        recorder.close()
    assert [record.message.count("a.wav") for record in caplog.records] == [1]


def test_the_file_is_readable_before_it_is_closed(tmp_path):
    path = tmp_path / "a.wav"
    recorder = WavRecorder(path, SAMPLE_RATE_HZ, start=0, interval=0.01)
    recorder.feed(level(100), 0)

    def frames_left() -> int:
        shutil.copy(path, tmp_path / "killed.wav")  # as it would be left by the end of the machine
        return len(read(tmp_path / "killed.wav"))

    wait_until(frames_left)
    recorder.close()
    assert frames_left() == 100


def test_closing_twice_is_no_error(tmp_path):
    recorder = WavRecorder(tmp_path / "a.wav", SAMPLE_RATE_HZ, start=0)
    recorder.close()
    recorder.close()
    assert len(read(tmp_path / "a.wav")) == 0


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        WavRecorder(tmp_path / "none" / "a.wav", SAMPLE_RATE_HZ, start=0)
