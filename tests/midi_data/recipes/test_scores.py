from __future__ import annotations

import importlib.util

import pytest

from midi_data.notes import Meter, Note
from midi_data.recipes.pieces import chorale_pieces, read_piece
from midi_data.recipes.scores import ParsedScore, ScoreError, music21_corpus, read_abc, strip_abc

music21 = pytest.importorskip("music21", reason="scores are read with music21")

HEAD = "X:1\nT: A Tune \nM:6/8\nL:1/8\nK:G\n"


def notes(abc: str) -> tuple[Note, ...]:
    return read_abc(abc).parts[0].notes


def pitches(abc: str) -> list[int]:
    return [note.pitch for note in notes(abc)]


def onsets(abc: str) -> list[float]:
    return [note.onset for note in notes(abc)]


def test_name_meter_and_tempo_of_a_score() -> None:
    score = read_abc(HEAD + "GBd GBd | G6 | z6 |]")
    assert (score.name, score.meter, score.tempo) == ("A Tune", Meter(6, 8), 110)


def test_an_upbeat_starts_late_in_bar_0() -> None:
    assert onsets(HEAD + "d | GBd GBd | G6 | z6 |]") == [2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6]


def test_a_section_closes_short_for_the_upbeat_after_it() -> None:
    abc = HEAD + "d | GBd GBd | GBd G2 :|\n|: d | GBd GBd | GBd G2 :|"
    assert [onset for onset in onsets(abc) if onset % 3 == 2.5] == [2.5, 5.5, 8.5, 11.5]
    assert onsets(abc)[-1] == 13.5


def test_an_accidental_holds_to_the_bar_line() -> None:
    assert pitches(HEAD + "^cBc =fgf | cBc f3 | z6 |]") == [73, 71, 73, 77, 79, 77, 72, 71, 72, 78]


def test_ties_are_merged() -> None:
    (_, tied, _) = notes(HEAD + "G3 B3- | B3 G3 | z6 |]")
    assert (tied.onset, tied.duration) == (1.5, 3)


def test_repeated_notes_are_not_merged() -> None:
    assert [note.duration for note in notes(HEAD + "G3 B3 | B3 G3 | z6 |]")] == [1.5] * 4


def test_grace_notes_and_chord_symbols_are_dropped() -> None:
    assert pitches(HEAD + '"Am"{AB}G3 "G7"B3 | ">"d3 Tg3 | z6 |]') == [67, 71, 74, 79]


def test_triplets_share_their_time() -> None:
    assert onsets(HEAD + "(3GAB d2 d2 | G6 | z6 |]")[:4] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_a_tempo_marked_is_kept() -> None:
    assert read_abc(HEAD.replace("K:G", "Q:3/8=80\nK:G") + "G3 B3 | G6 | z6 |]").tempo == 120


def test_common_time() -> None:
    assert read_abc(HEAD.replace("6/8", "C|") + "G4 B4 | G8 | z8 |]").meter == Meter(2, 2)
    assert read_abc(HEAD.replace("6/8", "C") + "G4 B4 | G8 | z8 |]").meter == Meter(4, 4)


def test_a_bar_that_is_too_long_is_no_change_of_meter() -> None:
    assert read_abc(HEAD + "GBd GBdB | GBd GBd | GBd G3 | z6 |]").meter == Meter(6, 8)


def test_a_tune_that_changes_its_meter_is_left_out() -> None:
    with pytest.raises(ScoreError, match="changes its meter"):
        read_abc(HEAD + "GBd GBd |\nM:9/8\nGBd GBd GBd | z6 |]")


def test_a_tune_without_notes_is_left_out() -> None:
    with pytest.raises(ScoreError):
        read_abc(HEAD + "z6 | z6 | z6 |]")


def test_stripped_abc_keeps_its_fields() -> None:
    assert strip_abc('T:"Hot" stuff\n"Am"Tc2[K:Hp]ud % so') == 'T:"Hot" stuff\nc2[K:Hp]d '


@pytest.fixture(scope="module")
def chorale() -> ParsedScore:
    pieces = {piece.name: piece for piece in chorale_pieces()}
    return read_piece(pieces["bwv269"])


def test_a_chorale_has_four_voices_on_their_own_channels(chorale: ParsedScore) -> None:
    assert [part.channel for part in chorale.parts] == [0, 1, 2, 3]
    assert [part.name for part in chorale.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert chorale.name == "BWV 269"


def test_the_voices_of_a_chorale_end_together(chorale: ParsedScore) -> None:
    assert len({part.notes[-1].end for part in chorale.parts}) == 1


def test_a_chorale_has_its_upbeat(chorale: ParsedScore) -> None:
    assert chorale.meter == Meter(3, 4)
    assert {part.notes[0].onset for part in chorale.parts} == {2}


def test_without_music21_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ScoreError, match=r"hidden-state\[corpora\]"):
        music21_corpus()
