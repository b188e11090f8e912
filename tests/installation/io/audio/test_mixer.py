from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mido import Message

from installation.io.audio.instruments import BLOCK_FRAMES, ClickInstrument
from installation.io.audio.mixer import InstrumentMixer, MidiEventQueue
from installation.io.midi.active_notes import ActiveNotes
from messages.cues import NoteSource

LATE = 4800
"""A frame by which the mixer has faded in."""


def on(pitch=60, channel=0, velocity=127):
    return Message("note_on", channel=channel, note=pitch, velocity=velocity)


def off(pitch=60, channel=0):
    return Message("note_off", channel=channel, note=pitch)


def mixer(volume=0.5):
    return InstrumentMixer({0: ClickInstrument(), 1: ClickInstrument()}, volume=volume)


def ons(sound):
    return np.flatnonzero(sound[:, 0]).tolist()


def offs(sound):
    return np.flatnonzero(sound[:, 1]).tolist()


@given(st.integers(LATE, LATE + 2000))
def test_a_note_begins_at_its_frame(frame):
    one = mixer()
    one.schedule(on(), frame)
    assert ons(one.render(LATE + 4000)) == [frame]


def test_a_past_frame_is_played_with_the_next_block():
    one = mixer()
    one.render(LATE)
    one.schedule(on(), 3)
    assert ons(one.render(128))[0] < 64


@given(st.lists(st.integers(1, 700), min_size=1, max_size=20), st.data())
@settings(max_examples=50)
def test_the_size_of_requests_does_not_matter(sizes, data):
    frames = data.draw(st.lists(st.integers(0, LATE), max_size=10))
    whole, pieces = mixer(), mixer()
    for one in (whole, pieces):
        for frame in frames:
            one.schedule(on(), frame)
    expected = whole.render(sum(sizes))
    assert np.array_equal(np.concatenate([pieces.render(size) for size in sizes]), expected)


def test_position_counts_frames_given_out():
    one = mixer()
    one.render(100)
    one.render(1)
    assert one.next_frame == 101


def test_channels_without_instrument_are_ignored():
    one = mixer()
    one.schedule(on(channel=5), LATE)
    assert ons(one.render(2 * LATE)) == []


def test_withdrawn_notes_do_not_sound():
    one = mixer()
    one.schedule(on(), LATE)
    one.schedule(off(), LATE + 500)
    one.schedule(on(62), LATE + 200)
    one.withdraw(LATE)
    sound = one.render(2 * LATE)
    assert (ons(sound), offs(sound)) == ([LATE], [LATE + 500])


def test_silence_removes_all_messages():
    one = mixer()
    one.schedule(on(), LATE)
    one.silence()
    assert ons(one.render(2 * LATE)) == []


def test_after_silence_it_plays_again():
    one = mixer()
    one.render(LATE)
    one.silence()
    one.render(LATE)
    one.schedule(on(), 3 * LATE)
    assert ons(one.render(2 * LATE)) == [LATE]


@pytest.mark.parametrize("control", [120, 123])
def test_all_notes_off_ends_the_notes_of_its_channel(control):
    one = mixer()
    one.schedule(on(60, channel=0), LATE)
    one.schedule(on(62, channel=1), LATE)
    one.schedule(Message("control_change", channel=0, control=control), LATE + 100)
    assert offs(one.render(2 * LATE)) == [LATE + 100]


def test_volume_0_is_silent():
    one = mixer(volume=0.0)
    one.schedule(on(), LATE)
    assert not one.render(2 * LATE).any()


ANY = st.one_of(
    st.builds(on, st.integers(0, 127), st.integers(0, 15), st.integers(0, 127)),
    st.builds(off, st.integers(0, 127), st.integers(0, 15)),
    st.builds(
        lambda channel, control, value: Message(
            "control_change", channel=channel, control=control, value=value
        ),
        st.integers(0, 15),
        st.integers(0, 127),
        st.integers(0, 127),
    ),
    st.builds(lambda pitch: Message("pitchwheel", pitch=pitch), st.integers(-8192, 8191)),
    st.sampled_from([Message("clock"), Message("program_change"), Message("sysex", data=[1])]),
)


@given(st.lists(st.tuples(ANY, st.integers(-100, 2000)), max_size=60))
@settings(max_examples=50)
def test_any_messages_make_finite_sound_in_range(script):
    one = mixer(volume=1.0)
    for message, frame in script:
        one.schedule(message, frame)
    sound = one.render(2048)
    assert sound.shape == (2048, 2)
    assert np.abs(sound).max() <= 1.0


def taken(queue, before=10**9):
    return [(entry.frame, entry.message) for entry in queue.pop_before(before)]


def test_messages_come_by_frame():
    queue = MidiEventQueue()
    queue.push(on(62), 20)
    queue.push(on(60), 10)
    assert taken(queue) == [(10, on(60)), (20, on(62))]


def test_equal_frames_keep_their_order():
    queue = MidiEventQueue()
    queue.push(off(60), 10)
    queue.push(on(60), 10)
    assert taken(queue) == [(10, off(60)), (10, on(60))]


def test_pop_leaves_later_messages():
    queue = MidiEventQueue()
    queue.push(on(), 10)
    assert taken(queue, before=10) == []
    assert len(queue) == 1


def test_withdraw_removes_later_notes():
    queue = MidiEventQueue()
    queue.push(on(), 11)
    queue.push(off(), 20)
    queue.withdraw_pending(10)
    assert len(queue) == 0


def test_withdraw_keeps_the_end_of_a_sounding_note():
    queue = MidiEventQueue()
    queue.push(on(), 5)
    queue.push(off(), 20)
    taken(queue, before=6)
    queue.withdraw_pending(10)
    assert taken(queue) == [(20, off())]


def test_withdraw_keeps_the_end_of_a_note_that_begins_in_time():
    queue = MidiEventQueue()
    queue.push(on(), 10)
    queue.push(off(), 20)
    queue.withdraw_pending(10)
    assert taken(queue) == [(10, on()), (20, off())]


def test_withdraw_keeps_the_pedal_going_up_only():
    queue = MidiEventQueue()
    up = Message("control_change", control=64, value=0)
    queue.push(Message("control_change", control=64, value=127), 20)
    queue.push(up, 30)
    queue.withdraw_pending(10)
    assert taken(queue) == [(30, up)]


NOTES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 30), st.integers(60, 63), st.integers(0, 1)),
    max_size=12,
)


@given(NOTES, st.integers(0, 80), st.integers(0, 80))
def test_no_note_hangs_or_begins_after_a_withdrawal(notes, taken_to, after):
    queue, sounding = MidiEventQueue(), ActiveNotes()
    for onset, duration, pitch, channel in notes:
        queue.push(on(pitch, channel), onset)
        queue.push(off(pitch, channel), onset + duration)
    for entry in queue.pop_before(taken_to):
        sounding.update(entry.message)
    queue.withdraw_pending(after)
    for entry in queue.pop_before(10**9):
        assert entry.message.type == "note_off" or entry.frame <= after
        sounding.update(entry.message)
    assert sounding.note_offs() == []


def test_the_network_is_as_loud_in_many_voices_as_in_one():
    one = mixer()
    for pitch in (60, 64, 67, 72):
        one.schedule(on(pitch, channel=1), LATE)
    one.schedule(on(76, channel=1), 10 * 48_000)
    assert one.render(10 * 48_000 + 64)[-64:, 0].max() == pytest.approx(0.25, abs=0.01)


def test_the_visitor_is_not_levelled():
    one = mixer()
    for pitch in (60, 64, 67, 72):
        one.schedule(on(pitch), LATE)
    one.schedule(on(76), 10 * 48_000)
    assert one.render(10 * 48_000 + 64)[-64:, 0].max() == pytest.approx(0.5, abs=0.01)


class SteadyInstrument(ClickInstrument):
    """Always as loud."""

    def render(self):
        return np.full((BLOCK_FRAMES, 2), 0.1, np.float32)


def test_the_bass_yields_to_the_kick_and_the_others_do_not():
    heard = {}
    for side_chain in (0.0, 0.5):
        instruments = {
            source: SteadyInstrument() for source in (NoteSource.BASS, NoteSource.VISITOR)
        }
        mixer = InstrumentMixer(
            instruments | {NoteSource.DRUMS: ClickInstrument()}, volume=1.0, side_chain=side_chain
        )
        mixer.schedule(Message("note_on", channel=NoteSource.DRUMS, note=36, velocity=127), 4800)
        mixer.schedule(Message("note_on", channel=NoteSource.DRUMS, note=42, velocity=127), 9600)
        heard[side_chain] = mixer.render(12_800)[:, 1]
    share = heard[0.5] / np.maximum(heard[0.0], 1e-6)
    assert share[2000:4700].min() == pytest.approx(1.0, abs=1e-4)
    assert share[4800:6000].min() == pytest.approx(0.75, abs=0.01)  # one of two voices, by half
    assert share[9700:].min() > share[9000:9600].min() - 1e-4  # a hi-hat changes nothing


class BrokenInstrument(ClickInstrument):
    """Renders no numbers from a note on until it is stopped."""

    def note_on(self, offset, pitch, velocity):
        self.broken = True

    def render(self):
        return np.full((BLOCK_FRAMES, 2), np.nan) if self.broken else super().render()

    def stop(self):
        self.broken = False
        super().stop()


def test_silence_stops_an_instrument_that_renders_no_numbers():
    broken = BrokenInstrument()
    one = InstrumentMixer({0: broken})
    one.render(LATE)
    one.schedule(on(), LATE)
    one.render(LATE)
    assert broken.broken
    one.silence()
    one.render(LATE)  # 100 ms
    assert not broken.broken
