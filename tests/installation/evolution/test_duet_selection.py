from __future__ import annotations

import pytest

from installation.evolution.duet_selection import balance_votes, select_duets, split_music
from installation.visits.duet import Duet, DuetMusic, DuetNote
from installation.visits.vote import Vote, VoteKind
from messages.cues import NoteSource
from midi_data.notes import Meter, Note, Tune

VISITOR, NETWORK = NoteSource.VISITOR, NoteSource.NETWORK
SCALE = (60, 62, 64, 65, 67)


def rows(pitches, source, start_ms=0, step_ms=500) -> list[DuetNote]:
    return [DuetNote(p, 80, start_ms + k * step_ms, 400, source) for k, p in enumerate(pitches)]


def a_duet(number=1, phrase=SCALE, answer=SCALE, step_ms=500, style="irish", **music) -> Duet:
    # each visit on other keys, so that no phrase repeats another
    notes = rows(phrase, VISITOR, step_ms=step_ms) + rows(answer, NETWORK, 60_000)
    return Duet(str(number), "", style, 0, DuetMusic(tuple(notes), **music), visit=number)


def a_walk(number: int) -> tuple[int, ...]:
    """Five notes that no other number has."""
    return tuple(60 + number // 3**k % 3 for k in range(5))


def vote(duet, choice="yes", voter="") -> Vote:
    return Vote(str(duet), voter or f"voter of {duet}", "", VoteKind.LIKED, choice)


def select(duets, votes=None, **options):
    votes = [vote(duet.address) for duet in duets] if votes is None else votes
    return select_duets(duets, votes, "irish", **options)


def test_visits_are_divided_and_only_what_is_liked_ends_a_training():
    duets = [a_duet(number, a_walk(number)) for number in range(40)]
    votes = [vote(number, "no" if number in (10, 15, 21) else "yes") for number in range(40)]
    selection = select(duets, votes)
    assert [len(part) for part in (selection.learned, selection.validation, selection.judged)] == [
        24,
        3,
        12,
    ]
    assert [music.weight for music in selection.judged] == [*[1.0] * 4, -0.5, *[1.0] * 7]
    assert sorted({music.weight for music in selection.learned}) == [-0.5, 1.0]


def test_duets_without_a_clear_vote_or_of_another_style_are_left_alone():
    duets = [a_duet(1), a_duet(2, style="fife"), a_duet(3)]
    votes = [vote(2), vote(3), vote(3, "no", "b")]
    selection = select(duets, votes)
    assert not selection.learned and not selection.left_out


@pytest.mark.parametrize(
    ("duet", "reason"),
    [
        (a_duet(phrase=(60,)), "too short"),
        (a_duet(answer=(60, 62)), "too short"),
        (a_duet(phrase=tuple(range(40, 80)), step_ms=30), "keys mashed"),
        (a_duet(phrase=(60, 61, 62, 63) * 2, step_ms=0), "keys mashed"),
        (a_duet(phrase=(60,) * 9), "one key again and again"),
        (a_duet(has_ghost=True), "a ghost answered"),
    ],
)
def test_what_is_no_duet_of_music_is_left_out_and_counted(duet, reason):
    selection = select([duet])
    assert not selection.learned and selection.left_out == {reason: 1}


def test_a_known_song_is_left_out_in_any_key():
    song = (60, 60, 67, 67, 69, 69, 67, 65, 65, 64, 64, 62, 62, 60)
    corpus = [Tune(tuple(Note(p + 3, float(k), 1.0) for k, p in enumerate(song)))]
    selection = select([a_duet(phrase=song)], corpus=corpus)
    assert selection.left_out == {"a known song": 1}


def test_one_melody_a_thousand_times_counts_twice():
    selection = select([a_duet(number) for number in range(1, 1001)])
    parts = (selection.learned, selection.validation, selection.judged)
    assert sum(map(len, parts)) == 2
    assert selection.left_out == {"the same melody again": 998}


def test_the_newest_duets_are_learned():
    duets = [a_duet(number, a_walk(number % 243), (60 + number % 7,) * 5) for number in range(700)]
    selection = select_duets(duets, [vote(number) for number in range(700)], "irish")
    parts = (selection.learned, selection.validation, selection.judged)
    assert sum(map(len, parts)) <= 600


def test_votes_are_balanced_and_those_of_a_zealot_count_less():
    votes = [vote(1), vote(1, "no", "b"), vote(1, "yes", "c"), vote(2, "no")]
    assert balance_votes(votes) == pytest.approx({"1": 1 / 3, "2": -1.0})
    zeal = [vote(number, voter="zealot") for number in range(300)]
    assert balance_votes(zeal)["0"] == pytest.approx(0.1)


def test_guesses_are_no_votes_on_duets():
    guess = Vote("1", "a", "", VoteKind.PERSON_OR_NETWORK, "person", "network")
    assert balance_votes([guess]) == {}


def test_music_is_read_in_bars_from_the_beat_that_was_heard():
    duet = a_duet(beat_us=500_000, bar_line_ms=500, meter=Meter(3, 4))  # an upbeat of a quarter
    music = split_music(duet)
    assert [note.onset for note in music.phrase.notes] == [2, 3, 4, 5, 6]
    assert music.phrase.meter == Meter(3, 4)
    assert music.answer[0].onset == 122


def test_what_a_visitor_plays_after_the_answer_began_is_left_out():
    notes = rows(SCALE, VISITOR) + rows(SCALE, NETWORK, 3000) + rows(SCALE, VISITOR, 4000)
    duet = Duet("1", "", "irish", 0, DuetMusic(tuple(sorted(notes, key=lambda n: n.onset_ms))))
    assert len(split_music(duet).phrase.notes) == 5
