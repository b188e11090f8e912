from __future__ import annotations

import numpy as np
import pytest

from installation.cli.operation.simulate import check_learning
from installation.evolution.duet_selection import select_duets, split_music
from installation.simulation.taste_exhibit import (
    TasteExhibit,
    Troll,
    as_played,
    compose_duet,
    play_nonsense,
)
from installation.visits.database import read_duets, read_votes
from installation.visits.duet import Duet
from midi_data.notes import Meter, Note, Tune
from rnn.evolution.generation_store import GenerationStore
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import load_checkpoint

PHRASE = Tune(tuple(Note(60 + k, float(k), 1.0) for k in range(4)), Meter())


@pytest.fixture
def an_exhibit(tmp_path, model, monkeypatch):
    monkeypatch.setattr("installation.simulation.taste_exhibit.CALIBRATION_DUETS", 4)
    monkeypatch.setattr("installation.simulation.taste_exhibit.TEST_TUNES", 3)
    monkeypatch.setattr("rnn.evolution.gate.PROBE_COUNT", 8)
    monkeypatch.setattr("rnn.evolution.gate.PROBE_ROUNDS", 1)
    return lambda **options: TasteExhibit("irish", model, 1, tmp_path, **{"visits": 5} | options)


@pytest.fixture
def few_tunes(monkeypatch):
    monkeypatch.setattr("installation.evolution.evolution_run.REHEARSED_TUNES", 2)
    monkeypatch.setattr("installation.evolution.evolution_run.CORPUS_TUNES", 3)
    monkeypatch.setattr("rnn.evolution.tune_sampler.MAX_SAMPLED_TOKENS", 40)


def test_days_are_played_written_down_and_voted_on(an_exhibit, tmp_path):
    days = []
    report = an_exhibit(learns=False).run(2, days.append)
    assert [day.day for day in days] == [1, 2] and list(report.days) == days
    assert len(read_duets(tmp_path)) == len(read_votes(tmp_path)) == sum(d.duets for d in days)
    assert report.corpus_change == 0 and report.diversity == 1


def test_a_night_with_too_few_votes_changes_nothing_and_is_told(an_exhibit):
    report = an_exhibit(learns=True).run(2, lambda day: None)
    assert [day.generation for day in report.days] == [0, 0]
    assert "liked duets" in report.reasons[0]


def test_trolls_are_not_counted_among_those_who_listen(an_exhibit, tmp_path):
    report = an_exhibit(learns=False, troll_share=1.0).run(1, lambda day: None)
    assert (report.days[0].duets, report.days[0].liked) == (0, None) and read_votes(tmp_path)


@pytest.mark.parametrize("troll", Troll)
def test_trolls_alone_change_a_style_by_no_more_than_its_bounds(
    tmp_path, model, few_tunes, an_exhibit, troll
):
    report = an_exhibit(troll_share=1.0, trolls=[troll], visits=40).run(2, lambda day: None)
    check_learning(report)  # corpus and diversity, by tunes and phrases that no gate has seen
    nights = len(GenerationStore(tmp_path / "generations", "irish", model).generations()) - 1
    assert nights == (1 if troll is Troll.VOTE_AT_RANDOM else 0)  # the others' are no duets


def test_a_duet_is_read_as_it_was_played(model):
    composer = Improviser(load_checkpoint(model))
    duet = compose_duet(composer, PHRASE, np.random.default_rng(1))
    assert duet.answer and duet.answer[0].onset >= 4
    again = split_music(Duet("a", "", "irish", 0, as_played(duet)))
    assert [(n.pitch, n.onset) for n in again.phrase.notes] == [
        (n.pitch, n.onset) for n in PHRASE.notes
    ]
    assert [n.onset for n in again.answer] == pytest.approx([n.onset for n in duet.answer])


@pytest.mark.parametrize("troll", [Troll.ONE_MELODY, Troll.MASH_KEYS])
def test_what_trolls_play_again_and_again_is_hardly_learned(troll, model):
    composer = Improviser(load_checkpoint(model))
    generator, duets = np.random.default_rng(1), []
    for number in range(5):
        phrase = play_nonsense(troll, generator)
        music = as_played(compose_duet(composer, phrase, generator))
        duets.append(Duet(str(number), "", "irish", 0, music, visit=number))
    from installation.visits.vote import Vote, VoteKind

    votes = [Vote(duet.address, duet.address, "", VoteKind.LIKED, "yes") for duet in duets]
    selection = select_duets(duets, votes, "irish")
    assert sum(selection.left_out.values()) >= 3
