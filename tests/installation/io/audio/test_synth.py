from __future__ import annotations

import logging
import wave

import numpy as np
import pytest
from mido import Message

from installation.io.audio import synth as synth_module
from installation.io.audio.failover_sink import REOPEN_INTERVAL_CHECKS, FailoverAudioSink
from installation.io.audio.instruments import ClickInstrument, SynthUnavailable
from installation.io.audio.mixer import InstrumentMixer
from installation.io.audio.sinks import AudioUnavailable, NullAudioSink
from installation.io.audio.synth import SAMPLE_RATE_HZ, Synth, open_synth

START = 10**12
MS = 1_000_000


def on(pitch=60):
    return Message("note_on", note=pitch, velocity=127)


def off(pitch=60):
    return Message("note_off", note=pitch)


class ManualSink(NullAudioSink):
    """A paced sink without a thread: `pass_time` is its clock."""

    def __init__(self, latency=0):
        self.time = START
        self.latency_ns = latency
        self.heard = []
        super().__init__(SAMPLE_RATE_HZ, now=lambda: self.time)

    def start(self, render):
        def keep(frames):
            self.heard.append(render(frames))
            return self.heard[-1]

        self.attach(keep)

    def pass_time(self, milliseconds):
        for _ in range(milliseconds):
            self.time += MS
            self.render_due_frames()

    def onsets(self):
        return np.flatnonzero(np.concatenate(self.heard)[:, 0]).tolist()


@pytest.fixture
def sink():
    return ManualSink()


@pytest.fixture
def synth(sink):
    return Synth(
        InstrumentMixer({0: ClickInstrument()}, SAMPLE_RATE_HZ), sink, now=lambda: sink.time
    )


def test_a_note_sounds_when_it_is_due(synth, sink):
    synth.send_at(on(), START + 100 * MS)
    sink.pass_time(200)
    assert sink.onsets() == [4800]


def test_the_status_tells_a_note_that_is_heard_from_one_that_is_not(synth, sink):
    synth.send_at(on(), START + 100 * MS)
    sink.pass_time(200)
    assert (synth.status.peak, synth.status.unheard_for) == (pytest.approx(0.8, abs=0.2), 0.0)
    assert (synth.status.samples, synth.status.on_card) == (9600, False)
    synth.send_at(Message("note_on", note=60, velocity=90, channel=5), START + 300 * MS)
    sink.pass_time(1100)
    assert synth.status.unheard_for == pytest.approx(1.0, abs=0.01)


def test_a_synth_that_is_turned_down_is_not_expected_to_be_heard(synth, sink):
    synth.set_level(0.0)
    synth.send_at(on(), START + 100 * MS)
    sink.pass_time(1200)
    assert (synth.status.volume, synth.status.unheard_for) == (0.0, 0.0)


def test_the_latency_of_the_sink_is_compensated():
    sink = ManualSink(latency=10 * MS)
    Synth(InstrumentMixer({0: ClickInstrument()}, SAMPLE_RATE_HZ), sink).send_at(
        on(), START + 100 * MS
    )
    sink.pass_time(200)
    assert sink.onsets() == [4320]


def test_a_note_without_due_time_sounds_now(synth, sink):
    sink.pass_time(100)
    synth.send(on())
    sink.pass_time(100)
    assert 4800 <= sink.onsets()[0] <= 4800 + 64


def test_withdrawn_notes_are_not_heard(synth, sink):
    synth.send_at(on(60), START + 100 * MS)
    synth.send_at(on(62), START + 150 * MS)
    synth.withdraw_pending(START + 120 * MS)
    sink.pass_time(200)
    assert sink.onsets() == [4800]


def test_silence_removes_queued_notes(synth, sink):
    synth.send_at(on(), START + 100 * MS)
    synth.silence()
    sink.pass_time(200)
    assert sink.onsets() == []


def test_a_recording_has_every_note_at_its_sample(synth, sink, tmp_path):
    synth.record_wav(tmp_path / "a.wav", START + 50 * MS)
    for step in range(5):
        synth.send_at(on(60 + step), START + (100 + 20 * step) * MS)
    sink.pass_time(300)
    synth.close()
    with wave.open(str(tmp_path / "a.wav")) as file:
        sound = np.frombuffer(file.readframes(SAMPLE_RATE_HZ), "<i2").reshape(-1, 2)
    assert np.flatnonzero(sound[:, 0]).tolist() == [2400 + 960 * step for step in range(5)]


def test_a_recording_has_notes_when_they_are_heard(tmp_path):
    sink = ManualSink(latency=10 * MS)
    synth = Synth(
        InstrumentMixer({0: ClickInstrument()}, SAMPLE_RATE_HZ), sink, now=lambda: sink.time
    )
    synth.record_wav(tmp_path / "a.wav", START)
    synth.send_at(on(), START + 100 * MS)
    sink.pass_time(300)
    synth.close()
    with wave.open(str(tmp_path / "a.wav")) as file:
        sound = np.frombuffer(file.readframes(SAMPLE_RATE_HZ), "<i2").reshape(-1, 2)
    assert np.flatnonzero(sound[:, 0]).tolist() == [4800]


def test_it_records_once_at_a_time(synth, tmp_path):
    synth.record_wav(tmp_path / "a.wav", START)
    with pytest.raises(ValueError, match="already"):
        synth.record_wav(tmp_path / "b.wav", START)
    synth.close()


def test_no_sound_card_is_one_clear_line(monkeypatch, caplog):
    def refuse(rate, device):
        raise AudioUnavailable("ALSA: no such card")

    monkeypatch.setattr(synth_module, "AudioDeviceSink", refuse)
    with caplog.at_level(logging.WARNING):
        synth = open_synth({})
    synth.close()
    assert [record.getMessage() for record in caplog.records] == [
        "embedded synth: SILENT - no audio device could be opened (ALSA: no such card); "
        "notes are still played on the clock"
    ]


def test_a_card_that_appears_after_the_start_is_taken(monkeypatch):
    cards, sinks = [], []

    def open_card(rate, device):
        if not cards:
            raise AudioUnavailable("no such card")
        return cards.pop()

    def make_sink(*arguments, **options):
        sinks.append(FailoverAudioSink(*arguments, check_interval=3600.0, **options))
        return sinks[-1]

    monkeypatch.setattr(synth_module, "AudioDeviceSink", open_card)
    monkeypatch.setattr(synth_module, "FailoverAudioSink", make_sink)
    synth = open_synth({})
    assert not synth.status.on_card
    cards.append(ManualSink())
    for _ in range(REOPEN_INTERVAL_CHECKS):
        sinks[0].check_device()
    assert synth.status.on_card
    synth.close()


def test_no_pysfizz_is_one_clear_line(monkeypatch, caplog):
    def refuse(path, rate):
        raise SynthUnavailable("pysfizz is not installed")

    monkeypatch.setattr(synth_module, "SfzInstrument", refuse)
    with caplog.at_level(logging.WARNING):
        synth = open_synth(audible=False)
    synth.send(on())
    synth.close()
    assert len(caplog.records) == 1
    assert "SILENT - pysfizz is not installed" in caplog.text


def test_closing_returns_where_the_sink_has_stopped(synth, sink):
    sink.pass_time(50)
    synth.close()
    assert synth.closed


def test_the_volume_glides_to_a_new_level(synth, sink):
    synth.set_level(0.0)
    synth.send_at(on(), START + 100 * MS)
    sink.pass_time(200)
    assert sink.onsets() == []
    assert synth.status.volume == 0.0
