from __future__ import annotations

import signal
import wave

import mido
import numpy as np
import psutil
import pytest

from tests.hang_guard import HANG_GUARD_S, wait_until

MAX_ENDING_CPU_S = 5.0
"""Most work that a signal may leave to be done, seconds of processor time: others may be busy."""


def onsets(path):
    """(seconds, pitch) of every note-on."""
    now, found = 0.0, []
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.append((now, message.note))
    return found


def hanging(path):
    """Notes begun and never ended."""
    sounding = []
    for track in mido.MidiFile(path).tracks:
        for message in track:
            if message.type == "note_on" and message.velocity:
                sounding.append((message.channel, message.note))
            elif message.type in ("note_on", "note_off"):
                sounding.remove((message.channel, message.note))
    return sounding


@pytest.mark.alone  # a machine that stalls plays later beats
def test_the_same_seed_plays_the_same_file(run, tmp_path):
    for name in ("a.mid", "b.mid"):
        done = run("play", "--headless", "--seconds", 8, "--seed", 7, "--record", name)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()
    assert len(onsets(tmp_path / "a.mid")) >= 12
    assert hanging(tmp_path / "a.mid") == []


def test_another_seed_plays_another_file(run, tmp_path):
    for seed in (1, 2):
        run("play", "--headless", "--seconds", 5, "--seed", seed, "--record", f"{seed}.mid")
    assert onsets(tmp_path / "1.mid") != onsets(tmp_path / "2.mid")


def test_what_is_heard_is_what_is_recorded(run, tmp_path):
    pytest.importorskip("pysfizz")
    (tmp_path / "dry.sfz").write_text("<region> sample=*sine ampeg_decay=0.3 ampeg_sustain=0")
    (tmp_path / "dry.toml").write_text('[sound]\nnetwork = "dry.sfz"\n')
    done = run(
        *("play", "--headless", "--seconds", 10, "--seed", 7, "--style", "irish"),
        *("--config", "dry.toml"),
        *("--record", "a.mid", "--wav", "a.wav"),
    )
    assert done.returncode == 0, done.stderr
    with wave.open(str(tmp_path / "a.wav")) as file:
        rate = file.getframerate()
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        sound = frames.reshape(-1, file.getnchannels()).mean(axis=1) / 32768
    assert 0.02 < np.abs(sound).max() < 0.99
    notes = [(at, pitch) for at, pitch in onsets(tmp_path / "a.mid") if 0.1 < at < 9.5]
    late = [1000 * (heard_onset(sound, rate, at, pitch) - at) for at, pitch in notes]
    assert len(late) >= 20
    assert np.percentile(np.abs(late), 90) <= 10.0
    begun = {at: {pitch % 12 for when, pitch in notes if when == at} for at, _ in notes}
    assert sum(len(pitches) == 1 for pitches in begun.values()) >= 20
    assert all(pitch_class_heard(sound, rate, at) in pitches for at, pitches in begun.items())


def heard_onset(sound, rate, at, pitch):
    """When the amplitude at a pitch has come half the way up to the new note's, seconds."""
    start = int((at - 0.06) * rate)
    part = sound[start : start + int(0.18 * rate)]
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    window = np.hanning(int(0.016 * rate))
    turning = part * np.exp(-2j * np.pi * frequency * np.arange(len(part)) / rate)
    amplitude = np.convolve(turning, window / window.sum(), "same")
    change = np.abs(amplitude - amplitude[int(0.05 * rate)])
    top = change[int(0.06 * rate) : int(0.11 * rate)].max()
    begin = int(0.045 * rate)
    return at - 0.06 + (begin + int(np.argmax(change[begin:] > top / 2))) / rate


def pitch_class_heard(sound, rate, at):
    part = sound[int((at + 0.03) * rate) : int((at + 0.12) * rate)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 16))
    frequency = spectrum.argmax() * rate / (1 << 16)
    return round(69 + 12 * np.log2(frequency / 440)) % 12


def children_cpu_s() -> float:
    """Processor time of all ended children of this process, seconds."""
    used = psutil.Process().cpu_times()
    return used.children_user + used.children_system


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_a_readable_recording(start, tmp_path, number):
    process = start("play", "--headless", "--seed", 7, "--record", "a.mid")
    wait_until(lambda: (tmp_path / "a.mid").exists(), "a recording is begun")
    before = children_cpu_s() + sum(psutil.Process(process.pid).cpu_times()[:2])
    process.send_signal(number)
    _, errors = process.communicate(timeout=HANG_GUARD_S)
    assert children_cpu_s() - before < MAX_ENDING_CPU_S
    assert "Traceback" not in errors
    assert hanging(tmp_path / "a.mid") == []


def test_no_sound_and_no_display_are_a_line_each(run):
    done = run("play", "--seconds", 10, "--seed", 1)  # a busy machine looks for displays late
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if "display" in line.lower()]) == 1


@pytest.mark.parametrize("scene", ["waves", "cortex"])
def test_a_picture_is_drawn_without_a_screen(run, tmp_path, scene):
    done = run(
        *("play", "--headless", "--seconds", 4, "--seed", 7),
        *("--scene", scene, "--screenshot", "a.png"),
    )
    assert done.returncode == 0, done.stderr
    import pygame

    picture = pygame.surfarray.array3d(pygame.image.load(tmp_path / "a.png"))
    assert picture.shape == (1920, 1080, 3)
    assert picture.max() > 200
