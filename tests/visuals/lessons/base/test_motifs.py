from __future__ import annotations

import numpy as np

from visuals.lessons.base import motifs


def test_a_song_is_heard_as_its_facts_say():
    def third(notes):
        return (max(n.pitch for n in notes) - 60) % 12

    quick, slow = motifs.song_motif((0.9, 0.2, 0.0)), motifs.song_motif((0.1, 0.2, 0.0))
    assert quick[-1].end < 0.6 * slow[-1].end
    assert [third(motifs.song_motif((0.5, sad, 0.0))) for sad in (0.2, 0.8)] == [4, 3]
    assert (
        min(n.pitch for n in motifs.song_motif((0.5, 0.5, 1.0))) < 48 < min(n.pitch for n in quick)
    )


def test_yes_rises_and_no_falls():
    yes, no = motifs.verdict_motif(True), motifs.verdict_motif(False)
    assert yes[1].pitch > yes[0].pitch
    assert no[1].pitch < no[0].pitch


def test_a_larger_number_sounds_higher():
    pitches = [motifs.pitch_for_number(value) for value in np.linspace(-4, 4, 200)]
    assert pitches == sorted(pitches)
    assert motifs.pitch_for_number(0.0) == 60
    assert {pitch % 12 for pitch in pitches} == {0, 2, 4, 7, 9}
    assert 33 <= motifs.pitch_for_number(-4.0) < motifs.pitch_for_number(10.0) <= 96
