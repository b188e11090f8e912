"""Simulated days with all kinds of faults, played by an untrained network."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import fields, replace
from tempfile import TemporaryFile

import mido
import pytest

from installation.config import Config, LiveSettings, StyleSettings
from installation.session.model_loading import load_model
from installation.simulation import simulated_day
from installation.simulation.day_report import DayReport
from installation.simulation.day_script import DayScript, parse_day_script
from installation.simulation.fakes import SimulatedOutput
from installation.simulation.simulated_day import SimulatedDay
from messages.cues import NoteSource


def play_day(model, folder, day: DayScript, **live) -> DayReport:
    config = Config(style=StyleSettings(model=str(model)), live=LiveSettings(attract=False, **live))
    return SimulatedDay(config, load_model(config.style), day, 1, 1, folder).run()


def test_every_visit_is_answered_despite_all_faults_and_no_note_hangs(
    model, tmp_path, full_day
) -> None:
    report = play_day(model, tmp_path, full_day)
    assert (report.visits, report.answered) == (6, 6)
    assert (report.pulled, report.killed, report.stalls, report.pushed) == (1, 1, 1, 1)
    assert report.hanging == 0
    assert report.left_out == 0
    assert report.lost_writes > 0
    assert report.recordings == 5


@pytest.mark.parametrize("source", [each for each in NoteSource if each is not NoteSource.GHOST])
def test_a_hanging_note_is_counted(model, tmp_path, monkeypatch, source: NoteSource) -> None:
    class LossyOutput(SimulatedOutput):
        """Loses the third note-off of the source, and all later ones of that pitch."""

        def receive(self, message: mido.Message, now: int) -> None:
            if message.type == "note_off" and message.channel == source:
                ended.append(message.note)
                if ended[2:3] == [message.note]:
                    return
            super().receive(message, now)

    ended: list[int] = []
    monkeypatch.setattr(simulated_day, "SimulatedOutput", LossyOutput)
    report = play_day(model, tmp_path, parse_day_script("10:05:00 60 62 64 65 67"), band="full")
    assert len(ended) > 3
    assert report.hanging == 1


def test_an_inaudible_answer_is_counted_apart(model, tmp_path) -> None:
    script = "10:05:00 60 62 64\n10:10:00 !pull\n10:10:01 60 64 67\n10:12:00 !plug"
    report = play_day(model, tmp_path, parse_day_script(script))
    assert (report.visits, report.answered, report.unheard) == (2, 2, 1)
    assert report.hanging == 0


def test_the_same_seed_makes_the_same_day(model, tmp_path, full_day) -> None:
    reports = [
        play_day(model, tmp_path / name, replace(full_day, faults=())) for name in ("a", "b")
    ]
    of_process = {
        field.name: 0
        for field in fields(DayReport)
        if field.name.startswith(("memory", "descriptors", "threads"))
    }
    first, second = (replace(report, **of_process) for report in reports)
    assert first == second


def test_a_day_leaves_no_descriptor_and_no_thread_behind(model, tmp_path) -> None:
    report = play_day(model, tmp_path, parse_day_script("10:05:00 60 62 64\n11:00:00 !kill"))
    assert 0 < report.descriptors_end <= report.descriptors_open
    assert 0 < report.threads_end <= report.threads_open


def test_what_a_day_leaves_open_is_counted(model, tmp_path) -> None:
    config = Config(style=StyleSettings(model=str(model)), live=LiveSettings(attract=False))
    script = parse_day_script("10:05:00 60 62 64")
    with ExitStack() as left:
        day = SimulatedDay(config, load_model(config.style), script, 1, 1, tmp_path)
        report = day.run(lambda hours: left.enter_context(TemporaryFile()))
        assert report.descriptors_end > report.descriptors_open


@pytest.mark.parametrize(("given", "auditions"), [(12, 1), (0, 0)])
def test_a_simulated_day_auditions_one_candidate_at_most(
    model, tmp_path, monkeypatch, given, auditions
) -> None:
    seen = []

    class WatchedPerformer(simulated_day.Performer):
        def __init__(self, *parts, **more):
            seen.extend(part.auditions for part in parts if isinstance(part, LiveSettings))
            super().__init__(*parts, **more)

    monkeypatch.setattr(simulated_day, "Performer", WatchedPerformer)
    play_day(model, tmp_path, parse_day_script("10:00:01 60"), auditions=given)
    assert seen == [auditions]
