from __future__ import annotations

from dataclasses import replace
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
)
from installation.engine.live_controls import SamplingChange, StyleSharesChange
from installation.engine.publisher import DummySubscriber
from installation.io.control.control_messages import ControlError, ControlMessage
from installation.io.midi.backend import MidiUnavailable, PortError
from installation.io.midi.inputs import ReceivedMessage
from installation.process.headless import run_headless
from installation.session.blend_partners import load_blend_partners
from installation.session.live_session import LiveSession, load_model
from installation.session.model_loading import open_generations
from installation.session.options import OutputPathError, PlayOptions, check_output_path
from messages.clock import SECOND, MonotonicClock
from messages.cues import ModelChange, NoteCue, NoteSource
from messages.gestures import (
    HeldUnit,
    HeldUnitsChange,
    KeyEvent,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
    LessonTone,
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
    session.handle_gesture(KeyEvent(60, True, clock.now()))
    session.handle_gesture(KeyEvent(60, False, clock.now() + SECOND // 10))
    session.run(Event())
    session.close()
    visitors = [
        m for m in cues.messages if isinstance(m, NoteCue) and m.source is NoteSource.VISITOR
    ]
    assert [cue.pitch for cue in visitors] == [60]
    assert len(list((tmp_path / "recordings").rglob("*.mid"))) == 1


def test_a_key_held_when_the_window_is_lost_is_released(model, tmp_path) -> None:
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path), DummySubscriber(), clock)
    session.handle_gesture(KeyEvent(60, True, clock.now()))
    session.release_window_input(clock.now())
    events = session.key_input.drain()
    session.close()
    assert [type(event).__name__ for event in events[:2]] == ["KeyPressed", "NoteStopped"]


def test_a_lessons_tones_sound_and_end_with_the_window(model, tmp_path) -> None:
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path), DummySubscriber(), clock)
    now = clock.now()
    asked = (
        LessonOpenChange(True, now),
        LessonPlayRequest((LessonTone(60, 60, now, SECOND),), now),
        LessonSilenceRequest(now),
    )
    for gesture in asked:
        session.handle_gesture(gesture)
    assert session.key_input.drain() == list(asked)
    session.release_window_input(now)
    assert session.key_input.drain() == [LessonOpenChange(False, now)]
    session.close()


def test_held_units_reach_the_network(model, tmp_path) -> None:
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path), DummySubscriber(), clock)
    session.handle_gesture(HeldUnitsChange((HeldUnit(0, 3, 0.0), HeldUnit(0, 4, 2.5)), clock.now()))
    (steered,) = session.key_input.drain()
    assert [(touch.unit, touch.gain) for touch in steered.change.touches] == [(3, 0.0), (4, 2.5)]
    session.close()


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
        session.handle_gesture(ParameterChange(name, values, clock.now()))
    changes = [event.change for event in session.key_input.drain()]
    session.close()
    assert changes == [SamplingChange(temperature=0.5), StyleSharesChange(shares)]


@pytest.mark.parametrize(
    "gesture",
    [
        KeyEvent(300, True, 0),
        HeldUnitsChange((HeldUnit(0, 0, float("nan")),), 0),
        HeldUnitsChange((HeldUnit(-1, 0, 1.0),), 0),
        ParameterChange("temperature", (float("nan"),), 0),
        ParameterChange("blend", (float("inf"), -1.0, 0.0), 0),
        ParameterChange("no knob", (), 0),
    ],
)
def test_a_gesture_out_of_bounds_is_dropped(model, tmp_path, caplog, gesture) -> None:
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path), DummySubscriber(), clock)
    try:
        for _ in range(50):
            session.handle_gesture(gesture)
        assert session.key_input.drain() == []
        assert len([one for one in caplog.records if one.levelname == "WARNING"]) < 3
        session.handle_gesture(KeyEvent(60, True, clock.now()))
        assert len(session.key_input.drain()) == 1
    finally:
        session.close()


def test_it_ends_when_told_to(model, tmp_path) -> None:
    stop = Event()
    stop.set()
    run_headless(options_for(model, tmp_path), stop)


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
        session.apply_staff_control(ControlMessage(name, values, clock.now()))
    settings = session.collect_metrics().settings
    assert settings["volume"].value == 0.5
    assert (settings["quiet"].value, settings["silence"].value) == (1.0, 1.0)
    assert session.collect_metrics().sound.volume == 0.0
    session.apply_staff_control(ControlMessage("silence", (0,), clock.now()))
    assert 0.0 < session.collect_metrics().sound.volume < 0.5
    session.close()


def test_the_staff_chooses_the_mode_among_those_there_are(model, tmp_path) -> None:
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path, seconds=0.3), DummySubscriber(), clock)
    session.apply_staff_control(ControlMessage("mode", ("together",), clock.now()))
    session.run(Event())
    session.close()
    mode = session.collect_metrics().settings["mode"]
    assert mode.value == "together" and mode.value in mode.choices


def test_a_style_that_does_not_play_here_is_refused(model, tmp_path) -> None:
    clock = MonotonicClock()
    session = LiveSession(options_for(model, tmp_path), DummySubscriber(), clock)
    with pytest.raises(ControlError):
        session.apply_staff_control(ControlMessage("style", ("jazz",), clock.now()))
    session.close()


@pytest.fixture
def session_and_asked(model, tmp_path):
    options = options_for(model, tmp_path)
    options = replace(
        options, config=options.config.with_values("midi", set_channel=16), set_name="chapel"
    )
    asked: list[ControlMessage] = []
    session = LiveSession(options, DummySubscriber(), MonotonicClock(), asked.append)
    yield session, asked
    session.close()


def test_a_program_change_on_the_channel_of_sets_asks_for_one(session_and_asked, caplog) -> None:
    session, asked = session_and_asked
    receive = session.receive_midi
    for channel, program in ((15, 1), (0, 2), (15, 100)):
        message = mido.Message("program_change", channel=channel, program=program)
        receive(ReceivedMessage(message, 5, "pad"))
    assert asked == [ControlMessage("set", ("chapel",), 5)]
    assert "set must be one of none, chapel" in caplog.text


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (ControlMessage("play", (0,), 1), ControlMessage("silence", (1,), 1)),
        (ControlMessage("volume", (0.5,), 1), ControlMessage("volume", (0.5,), 1)),
        (ControlMessage("scene", ("why",), 1), ControlMessage("scene", ("why",), 1)),
        (ControlMessage("set", ("none",), 1), ControlMessage("set", ("none",), 1)),
    ],
)
def test_what_concerns_other_processes_is_asked_of_the_supervisor(
    session_and_asked, control, expected
) -> None:
    session, asked = session_and_asked
    session.apply_remote_control(control)
    assert asked == [expected]


@pytest.mark.parametrize(
    ("name", "value", "part"), [("set", "disco", "chapel"), ("scene", "clouds", "waves, cortex")]
)
def test_a_set_or_scene_that_is_not_there_is_refused_with_those_that_are(
    session_and_asked, name, value, part
) -> None:
    session, asked = session_and_asked
    with pytest.raises(ControlError, match=part):
        session.apply_remote_control(ControlMessage(name, (value,), 1))
    assert asked == []


def test_without_a_supervisor_a_set_is_refused(model, tmp_path) -> None:
    session = LiveSession(options_for(model, tmp_path), DummySubscriber(), MonotonicClock())
    with pytest.raises(ControlError, match="window"):
        session.apply_remote_control(ControlMessage("set", ("sonar",), 1))
    session.close()


def test_a_panic_ends_every_note(session_and_asked) -> None:
    session, asked = session_and_asked
    session.apply_remote_control(ControlMessage("panic", (), 1))
    assert [type(event).__name__ for event in session.key_input.drain()] == ["SilenceRequested"]
    assert asked == []


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
