from __future__ import annotations

import logging
from datetime import UTC, datetime
from threading import Event

import pytest

from installation.band.band import ANSWER_LIFT, Band, BandSection
from installation.config import LiveSettings
from installation.engine.key_input import ComposerChange, StageReady
from installation.engine.live_controls import (
    InterventionsChange,
    LiveControlChange,
    SamplingChange,
)
from installation.engine.phrases.phrase import (
    MIN_REACTION_NS,
    Ghost,
    GhostSource,
    Phrase,
    build_phrase,
)
from installation.engine.phrases.phrase_generator import MIN_FINAL_NOTE_BEATS
from installation.engine.phrases.phrase_plans import FAREWELL_BEATS
from installation.engine.player import GUEST_TIMEOUT_NS, MAX_GHOST_NOTE_NS, Player
from installation.engine.publisher import Publisher
from installation.engine.scheduler import Scheduler
from installation.engine.tempo_sync import SyncedTempo
from installation.io.control.tempo_source import DummyTempoSource
from installation.io.midi.outputs import DummyOutput
from messages.clock import MILLISECOND, SECOND
from messages.crowd import CrowdSteering
from messages.cues import (
    ComparedVersion,
    GhostAnswer,
    ModelChange,
    NoteCue,
    NoteSource,
    Turn,
    UnitComparison,
    VisitEndWarning,
)
from messages.gestures import ComparisonRequest, LessonOpenChange
from messages.timed_note import TimedNote
from midi_data.beat_grid import BeatGrid
from midi_data.notes import Note
from rnn.generation.composer import Composer
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention
from tests.dummy_composer import CriticalComposer, DummyComposer, KeepingComposer
from tests.dummy_drummer import dummy_drummer


class OneGhost(GhostSource):
    """The same ghost for each phrase: two notes, each as long as the other, beats."""

    def __init__(self, duration: float = 1.0, second_onset: float = 2.0) -> None:
        self._notes = Note(67, 1.0, duration), Note(69, second_onset, duration)

    def find(self, phrase: Phrase) -> Ghost:
        return Ghost(self._notes, datetime(2031, 5, 6, 15, 30, tzinfo=UTC))


def test_a_ghost_answers_the_second_phrase_before_the_network_goes_on(rehearsals):
    rehearsal = rehearsals(ghosts=OneGhost())
    rehearsal.until(rehearsal.play(1.0, [60, 62, 64, 65]) + 3.0)
    assert rehearsal.notes(NoteSource.GHOST) == []
    over = rehearsal.play(20.0, [60, 62, 64, 65])
    rehearsal.until(over + 12.0)
    first, second = rehearsal.notes(NoteSource.GHOST)
    assert (first.pitch, second.pitch) == (67, 69) and over < first.due / SECOND
    network = [n for n in rehearsal.notes(NoteSource.NETWORK) if n.due > over * SECOND]
    assert network and network[0].due >= second.end - 1
    (told,) = (each for each in rehearsal.messages if isinstance(each, GhostAnswer))
    assert (told.at, told.weekday, told.hour) == (first.due, 1, 15)
    assert second.end <= told.until <= network[0].due + 1
    rehearsal.close(60.0)
    sounded = [n.pitch for n in rehearsal.subscriber.notes if n.source is NoteSource.GHOST]
    assert sounded == [67, 69]


class ListeningBand(Band):
    """Keeps the sections that begin."""

    def __init__(self) -> None:
        super().__init__(dummy_drummer(), "full", seed=1)
        self.sections: list[BandSection] = []

    def begin_section(self, section, grid, at):
        self.sections.append(section)
        super().begin_section(section, grid, at)


def player_with(band: Band, composer: Composer | None = None) -> Player:
    """A player whose notes go nowhere."""
    settings = LiveSettings(attract_level=54)
    scheduler = Scheduler([DummyOutput()])
    tempo = SyncedTempo(120.0, None)
    composer = composer or DummyComposer()
    return Player(composer, scheduler, Publisher([]), tempo, settings, 1, 0, band)


class UpbeatComposer(DummyComposer):
    """Begins each tune with the last beat of bar 0."""

    def begin_tune(self, meter=None):
        super().begin_tune(meter)
        self._beat = 3.0


@pytest.mark.parametrize(("first_bar_beat", "first"), [(None, 0), (0, 3)])
def test_an_upbeat_is_played_before_the_bar_line_of_a_device_that_leads(first_bar_beat, first):
    beat, scheduler = SECOND // 2, Scheduler([DummyOutput()])
    source = DummyTempoSource(BeatGrid(0, beat), first_bar_beat)
    tempo, settings = SyncedTempo(120.0, source), LiveSettings()
    composer, band = UpbeatComposer(), ListeningBand()
    player = Player(composer, scheduler, Publisher([]), tempo, settings, 1, 0, band)
    player.begin_attract_tune(8 * beat)
    player.compose_note(8 * beat)
    assert player.phrase_generator.begin == (8 + first) * beat


class HarmonisingComposer(DummyComposer):
    """Counts the phrases it could harmonise."""

    def __init__(self) -> None:
        super().__init__()
        self.melodies = 0

    def harmonise_phrase(self, phrase):
        self.melodies += 1
        return super().harmonise_phrase(phrase)


@pytest.mark.parametrize(("gap_s", "melodies"), [(0.5, 1), (0.07, 0)])
def test_mashed_keys_are_no_melody_to_harmonise(gap_s, melodies):
    pitches = [48, 71, 54, 80, 61, 49, 75, 66, 58, 83, 52, 77]
    times = [round(SECOND * (1 + gap_s * k)) for k in range(len(pitches))]
    notes = [
        TimedNote(pitch, 90, at, at + SECOND // 20)
        for pitch, at in zip(pitches, times, strict=True)
    ]
    composer = HarmonisingComposer()
    player = player_with(ListeningBand(), composer)
    player.begin_answer(build_phrase(notes, SECOND // 2), times[-1] + SECOND)
    assert composer.melodies == melodies


def compose_all(player: Player) -> None:
    while player.compose_at is not None:
        player.compose_note(player.compose_at)


@pytest.mark.parametrize("velocity", [35, 70, 127])
def test_an_answer_lifts_the_energy_of_its_phrase_for_the_band(velocity):
    pitches = (60, 62, 64, 65, 67, 65, 64, 60)
    phrase = build_phrase(
        [TimedNote(p, velocity, k * SECOND, (k + 1) * SECOND) for k, p in enumerate(pitches)],
        SECOND,
    )
    band = ListeningBand()
    player = player_with(band)
    player.begin_answer(phrase, 8 * SECOND)
    compose_all(player)
    (section,) = band.sections
    assert section.energy == pytest.approx(min(1.0, phrase.energy + ANSWER_LIFT))
    assert section.energy > phrase.energy
    assert (section.meter, section.key) == (phrase.tune.meter, phrase.key)
    assert section.length is not None and 0 < section.length < phrase.length


def test_the_farewell_has_its_own_energy_for_the_band_and_a_planned_end():
    band = ListeningBand()
    player = player_with(band)
    player.begin_farewell(None, SECOND)
    compose_all(player)
    (section,) = band.sections
    assert section.energy == pytest.approx(54 / 127)
    assert section.length == FAREWELL_BEATS - MIN_FINAL_NOTE_BEATS


def test_the_end_of_a_tune_of_its_own_is_not_planned_for_the_band():
    band = ListeningBand()
    player = player_with(band)
    player.begin_attract_tune(SECOND)
    compose_all(player)
    assert [section.length for section in band.sections] == [None]


def test_a_key_silences_a_ghost(rehearsals):
    rehearsal = rehearsals(ghosts=OneGhost())
    rehearsal.until(rehearsal.play(1.0, [60, 62, 64, 65]) + 3.0)
    over = rehearsal.play(20.0, [60, 62, 64, 65])
    rehearsal.until(over + 1.2)
    first, second = rehearsal.notes(NoteSource.GHOST)
    rehearsal.press(first.due / SECOND + 0.3, 72)
    rehearsal.until(over + 6.0)
    assert rehearsal.notes(NoteSource.GHOST) == [first]


def test_what_a_past_visitor_held_for_a_minute_is_a_long_note_of_a_ghost_and_no_more(rehearsals):
    rehearsal = rehearsals(ghosts=OneGhost(duration=120.0, second_onset=40.0))
    rehearsal.until(rehearsal.play(1.0, [60, 62, 64, 65]) + 3.0)
    over = rehearsal.play(20.0, [60, 62, 64, 65])
    rehearsal.until(over + 1.2)
    first, _ = rehearsal.notes(NoteSource.GHOST)
    rehearsal.press(first.due / SECOND + 0.3, 72)
    assert first.end - first.due == MAX_GHOST_NOTE_NS
    rehearsal.until(first.end / SECOND + 0.01)
    ended = {s.message.note for s in rehearsal.port.sent if s.message.type == "note_off"}
    assert 67 in ended


def test_a_phrase_over_a_ghost_is_a_phrase_of_its_own(rehearsals):
    composer = KeepingComposer()
    rehearsal = rehearsals(ghosts=OneGhost(), composer=composer)
    rehearsal.until(rehearsal.play(1.0, [60, 62, 64, 65]) + 3.0)
    over = rehearsal.play(20.0, [60, 62, 64, 65])
    rehearsal.until(over + 1.2)
    first, second = rehearsal.notes(NoteSource.GHOST)
    again = first.due / SECOND + 0.3
    rehearsal.until(rehearsal.play(again, [84, 83, 81], gap=0.4) + 4.0)
    assert [note.pitch for note in composer.phrases[-1].notes] == [84, 83, 81]
    struck = [onset for pitch, onset in composer.struck if pitch > 80]
    assert len(struck) == 3 and struck == sorted(
        set(struck)
    )  # at beats of their own, not all at the ghost's end
    assert second not in rehearsal.notes(NoteSource.GHOST)


def choose_guest(rehearsal, at: float, path: str = "small", composer=None) -> None:
    rehearsal.until(at)
    guest = (composer or DummyComposer(1, 8)) if path else None
    rehearsal.visitor.submit_composer_change(ComposerChange(guest, path, round(at * SECOND)))


def model_changes(rehearsal) -> list[str]:
    return [m.path for m in rehearsal.messages if isinstance(m, ModelChange)]


def shapes_after(rehearsal, at: float) -> set[tuple[int, ...]]:
    """Shapes of the activations published since the last model change for after `at` seconds."""
    messages = list(rehearsal.messages)
    changes = [k for k, message in enumerate(messages) if isinstance(message, ModelChange)]
    return {
        message.activations.shape
        for message in messages[changes[-1] if changes else 0 :]
        if isinstance(message, NoteCue) and message.due > at * SECOND
    }


DEFAULT, GUEST = (2, 6, 32), (1, 6, 8)


def test_a_guest_model_answers_and_the_stage_is_told(rehearsal):
    choose_guest(rehearsal, 1.0)
    end = rehearsal.play(2.0, [60, 62, 64, 65])
    rehearsal.until(end + 6)
    assert model_changes(rehearsal) == ["small"]
    assert shapes_after(rehearsal, 1.0) == {GUEST}
    assert rehearsal.notes(NoteSource.NETWORK)


def test_a_model_change_is_published_before_the_cues_of_the_guest(rehearsal):
    choose_guest(rehearsal, 1.0)
    rehearsal.play(2.0, [60, 62])
    rehearsal.until(9.0)
    kinds = [
        message.path if isinstance(message, ModelChange) else message.activations.shape
        for message in rehearsal.messages
        if isinstance(message, ModelChange | NoteCue)
    ]
    assert kinds[0] == "small"
    assert set(kinds[1:]) == {GUEST}


def test_a_guest_is_removed_when_the_visit_ends(rehearsal):
    choose_guest(rehearsal, 1.0)
    end = rehearsal.play(2.0, [60, 62, 64, 65])
    rehearsal.until(end + 120)
    assert rehearsal.performer.turn is Turn.ATTRACT
    assert model_changes(rehearsal) == ["small", ""]
    rehearsal.play(end + 121, [60, 62])
    rehearsal.until(end + 128)
    assert shapes_after(rehearsal, end + 120) == {DEFAULT}


def test_a_guest_nobody_plays_with_is_removed(rehearsal):
    choose_guest(rehearsal, 1.0)
    rehearsal.until(1.0 + GUEST_TIMEOUT_NS / SECOND + 1)
    assert model_changes(rehearsal) == ["small", ""]


def test_a_guest_chosen_during_an_answer_ends_the_answer(rehearsal):
    end = rehearsal.play(1.0, [60, 62, 64, 65, 67, 65, 64, 62])
    while rehearsal.performer.turn is not Turn.ANSWER:
        end += 0.1
        rehearsal.until(end)
    choose_guest(rehearsal, end + 0.5)
    rehearsal.until(end + 1.5)
    late = [n for n in rehearsal.notes(NoteSource.NETWORK) if n.due > (end + 0.55) * SECOND]
    assert late == []
    assert rehearsal.performer.turn is Turn.LISTEN
    rehearsal.play(end + 2, [60, 62])
    rehearsal.until(end + 8)
    assert shapes_after(rehearsal, end + 0.6) == {GUEST}


def test_a_key_held_during_a_model_change_is_released(rehearsal):
    rehearsal.press(1.0, 60)
    choose_guest(rehearsal, 1.5)
    rehearsal.release(2.0, 60)
    rehearsal.until(8.0)
    assert [n.end for n in rehearsal.notes(NoteSource.VISITOR)] == [2 * SECOND]


def test_a_touch_of_a_unit_that_the_guest_lacks_is_ignored(rehearsal):
    choose_guest(rehearsal, 1.0)
    touch = InterventionsChange((UnitIntervention(1, 31, InterventionKind.SILENCE),))
    rehearsal.until(2.0)
    rehearsal.visitor.submit_control_change(LiveControlChange(touch, 2 * SECOND))
    rehearsal.play(3.0, [60, 62])
    rehearsal.until(9.0)
    assert rehearsal.notes(NoteSource.NETWORK)


@pytest.mark.parametrize("path", ["small", ""])
def test_a_guest_chosen_during_a_lesson_waits_until_it_is_closed(rehearsal, path):
    rehearsal.until(1.0)
    rehearsal.visitor.submit_stage_request(LessonOpenChange(True, SECOND))
    choose_guest(rehearsal, 2.0, path)
    rehearsal.until(3.0)
    rehearsal.visitor.submit_stage_request(LessonOpenChange(False, 3 * SECOND))
    rehearsal.play(4.0, [60, 62, 64])
    rehearsal.until(12.0)
    assert rehearsal.notes(NoteSource.NETWORK)
    assert shapes_after(rehearsal, 2.0) == {GUEST if path else DEFAULT}


def test_a_stage_that_opens_is_told_which_model_plays(rehearsal):
    choose_guest(rehearsal, 1.0)
    for at in (2.0, 1.0 + GUEST_TIMEOUT_NS / SECOND + 2):
        rehearsal.until(at)
        rehearsal.visitor.submit_stage_ready(StageReady(round(at * SECOND)))
    rehearsal.until(at + 1)
    assert model_changes(rehearsal) == ["small", "small", "", ""]


def test_another_guest_replaces_the_first(rehearsal):
    choose_guest(rehearsal, 1.0)
    choose_guest(rehearsal, 2.0, "other", DummyComposer(2, 4))
    rehearsal.play(3.0, [60, 62])
    rehearsal.until(9.0)
    assert shapes_after(rehearsal, 2.0) == {(2, 6, 4)}


BEAT = round(0.6 * SECOND)
HOUR = 3600.0


def stall(rehearsal, seconds: float) -> int:
    """Let nothing run for some seconds; the scheduler wakes before the performer."""
    clock = rehearsal.clock
    clock.wait_until(clock.now() + round(seconds * SECOND), Event())
    rehearsal.scheduler.pump(clock.now())
    return clock.now()


def ons(rehearsal) -> list[tuple[int, int]]:
    """Due times and pitches of the note-ons the port was given."""
    sent = (s for s in rehearsal.port.sent if s.message.type == "note_on")
    return [(s.due, s.message.note) for s in sent]


@pytest.mark.parametrize("seconds", [0.4, 1.0, 7.3, HOUR])
def test_after_a_stall_the_music_continues_later_by_whole_beats(rehearsals, seconds: float) -> None:
    undisturbed, rehearsal = rehearsals(LiveSettings()), rehearsals(LiveSettings())
    undisturbed.until(12)
    rehearsal.until(5.0)
    before = len(ons(rehearsal))
    woken_at = stall(rehearsal, seconds)
    rehearsal.until(woken_at / SECOND + 7)
    pitches = [pitch for _, pitch in ons(rehearsal)]
    expected = [pitch for _, pitch in ons(undisturbed)]
    assert pitches[: len(expected)][: before + 4] == expected[: before + 4]
    delay = ons(rehearsal)[before][0] - ons(undisturbed)[before][0]
    assert delay % BEAT == 0
    assert woken_at <= ons(rehearsal)[before][0] < woken_at + MIN_REACTION_NS + BEAT


def test_no_burst_of_notes_follows_a_stall(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings())
    rehearsal.until(5.0)
    before = len(ons(rehearsal))
    woken_at = stall(rehearsal, 30.0)
    rehearsal.until(woken_at / SECOND)
    assert len(ons(rehearsal)) == before
    assert rehearsal.performer.postponements == 1
    assert rehearsal.scheduler.skipped_notes == 0


def test_the_recorded_notes_are_those_that_sounded(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings())
    rehearsal.until(5.0)
    woken_at = stall(rehearsal, 3.0)
    rehearsal.close(woken_at / SECOND + 6)
    recorded = [(note.due, note.pitch) for note in rehearsal.subscriber.notes]
    assert sorted(recorded) == sorted(ons(rehearsal))


def test_stalls_are_logged_once_a_minute(rehearsals, caplog) -> None:
    rehearsal = rehearsals(LiveSettings())
    with caplog.at_level(logging.WARNING):
        for at in (3.0, 5.0, 7.0):
            rehearsal.until(at)
            stall(rehearsal, 0.9)
            rehearsal.until(at + 2)
    assert rehearsal.performer.postponements == 3
    assert len([r for r in caplog.records if "stalled" in r.message]) == 1


def test_a_visitor_is_answered_after_a_stall(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(attract=False))
    rehearsal.play(1.0, [60, 62, 64, 65])
    woken_at = stall(rehearsal, 20.0)
    rehearsal.until(woken_at / SECOND + 3)
    answer = rehearsal.notes(NoteSource.NETWORK)
    assert answer and answer[0].due >= woken_at
    assert len(ons(rehearsal)) > 4


def test_a_short_delay_changes_nothing(rehearsals) -> None:
    undisturbed, rehearsal = rehearsals(LiveSettings()), rehearsals(LiveSettings())
    undisturbed.until(12)
    for at in range(1, 30):
        rehearsal.until(0.37 * at)
        stall(rehearsal, 0.09)
    rehearsal.until(12.0)
    assert rehearsal.performer.postponements == 0
    assert ons(rehearsal) == ons(undisturbed)
    assert 0 < rehearsal.scheduler.measure_lateness().worst <= 90


def test_a_key_pressed_during_a_stall_keeps_its_time(rehearsals, monkeypatch) -> None:
    rehearsal = rehearsals(LiveSettings(mode="together", tempo=100, attract=False))
    onsets = []
    strike = rehearsal.composer.strike
    monkeypatch.setattr(
        rehearsal.composer, "strike", lambda pitch, at, _: onsets.append(at) or strike(pitch, at)
    )
    rehearsal.press(1.0, 60)
    rehearsal.until(4.0)
    rehearsal.clock.wait_until(40 * SECOND, Event())
    rehearsal.scheduler.pump(40 * SECOND)
    rehearsal.visitor.press(62, 80, round(4.3 * SECOND))
    rehearsal.until(40.1)
    struck, again = onsets
    assert again - struck == pytest.approx(3.3 / 0.6, abs=1.01)  # moved by a whole beat at the most


BARS = {
    "4/4": (4.0, "1 1 1 1 1 .5 .5 1 1 1 1 .5 .5 1 2 2", 0.0),
    "3/4": (3.0, "2 1 1 1 1 2 1 1 .5 .5 1 3", 0.0),
    "6/8": (3.0, ".5 .5 .5 .5 .5 .5 1 .5 1 .5 .5 .5 .5 .5 .5 .5 1 .5 1.5", 0.0),
    "upbeat": (3.0, "1 1 1 1 2 1 1 .5 .5 1 2", 1.0),
}
"""Quarter notes in a bar, a rhythm that ends with a bar, and its upbeat."""


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("tempo", [80, 100, 118])
def test_an_answer_enters_on_the_bar_line_or_its_upbeat(rehearsals, name, tempo):
    rehearsal = rehearsals()
    bar, durations, upbeat = BARS[name]
    beat, place = 60 / tempo / (1.5 if name == "6/8" else 1.0), -upbeat
    start = 1.0 + upbeat * beat  # of the first whole bar
    for index, duration in enumerate(map(float, durations.split())):
        at = start + place * beat
        rehearsal.press(at, 60 + index % 5, 90 if place % bar == 0 else 75)
        rehearsal.release(at + 0.8 * duration * beat, 60 + index % 5)
        place += duration
    rehearsal.until(at + 12)
    first = rehearsal.notes(NoteSource.NETWORK)[0]
    bars = ((first.due / SECOND - start) / beat + upbeat) / bar
    assert abs(bars - round(bars)) * bar * beat < 0.06


def test_a_key_before_the_answer_begins_goes_on_with_the_phrase(rehearsal):
    heard = []
    restart = rehearsal.composer.restart_with_phrase
    rehearsal.composer.restart_with_phrase = lambda tune: (heard.append(tune), restart(tune))[1]
    end = rehearsal.play(1.0, [60, 62, 64, 65])
    while rehearsal.performer.turn is not Turn.ANSWER:
        end += 0.05
        rehearsal.until(end)
    assert rehearsal.notes(NoteSource.NETWORK)[0].due > (end + 0.1) * SECOND
    rehearsal.play(end + 0.05, [67, 69, 67])
    rehearsal.until(end + 8)
    assert [len(tune.notes) for tune in heard] == [4, 7]


def swung_phrase(rehearsal, swing: float, beat: float) -> float:
    """Four swung bars; returns the time of the bar line at their end."""
    at, place = 1.0, 0.0
    bars = "1 .5 .5 1 .5 .5 .5 .5 1 2 .5 .5 1 .5 .5 1 2 2"
    for index, duration in enumerate(map(float, bars.split())):
        shift = swing - 0.5 if place % 1 else 0.0
        at = 1.0 + (place + shift) * beat
        rehearsal.press(at, 60 + index % 5, 95 if place % 4 == 0 else 75)
        rehearsal.release(at + 0.6 * duration * beat, 60 + index % 5)
        place += duration
    rehearsal.until(1.0 + (place + 12) * beat)
    return 1.0 + place * beat


@pytest.mark.parametrize("swing", [0.5, 2 / 3])
def test_swing_heard_is_swing_played(rehearsals, swing):
    settings = LiveSettings(tempo=100, attract=False, expression=0)
    rehearsal, beat = rehearsals(settings=settings), 0.55
    end = swung_phrase(rehearsal, swing, beat)
    places = [(n.due / SECOND - end) / beat % 1 for n in rehearsal.notes(NoteSource.NETWORK)]
    offbeats = [place for place in places if 0.1 < place < 0.9]
    assert offbeats
    assert offbeats == pytest.approx([swing] * len(offbeats), abs=0.05)


def take_over(rehearsal, at: float, path: str = "next") -> None:
    rehearsal.until(at)
    change = ComposerChange(DummyComposer(1, 8), path, round(at * SECOND), is_default=True)
    rehearsal.visitor.submit_composer_change(change)


def test_another_default_model_plays_at_once_while_nobody_does(rehearsal):
    take_over(rehearsal, 1.0)
    rehearsal.play(2.0, [60, 62, 64, 65])
    rehearsal.until(2.0 + 2 * GUEST_TIMEOUT_NS / SECOND)
    assert model_changes(rehearsal) == ["next"]
    assert shapes_after(rehearsal, 1.0) == {GUEST}


def test_another_default_model_waits_for_the_end_of_the_visit(rehearsal):
    end = rehearsal.play(1.0, [60, 62, 64, 65])
    take_over(rehearsal, end + 0.1)
    rehearsal.until(end + 6)
    assert model_changes(rehearsal) == []
    rehearsal.until(end + 120)
    assert model_changes(rehearsal) == ["next"]
    assert rehearsal.performer.turn is Turn.ATTRACT


def test_another_default_model_waits_for_the_end_of_a_guest(rehearsal):
    choose_guest(rehearsal, 1.0, composer=DummyComposer(2, 16))
    take_over(rehearsal, 2.0)
    rehearsal.until(3.0)
    assert model_changes(rehearsal) == ["small"]
    rehearsal.until(3.0 + 2 * GUEST_TIMEOUT_NS / SECOND)
    assert model_changes(rehearsal)[-1] == "next"


def compare(rehearsal, at: float, layer: int = 1, unit: int = 3) -> None:
    rehearsal.until(at)
    rehearsal.visitor.submit_stage_request(ComparisonRequest(layer, unit, round(at * SECOND)))


def comparisons(rehearsal) -> list[UnitComparison]:
    return [message for message in rehearsal.messages if isinstance(message, UnitComparison)]


def after_answer(rehearsal) -> float:
    """When the answer to a phrase has ended, seconds."""
    rehearsal.play(1.0, [60, 62, 64, 65])
    rehearsal.until(12.0)
    assert rehearsal.performer.turn is Turn.LISTEN
    return 12.0


def test_the_last_phrase_is_played_with_and_without_a_unit(rehearsal):
    at = after_answer(rehearsal)
    answer = [note.pitch for note in rehearsal.notes(NoteSource.NETWORK)]
    compare(rehearsal, at)
    rehearsal.until(at + 14)
    versions = [message.version for message in comparisons(rehearsal)]
    assert versions == list(ComparedVersion)
    replayed = [note.pitch for note in rehearsal.notes(NoteSource.NETWORK)][len(answer) :]
    # the dummy's notes do not depend on its units: both versions are as the answer was
    assert replayed == 2 * answer
    over = comparisons(rehearsal)[-1]
    assert (over.changed, over.notes) == (0, len(answer))


def test_a_unit_is_silenced_in_the_second_version_only(rehearsal, monkeypatch):
    silenced = []
    set_interventions = rehearsal.composer.set_interventions
    monkeypatch.setattr(
        rehearsal.composer,
        "set_interventions",
        lambda touches: silenced.append(len(touches)) or set_interventions(touches),
    )
    at = after_answer(rehearsal)
    compare(rehearsal, at)
    rehearsal.until(at + 14)
    assert silenced == [0, 1, 0]


def test_a_key_ends_a_comparison_and_gives_the_unit_back(rehearsal):
    at = after_answer(rehearsal)
    compare(rehearsal, at)
    rehearsal.until(at + 1)
    rehearsal.press(at + 1.1, 60)
    rehearsal.until(at + 1.2)
    assert comparisons(rehearsal)[-1].version is ComparedVersion.NONE
    assert not rehearsal.composer.interventions
    assert rehearsal.performer.turn is Turn.LISTEN


@pytest.mark.parametrize(("layer", "unit"), [(7, 0), (0, 900), (-1, 0), (0, -1)])
def test_a_unit_of_a_network_that_is_gone_is_not_compared(rehearsal, layer, unit):
    compare(rehearsal, after_answer(rehearsal), layer, unit)
    rehearsal.until(20.0)
    assert comparisons(rehearsal) == []


def test_before_any_phrase_nothing_is_compared(rehearsal):
    compare(rehearsal, 1.0)
    rehearsal.until(5.0)
    assert comparisons(rehearsal) == []
    assert rehearsal.notes(NoteSource.NETWORK) == []


def test_a_comparison_belongs_to_no_visit(rehearsal):
    at = after_answer(rehearsal)
    compare(rehearsal, at)
    rehearsal.until(at + 14)
    for note in rehearsal.subscriber.notes:
        assert note.is_comparison == (note.due > at * SECOND)


def test_a_comparison_is_neither_warned_about_nor_cut_off(rehearsals):
    settings = LiveSettings(tempo=60, attract=False, farewell_after=10.0, warn_before=3.0)
    rehearsal = rehearsals(settings)
    rehearsal.play(1.0, [60, 62, 64, 65, 67, 65, 64, 62] * 2, gap=1.0)
    for turn in (Turn.ANSWER, Turn.LISTEN):
        while rehearsal.performer.turn is not turn:
            rehearsal.until(rehearsal.clock.now() / SECOND + 0.5)
    at = rehearsal.clock.now() / SECOND + 0.5
    compare(rehearsal, at)
    rehearsal.until(at + 1.0)
    while comparisons(rehearsal)[-1].version is not ComparedVersion.NONE:
        rehearsal.until(rehearsal.clock.now() / SECOND + 0.5)
    assert rehearsal.clock.now() > (at + 10.0) * SECOND  # longer than a visit's silence
    assert rehearsal.performer.turn is Turn.LISTEN
    assert [m for m in rehearsal.messages if isinstance(m, VisitEndWarning) and m.at] == []


def test_a_control_moved_during_a_comparison_leaves_both_versions_alike(rehearsals):
    composer = KeepingComposer()
    rehearsal = rehearsals(composer=composer)
    at = after_answer(rehearsal)
    compare(rehearsal, at)
    rehearsal.until(at + 0.5)
    del composer.sampled[:-1]
    change = LiveControlChange(SamplingChange(2.0), round((at + 0.5) * SECOND))
    rehearsal.visitor.submit_control_change(change)
    rehearsal.until(at + 14.0)
    assert comparisons(rehearsal)[-1].version is ComparedVersion.NONE
    assert len({params.temperature for params in composer.sampled}) == 1


def test_a_phrase_that_goes_on_is_answered_and_nothing_compared(rehearsal):
    at = after_answer(rehearsal)
    rehearsal.press(at, 60)
    rehearsal.release(at + 0.3, 60)
    compare(rehearsal, at + 0.4)
    rehearsal.until(at + 5)
    assert comparisons(rehearsal) == []
    assert rehearsal.notes(NoteSource.NETWORK)[-1].due > (at + 0.4) * SECOND


def test_a_tune_goes_on_that_cannot_be_compared(rehearsals):
    rehearsal = rehearsals(LiveSettings(tempo=100, attract=True))
    rehearsal.until(5.0)
    begun = rehearsal.notes(NoteSource.NETWORK)
    compare(rehearsal, 5.0, layer=7)
    rehearsal.until(5.5)
    assert rehearsal.notes(NoteSource.NETWORK)[: len(begun)] == begun


ALONE = LiveSettings(tempo=120, attract_rest=1.0, expression=0)


def tunes_of(rehearsal) -> list[list[int]]:
    """The pitches of each tune that the network played by itself; a rest of 1.5 s parts them."""
    tunes: list[list[int]] = []
    end = 0
    for note in rehearsal.notes(NoteSource.NETWORK):
        if not tunes or note.due > end + 1.5 * SECOND:
            tunes.append([])
        tunes[-1].append(note.pitch)
        end = note.end
    return tunes


def test_after_the_first_the_tunes_of_attract_mode_are_auditioned(rehearsals):
    rehearsal = rehearsals(ALONE, composer=CriticalComposer())
    rehearsal.until(150.0)
    judged = [[note.pitch for note in tune.notes] for tune in rehearsal.composer.judged]
    first, second, third, *_ = tunes_of(rehearsal)
    assert first not in judged and second in judged and third in judged
    candidates = rehearsal.composer.candidates
    assert judged.index(second) // candidates < judged.index(third) // candidates


def test_auditions_change_nothing_that_is_heard_until_one_is_chosen(rehearsals):
    critical = rehearsals(ALONE, composer=CriticalComposer())
    plain = rehearsals(ALONE)
    for each in (critical, plain):
        each.until(60.0)
    assert critical.composer.judged and tunes_of(critical)[0] == tunes_of(plain)[0]


@pytest.mark.parametrize(("auditions", "judged"), [(0, 0), (3, 3), (12, 4)])
def test_no_more_is_auditioned_than_is_set_or_of_use(rehearsals, auditions, judged):
    settings = ALONE.model_copy(update={"auditions": auditions, "attract_rest": 60.0})
    rehearsal = rehearsals(settings, composer=CriticalComposer())
    rehearsal.until(100.0)
    assert len(rehearsal.composer.judged) == judged


def test_nothing_is_auditioned_while_a_visitor_plays_or_the_network_may_not(rehearsals):
    quiet = ALONE.model_copy(update={"attract": False})
    rehearsal = rehearsals(quiet, composer=CriticalComposer())
    rehearsal.until(60.0)
    assert rehearsal.composer.judged == []
    visited = rehearsals(ALONE, composer=CriticalComposer())
    visited.press(2.0, 60)
    before = len(visited.composer.judged)
    visited.until(10.0)
    assert len(visited.composer.judged) == before


def test_what_was_auditioned_before_a_control_moved_is_forgotten():
    tempo, settings, composer = SyncedTempo(120.0, None), LiveSettings(), CriticalComposer()
    scheduler = Scheduler([DummyOutput()])
    player = Player(composer, scheduler, Publisher([]), tempo, settings, 1, 0, Band())
    while player.audition_at is not None:
        player.audition_note(player.audition_at)
    player.apply_control_change(LiveControlChange(CrowdSteering(1.1, 0.2), 0))
    assert player.audition_at is None  # a crowd wishes all the time
    player.apply_control_change(LiveControlChange(SamplingChange(1.2), 0))
    assert player.audition_at is not None


def times_of_actions(rehearsal, late_ns: int) -> set[int]:
    """When the performer wants to act next, ns, if it is called so late each time for a minute."""
    scheduler, wanted, now = rehearsal.scheduler, set(), 0
    while now < 60 * SECOND:
        wanted.add(due := rehearsal.performer.advance(now))
        now = due + late_ns
        while (wake := scheduler.next_wake()) is not None and wake <= now:
            scheduler.pump(wake)  # its thread is never late
    return wanted


def test_auditions_do_not_depend_on_when_a_thread_wakes_up(rehearsals):
    exact, late = (rehearsals(ALONE, composer=CriticalComposer()) for _ in range(2))
    assert times_of_actions(late, 37 * MILLISECOND) <= times_of_actions(exact, 0)
    assert late.performer.postponements == 0
    assert len(tunes_of(late)) > 2 and len(late.composer.judged) > 8
