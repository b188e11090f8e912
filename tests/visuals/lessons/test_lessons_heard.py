"""What the lessons let one hear: read from their walks, as a voice would sing it."""

from __future__ import annotations

import pytest

from visuals.lessons import lesson_types, motifs
from visuals.lessons.hidden_layer.walkthrough import SONG_ROOT_PITCHES, HiddenLayerWalkthrough
from visuals.lessons.memory.walkthrough import PLAYER_TICKS_PER_BEAT, MemoryWalkthrough
from visuals.lessons.neuron.walkthrough import NeuronWalkthrough
from visuals.words import load_words


def walk_to(walk, name: str):
    walk.restart()
    walk.pop_requested_notes()
    while walk.current_step.name != name:
        walk.pop_requested_notes()
        assert walk.advance()
    return walk


def heard(walk, ticks: int) -> list[tuple[int, ...]]:
    """Pitches of each song asked for, from the step's beginning."""
    songs = []
    for _ in range(ticks):
        song = walk.pop_requested_notes()
        if song is not None:
            songs.append(tuple(note.pitch for note in song.notes))
        walk.tick()
    return songs


@pytest.fixture(scope="module")
def memory() -> MemoryWalkthrough:
    return MemoryWalkthrough()


def test_a_song_is_heard_as_its_facts_say():
    def third(notes):
        return (max(n.pitch for n in notes) - 60) % 12

    quick, slow = motifs.song_motif((0.9, -0.5, -1.0)), motifs.song_motif((-0.9, -0.5, -1.0))
    assert quick[-1].end < 0.6 * slow[-1].end
    assert [third(motifs.song_motif((0.0, sad, -1.0))) for sad in (-0.5, 0.5)] == [4, 3]
    assert (
        min(n.pitch for n in motifs.song_motif((0.0, 0.0, 1.0))) < 48 < min(n.pitch for n in quick)
    )


def test_yes_rises_and_no_falls():
    yes, no = motifs.verdict_motif(True), motifs.verdict_motif(False)
    assert yes[1].pitch > yes[0].pitch
    assert no[1].pitch < no[0].pitch


@pytest.mark.parametrize(("name", "memory_kept"), [("run", True), ("cut", False)])
def test_what_the_network_guesses_is_what_is_heard(memory, name, memory_kept):
    walk = walk_to(memory, name)
    sung = heard(walk, 20 * PLAYER_TICKS_PER_BEAT)
    said = [(walk.guessed_pitch(place, memory_kept),) for place in range(len(sung))]
    assert len(sung) > 15
    assert sung == said
    right = [s[0] == n.pitch for s, n in zip(sung, walk.notes, strict=False)]
    assert all(right) is memory_kept


def test_the_tune_itself_is_heard_first(memory):
    memory.restart()
    sung = heard(memory, 12 * PLAYER_TICKS_PER_BEAT)
    assert [pitch for (pitch,) in sung] == [note.pitch for note in memory.notes[: len(sung)]]


def test_the_end_sets_one_beside_the_other(memory):
    walk = walk_to(memory, "end")
    notes = walk.pop_requested_notes().notes
    half = len(notes) // 2
    assert [n.pitch for n in notes[:half]] == [n.pitch for n in walk.notes[:half]]
    assert [n.pitch for n in notes[half:]] != [n.pitch for n in notes[:half]]


def test_one_song_always_beats_until_the_space_is_folded():
    def rough(walk):
        songs = heard(walk, 14 * 8)[-4:]
        return sum(high - low == 1 for low, high in songs)

    walk = walk_to(HiddenLayerWalkthrough(), "search")
    assert rough(walk) >= 1
    walk = walk_to(walk, "parted")
    pitches = {note.pitch for note in walk.pop_requested_notes().notes}
    assert pitches == {*SONG_ROOT_PITCHES, *(root + 12 for root in SONG_ROOT_PITCHES)}
    walk.advance()
    assert rough(walk) == 0


def test_learning_is_heard_to_come_right():
    walk = walk_to(NeuronWalkthrough(), "learn")
    songs = heard(walk, 30 * 12)
    assert len(songs) >= 10
    assert all(high - low == 12 for low, high in songs[-5:])


@pytest.mark.parametrize("lesson", lesson_types(), ids=lambda lesson: lesson.name)
def test_no_lesson_is_loud(lesson):
    walk = lesson(load_words()).walkthrough
    while True:
        for _ in range(40):
            song = walk.pop_requested_notes()
            assert song is None or song.velocity <= 70
            walk.tick()
        if not walk.advance():
            break
