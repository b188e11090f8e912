from __future__ import annotations

import pytest

from installation.io.midi import loudness
from installation.io.midi.loudness import QUIET_SHARE, Loudness, LoudnessControl
from installation.io.midi.outputs import DummyOutput


def test_silence_wins_over_the_volume_and_quiet_leaves_a_share():
    assert Loudness(0.8).level == 0.8
    assert Loudness(0.8, quiet=True).level == pytest.approx(0.8 * QUIET_SHARE)
    assert Loudness(0.8, silent=True).level == 0.0
    assert Loudness(0.8, house_share=0.5).level == 0.4


def test_a_change_keeps_what_it_does_not_name():
    control = LoudnessControl([DummyOutput()], 0.8)
    control.change(silent=True)
    control.change(volume=0.5)
    control.change(silent=False)
    assert control.loudness == Loudness(0.5)


def test_an_output_is_left_alone_until_something_changes():
    output = DummyOutput()
    control = LoudnessControl([output], 0.8)
    assert (output.sent, control.level_sent) == ([], None)
    control.change(volume=0.5)
    assert control.level_sent == 0.5
    volumes = {sent.message.value for sent in output.sent if sent.message.is_cc(7)}
    assert volumes == {64}


def test_a_sound_check_plays_notes_and_ends_them(monkeypatch):
    monkeypatch.setattr(loudness, "CHECK_NOTE_S", 0.0)
    output = DummyOutput()
    control = LoudnessControl([output], 0.8)
    control.play_sound_check()
    control.close()
    kinds = [sent.message.type for sent in output.sent]
    assert kinds[:2] == ["note_on", "note_off"]
    assert kinds.count("note_on") == kinds.count("note_off")
