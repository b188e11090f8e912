from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import mido
import pytest

from installation.config import (
    Config,
    EvolutionSchedule,
    MidiSettings,
    RecordingSettings,
    StyleSettings,
    WebSettings,
)
from installation.engine.live_controls import SamplingChange, StyleSharesChange
from installation.engine.publisher import DummySubscriber
from installation.io.control.control_messages import ControlMessage
from installation.io.midi.backend import MidiUnavailable, PortError
from installation.process.headless import run_headless
from installation.session.blend_partners import load_blend_partners
from installation.session.live_session import LiveSession
from installation.session.model_loading import load_model, open_generations
from installation.session.options import OutputPathError, PlayOptions, check_output_path
from installation.visits.database import Visit, VisitDatabase, read_duets
from installation.visits.duet import Duet, DuetMusic
from messages.clock import SECOND, MonotonicClock
from messages.cues import ModelChange, NoteCue, NoteSource
from messages.gestures import (
    KeyEvent,
    LessonOpenChange,
    ParameterChange,
)
from rnn.evolution.generation import Generation
from rnn.model.checkpoint import CheckpointError
from rnn.styles import UnknownStyleError


def options_for(model: Path, folder: Path, **changes) -> PlayOptions:
    config = Config(
        style=StyleSettings(model=str(model)),
        recording=RecordingSettings(folder=str(folder / "recordings")),
    )
    return PlayOptions(config=config, seed=7, **changes)


def test_the_same_seed_writes_the_same_file(model, tmp_path) -> None:
    paths = [tmp_path / "a.mid", tmp_path / "b.mid"]
    for path in paths:
        run_headless(options_for(model, tmp_path, seconds=1.5, record=path), Event())
    assert paths[0].read_bytes() == paths[1].read_bytes()
    ons = [m for m in mido.MidiFile(paths[0]) if m.type == "note_on" and m.velocity]
    offs = [m for m in mido.MidiFile(paths[0]) if m.type == "note_off"]
    assert len(ons) == len(offs) > 0


def test_a_key_at_the_window_plays_and_is_recorded_as_a_visit(model, tmp_path) -> None:
    cues = DummySubscriber()
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path, seconds=0.8), cues, clock)
    session.window.handle_gesture(KeyEvent(60, True, clock.now()))
    session.window.handle_gesture(KeyEvent(60, False, clock.now() + SECOND // 10))
    session.run(Event())
    session.close()
    visitors = [
        m for m in cues.messages if isinstance(m, NoteCue) and m.source is NoteSource.VISITOR
    ]
    assert [cue.pitch for cue in visitors] == [60]
    assert len(list((tmp_path / "recordings").rglob("*.mid"))) == 1


def test_old_duets_are_deleted_after_the_days_of_the_page(model, tmp_path) -> None:
    clock, now = MonotonicClock(), datetime.now().astimezone()
    recording = RecordingSettings(folder=str(tmp_path), keep_days=0)
    settings = StyleSettings(model=str(model))
    config = Config(style=settings, recording=recording, web=WebSettings(keep_days=7))
    with closing(VisitDatabase(tmp_path, now)) as database:
        for days in (1, 8):
            began = (now - timedelta(days=days)).isoformat()
            visit = database.add(Visit(began, began))
            database.add_duet(Duet(f"{days}", began, "irish", 0, DuetMusic(()), visit=visit))
    session = LiveSession(PlayOptions(config, seed=7, seconds=0.3), DummySubscriber(), clock)
    session.window.handle_gesture(KeyEvent(60, True, clock.now()))
    session.run(Event())
    session.close()
    assert [duet.address for duet in read_duets(tmp_path)] == ["1"]


def test_parameters_within_bounds_reach_the_network(tmp_path) -> None:
    config = Config(recording=RecordingSettings(enabled=False))
    clock = MonotonicClock()
    session = LiveSession(PlayOptions(config, seed=7), DummySubscriber(), clock)
    styles = 1 + len(load_blend_partners(config.style, load_model(config.style)))
    shares = tuple(1.0 if number == 1 else 0.0 for number in range(styles))
    for name, values in (
        ("temperature", (0.5,)),
        ("blend", shares),
        ("blend", (1.0,) * (styles + 1)),
        ("temperature", (99.0,)),
        ("nonsense", (1.0,)),
    ):
        session.window.handle_gesture(ParameterChange(name, values, clock.now()))
    changes = [event.change for event in session.key_input.drain()]
    session.close()
    assert changes == [SamplingChange(temperature=0.5), StyleSharesChange(shares)]


def test_it_ends_when_told_to(model, tmp_path) -> None:
    stop = Event()
    stop.set()
    path = tmp_path / "a.mid"
    run_headless(options_for(model, tmp_path, record=path), stop)
    assert mido.MidiFile(path).length == 0.0  # without `seconds` only `stop` ends it


def test_an_unknown_style_is_named(tmp_path) -> None:
    options = PlayOptions(Config(style=StyleSettings(name="klezmer")), seed=1)
    with pytest.raises(UnknownStyleError, match="klezmer"):
        run_headless(options, Event())


def test_a_file_that_is_no_model_is_named(tmp_path) -> None:
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(b"not a model")
    with pytest.raises(CheckpointError, match="foreign"):
        run_headless(options_for(path, tmp_path), Event())


def test_a_port_that_is_not_there_stops_it_before_anything_is_written(model, tmp_path) -> None:
    options = options_for(model, tmp_path, record=tmp_path / "a.mid")
    config = options.config.model_copy(update={"midi": MidiSettings(output="no such port")})
    with pytest.raises((PortError, MidiUnavailable)):
        run_headless(PlayOptions(config, seed=1, record=options.record), Event())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_found_out_early(tmp_path) -> None:
    with pytest.raises(OutputPathError, match="no folder"):
        check_output_path(tmp_path / "nowhere" / "a.mid")
    with pytest.raises(OutputPathError, match="is a folder"):
        check_output_path(tmp_path)
    check_output_path(tmp_path / "a.mid")
    assert list(tmp_path.iterdir()) == []


def test_a_port_to_be_waited_for_stops_nothing(model, tmp_path) -> None:
    options = options_for(model, tmp_path, seconds=0.2)
    midi = MidiSettings(output=["no such port"], wait=True)
    config = options.config.model_copy(update={"midi": midi})
    assert run_headless(replace(options, config=config), Event()) is None


def test_a_file_plays_along_as_a_visitor(model, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("installation.session.devices.PLAY_ALONG_LEAD_IN_NS", 0)
    midi = mido.MidiFile(ticks_per_beat=100)
    notes = [mido.Message("note_on", note=64), mido.Message("note_off", note=64, time=20)]
    midi.tracks.append(mido.MidiTrack(notes))
    midi.save(tmp_path / "tune.mid")
    options = options_for(model, tmp_path, seconds=0.6, play_along=tmp_path / "tune.mid")
    cues = DummySubscriber()
    session = LiveSession(options, cues, MonotonicClock())
    session.run(Event())
    session.close()
    visitors = [
        m for m in cues.messages if isinstance(m, NoteCue) and m.source is NoteSource.VISITOR
    ]
    assert [cue.pitch for cue in visitors] == [64]


def test_the_staff_turns_it_down_and_silences_it(model, tmp_path) -> None:
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path), DummySubscriber(), clock)
    for name, values in (("volume", (0.5,)), ("quiet", (1,)), ("silence", (1,))):
        session.controls.apply_of_staff(ControlMessage(name, values, clock.now()))
    settings = session.collect_metrics().settings
    assert settings["volume"].value == 0.5
    assert (settings["quiet"].value, settings["silence"].value) == (1.0, 1.0)
    assert session.collect_metrics().sound.volume == 0.0
    session.controls.apply_of_staff(ControlMessage("silence", (0,), clock.now()))
    assert 0.0 < session.collect_metrics().sound.volume < 0.5
    session.close()


def test_the_figures_tell_that_a_lesson_is_open(model, tmp_path) -> None:
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path, seconds=0.3), DummySubscriber(), clock)
    assert not session.collect_metrics().in_lesson
    session.key_input.submit_stage_request(LessonOpenChange(True, clock.now()))
    session.run(Event())
    session.close()
    assert session.collect_metrics().in_lesson


def test_the_staff_chooses_the_mode_among_those_there_are(model, tmp_path) -> None:
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path, seconds=0.3), DummySubscriber(), clock)
    session.controls.apply_of_staff(ControlMessage("mode", ("together",), clock.now()))
    session.run(Event())
    session.close()
    mode = session.collect_metrics().settings["mode"]
    assert mode.value == "together" and mode.value in mode.choices


def test_the_chosen_generation_is_taken_over_after_the_start(model, tmp_path) -> None:
    config = Config(
        style=StyleSettings(model=str(model)),
        recording=RecordingSettings(folder=str(tmp_path / "recordings")),
        evolution=EvolutionSchedule(enabled=True, folder=str(tmp_path / "generations")),
    )
    store = open_generations(config)
    store.add(Generation(0, 0, store.style), load_model(config.style))
    cues, clock = DummySubscriber(), MonotonicClock()
    session = LiveSession(PlayOptions(config, seed=7), cues, clock)
    stop = Event()

    def stop_when_taken_over() -> None:
        if any(isinstance(m, ModelChange) for m in cues.messages):
            stop.set()

    session.run(stop, stop_when_taken_over)
    session.close()
    paths = [m.path for m in cues.messages if isinstance(m, ModelChange)]
    assert paths == [str(store.path(1))]
