"""A visitor's sustain pedal, from the MIDI message to the samples."""

from __future__ import annotations

import mido
import numpy as np
import pytest

pytest.importorskip("pysfizz", reason="the embedded synth needs pysfizz, absent here")

from installation.engine.key_input import KeyInput
from installation.io.audio.instruments import SfzInstrument, default_instruments
from installation.io.audio.mixer import InstrumentMixer
from installation.io.midi.outputs import DummyOutput

SAMPLE_RATE_HZ = 48_000


def level_after_the_key(pedal: int) -> float:
    """Level half a second after a key was let go, dB."""
    port = DummyOutput()
    key_input = KeyInput([port])
    key_input.receive_midi(mido.Message("control_change", control=64, value=pedal), 0)
    key_input.receive_midi(mido.Message("note_on", note=60, velocity=90), 1)
    struck = len(port.sent)
    key_input.receive_midi(mido.Message("note_off", note=60), 2)
    paths = default_instruments()
    mixer = InstrumentMixer(
        {k: SfzInstrument(path, SAMPLE_RATE_HZ) for k, path in paths.items()}, SAMPLE_RATE_HZ
    )
    for number, sent in enumerate(port.sent):
        mixer.schedule(
            sent.message, SAMPLE_RATE_HZ // 10 if number < struck else SAMPLE_RATE_HZ // 2
        )
    sound = mixer.render(SAMPLE_RATE_HZ + 4800)[-4800:]
    return 20 * np.log10(np.sqrt(np.mean(sound**2)) + 1e-9)


def test_a_pedal_holds_the_sound_of_a_key_let_go():
    assert level_after_the_key(pedal=127) > level_after_the_key(pedal=0) + 10
