from __future__ import annotations

import shutil
import threading
import wave

import numpy as np
import pytest

from installation.io.audio.wav_recorder import WavRecorder

RATE = 48_000


def read(path):
    with wave.open(str(path)) as file:
        assert file.getparams()[:3] == (2, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def level(frames, value=0.5):
    return np.full((frames, 2), value, np.float32)


def test_samples_are_written(tmp_path):
    tap = WavRecorder(tmp_path / "a.wav", RATE, start=0)
    tap.feed(level(10), 0)
    tap.feed(level(10, -1.0), 10**9)
    tap.close()
    assert read(tmp_path / "a.wav")[:, 0].tolist() == [16384] * 10 + [-32767] * 10


def test_a_gap_before_is_silence(tmp_path):
    tap = WavRecorder(tmp_path / "a.wav", RATE, start=0)
    tap.feed(level(10), 1_000_000)  # 1 ms
    tap.close()
    assert np.flatnonzero(read(tmp_path / "a.wav")[:, 0])[0] == 48


def test_samples_before_the_start_are_left_out(tmp_path):
    tap = WavRecorder(tmp_path / "a.wav", RATE, start=1_000_000)
    tap.feed(level(40), 0)
    tap.feed(level(40, 0.25), 0)
    tap.close()
    assert len(read(tmp_path / "a.wav")) == 32


def test_the_file_is_readable_before_it_is_closed(tmp_path, monkeypatch):
    written = threading.Event()
    write = WavRecorder._write

    def noticed(self, frames):
        write(self, frames)
        if len(frames):
            written.set()

    monkeypatch.setattr(WavRecorder, "_write", noticed)
    tap = WavRecorder(tmp_path / "a.wav", RATE, start=0, interval=0.01)
    tap.feed(level(100), 0)
    assert written.wait(5)
    shutil.copy(tmp_path / "a.wav", tmp_path / "killed.wav")
    tap.close()
    assert len(read(tmp_path / "killed.wav")) == 100


def test_closing_twice_is_no_error(tmp_path):
    tap = WavRecorder(tmp_path / "a.wav", RATE, start=0)
    tap.close()
    tap.close()
    assert len(read(tmp_path / "a.wav")) == 0


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        WavRecorder(tmp_path / "none" / "a.wav", RATE, start=0)
