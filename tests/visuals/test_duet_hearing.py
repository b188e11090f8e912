import numpy as np

from messages.clock import SECOND
from messages.crowd import DuetReplay, ReplayedNote
from messages.cues import NoteSource
from rnn.generation.composer import ComposerStep
from visuals.duet_hearing import NOTES_PER_FRAME, DuetHearing

LAYERS, UNITS = 2, 3


def duet(count):
    notes = (ReplayedNote(60, 80, k * SECOND, SECOND, NoteSource.NETWORK) for k in range(count))
    return DuetReplay(tuple(notes), SECOND, 0, "4/4")


def steps(count, units=UNITS):
    for k in range(count):
        activations = np.full((LAYERS, 6, units), k + 1, np.float32)
        yield ComposerStep(None, float(k + 1), activations, np.full(88, 0.01, np.float32))


def heard(replay, given):
    hearing = DuetHearing(replay, given)
    frames = 1
    while not hearing.advance():
        frames += 1
    return hearing.cues(SECOND, LAYERS, UNITS), frames


def test_each_note_lights_the_cells_that_heard_it():
    cues, frames = heard(duet(3), steps(3))
    assert [cue.activations.max() for cue in cues] == [1, 2, 3]
    assert [cue.surprise for cue in cues] == [1.0, 2.0, 3.0]
    assert [cue.due for cue in cues] == [SECOND, 2 * SECOND, 3 * SECOND]
    assert frames == 1 + 3 // NOTES_PER_FRAME


def test_notes_that_could_not_be_heard_light_no_cell():
    cues, _ = heard(duet(3), steps(1))
    assert [cue.activations.max() for cue in cues] == [1, 0, 0]


def test_a_network_of_another_size_lights_no_cell():
    cues, _ = heard(duet(2), steps(2, UNITS + 1))
    assert [cue.activations.shape for cue in cues] == [(LAYERS, 6, UNITS)] * 2


def test_what_comes_too_late_for_one_request_of_sound_is_left_out():
    cues, _ = heard(duet(5000), steps(5000))
    assert 0 < len(cues) < 60
