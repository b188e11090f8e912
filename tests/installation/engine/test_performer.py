from __future__ import annotations

from itertools import accumulate, pairwise

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.band.band import Band
from installation.config import LiveSettings
from installation.engine.key_input import ModeChange, SilenceRequested
from installation.engine.publisher import Milestone
from installation.engine.turn_taking import TurnTakingMode
from installation.io.control.tempo_source import DummyTempoSource, MidiClockReceiver
from installation.io.midi.inputs import ReceivedMessage
from messages.clock import MILLISECOND, SECOND
from messages.cues import (
    CueWithdrawal,
    KeyStruck,
    NoteCue,
    NoteRelease,
    NoteSource,
    RhythmBelief,
    Turn,
    TurnChange,
    VisitEndWarning,
)
from messages.gestures import LessonOpenChange, PlayAloneRequest
from midi_data.beat_grid import BeatGrid
from tests.dummy_composer import DummyComposer, KeepingComposer
from tests.dummy_drummer import dummy_drummer

SCALE = [60, 62, 64, 65, 67]
UP_AND_DOWN = [60, 62, 64, 65, 67, 65, 64, 62]


def sounding_at_end(port) -> set[tuple[int, int]]:
    """Channel and pitch of every note whose last message is a note-on."""
    on: set[tuple[int, int]] = set()
    for sent in port.sent:
        message = sent.message
        if message.type == "note_on":
            on.add((message.channel, message.note))
        elif message.type == "note_off":
            on.discard((message.channel, message.note))
    return on


def turns(rehearsal) -> list[Turn]:
    return [m.turn for m in rehearsal.messages if isinstance(m, TurnChange)]


def visit_milestones(rehearsal) -> list[Milestone]:
    visits = (Milestone.VISIT_BEGAN, Milestone.VISIT_ENDED)
    return [one for one in rehearsal.subscriber.milestones if one in visits]


def test_a_key_sounds_at_once(rehearsal) -> None:
    rehearsal.press(1.0, 60, 77)
    message = rehearsal.port.sent[-1].message
    assert (message.type, message.note, message.velocity) == ("note_on", 60, 77)


def test_a_key_is_passed_to_the_network_and_published(rehearsal) -> None:
    rehearsal.press(1.0, 60)
    rehearsal.release(1.5, 60)
    rehearsal.until(1.6)
    cue = next(m for m in rehearsal.messages if isinstance(m, NoteCue))
    assert (cue.source, cue.pitch, cue.due, cue.duration) == (NoteSource.VISITOR, 60, SECOND, 0)
    assert NoteRelease(cue.serial, 1_500_000_000) in rehearsal.messages


def test_a_key_is_told_before_the_network_has_heard_it(rehearsal, monkeypatch) -> None:
    told, strike = [], DummyComposer.strike

    def slow_strike(composer, *key):
        told.append([m for m in rehearsal.messages if isinstance(m, KeyStruck)])
        return strike(composer, *key)

    monkeypatch.setattr(DummyComposer, "strike", slow_strike)
    rehearsal.press(1.0, 120)
    rehearsal.until(1.1)
    cue = next(m for m in rehearsal.messages if isinstance(m, NoteCue))
    assert told[0] == [KeyStruck(cue.serial, SECOND, cue.pitch, cue.velocity)]


def test_what_a_performer_before_composed_ahead_is_withdrawn_at_once(rehearsal) -> None:
    first, *others = rehearsal.messages
    assert first == CueWithdrawal(0, 0)
    assert CueWithdrawal not in map(type, others)


def test_an_answer_comes_after_a_pause(rehearsal) -> None:
    end = rehearsal.play(1.0, SCALE)
    rehearsal.until(end + 0.3)
    assert rehearsal.notes(NoteSource.NETWORK) == []
    rehearsal.until(end + 3)
    assert rehearsal.notes(NoteSource.NETWORK) != []
    assert turns(rehearsal) == [Turn.ATTRACT, Turn.LISTEN, Turn.ANSWER]


def test_a_held_key_delays_the_answer_up_to_its_limit(rehearsal) -> None:
    rehearsal.press(1.0, 60)
    rehearsal.until(4.9)
    assert turns(rehearsal)[-1] is Turn.LISTEN
    rehearsal.until(5.1)
    assert turns(rehearsal)[-1] is Turn.ANSWER


@pytest.mark.parametrize("gap", [0.4, 0.5, 0.65])
def test_the_answer_keeps_the_visitors_beat(rehearsals, gap: float) -> None:
    rehearsal = rehearsals(LiveSettings(tempo=100, attract=False, expression=0))
    end = rehearsal.play(1.0, SCALE + SCALE[::-1], gap)
    rehearsal.until(end + 12)
    for note in rehearsal.notes(NoteSource.NETWORK):
        halves = (note.due / SECOND - 1.0) / (gap / 2)
        assert abs(halves - round(halves)) * gap / 2 < 0.025


@pytest.mark.parametrize("count", [4, 8, 16])
def test_the_answer_is_about_as_long_as_the_phrase(rehearsals, count: int) -> None:
    rehearsal = rehearsals()
    end = rehearsal.play(1.0, (SCALE * 4)[:count])
    rehearsal.until(end + 18)
    answer = rehearsal.notes(NoteSource.NETWORK)
    length = (answer[-1].end - answer[0].due) / SECOND
    assert len(answer) >= 4
    assert 0.6 * count * 0.5 <= length <= count * 0.5 + 3.5


def test_answers_end_on_the_tonic_or_open_long_or_short(rehearsals) -> None:
    ends, lengths = [], set()
    for seed in range(20):
        rehearsal = rehearsals(seed=seed)
        rehearsal.play(1.0, [60, 62, 64, 65, 67, 65, 64, 60])
        rehearsal.until(20)
        last = rehearsal.notes(NoteSource.NETWORK)[-1]
        ends.append(last.pitch % 12)
        lengths.add(round((last.end - last.due) / SECOND, 1))
    assert set(ends) <= {0, 2, 4, 7}
    assert ends.count(0) > len(ends) / 2
    assert len(lengths) > 1


def test_the_answer_is_as_loud_as_the_visitor(rehearsals) -> None:
    means = []
    for velocity in (45, 100):
        rehearsal = rehearsals()
        rehearsal.play(1.0, SCALE, velocity=velocity)
        rehearsal.until(12)
        loud = [note.velocity for note in rehearsal.notes(NoteSource.NETWORK)]
        means.append(sum(loud) / len(loud))
    assert abs(means[0] - 45) < 8 and abs(means[1] - 100) < 8


@pytest.mark.parametrize("lead", [0, 60 * MILLISECOND])
def test_a_key_withdraws_what_has_not_sounded(rehearsals, lead: int) -> None:
    rehearsal = rehearsals(lead=lead)
    rehearsal.play(1.0, SCALE * 2)
    rehearsal.until(8.5)
    assert turns(rehearsal)[-1] is Turn.ANSWER
    before = len(rehearsal.notes(NoteSource.NETWORK))
    rehearsal.press(8.6, 72)
    rehearsal.until(9.0)
    assert turns(rehearsal)[-1] is Turn.LISTEN
    notes = rehearsal.notes(NoteSource.NETWORK)
    assert len(notes) < before
    assert max(note.due for note in notes) <= 8.63 * SECOND
    sent = [s.due for s in rehearsal.port.sent if s.message.channel == 1 and s.due]
    assert max(s.due for s in rehearsal.port.sent if _is_network_on(s)) <= 8.63 * SECOND, sent
    withdrawn = [m for m in rehearsal.messages if isinstance(m, CueWithdrawal)]
    assert [m.at for m in withdrawn] == [0, 8_630_000_000]  # first, those of an earlier performer


def _is_network_on(sent) -> bool:
    return sent.message.type == "note_on" and sent.message.channel == int(NoteSource.NETWORK)


def test_the_composer_returns_to_the_last_note_that_sounded(rehearsal) -> None:
    rehearsal.play(1.0, SCALE * 2)
    rehearsal.until(8.5)
    restored = []
    restore = rehearsal.composer.restore
    rehearsal.composer.restore = lambda memory: (restored.append(memory), restore(memory))
    rehearsal.press(8.6, 72)
    rehearsal.until(8.7)
    sounded = rehearsal.notes(NoteSource.NETWORK)[-1]
    assert restored[-1][0] == sounded.pitch


def test_silence_brings_a_farewell_on_the_tonic_and_ends_the_visit(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(attract=False, farewell_after=5.0))
    rehearsal.play(1.0, [60, 64, 67, 64, 60])
    rehearsal.until(40)
    assert turns(rehearsal) == [
        Turn.ATTRACT,
        Turn.LISTEN,
        Turn.ANSWER,
        Turn.LISTEN,
        Turn.FAREWELL,
        Turn.ATTRACT,
    ]
    assert rehearsal.notes(NoteSource.NETWORK)[-1].pitch % 12 == 0
    assert visit_milestones(rehearsal) == [Milestone.VISIT_BEGAN, Milestone.VISIT_ENDED]


def test_all_that_a_visitor_began_ends_with_the_visit(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(attract=False, farewell_after=5.0))
    rehearsal.visitor.set_pedal(True, 0)
    last = rehearsal.play(1.0, [60, 62])
    rehearsal.press(last, 67)
    rehearsal.until(last + 60.0)
    assert rehearsal.performer.turn is Turn.ATTRACT
    assert sounding_at_end(rehearsal.port) == set()
    assert len(rehearsal.notes(NoteSource.VISITOR)) == 3


def test_attract_mode_plays_quietly_and_rests_between_tunes(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(attract_level=50))
    rehearsal.until(120)
    notes = rehearsal.notes(NoteSource.NETWORK)
    assert notes[0].due <= 3 * SECOND
    assert sum(note.velocity for note in notes) / len(notes) < 55
    gaps = [b.due - a.end for a, b in zip(notes, notes[1:], strict=False)]
    assert max(gaps) >= 8 * 0.6 * SECOND  # two bars at 100 beats a minute


def test_notes_are_composed_ahead(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(look_ahead=3.0))
    rehearsal.until(5.0)
    latest = max(m.due for m in rehearsal.messages if isinstance(m, NoteCue))
    assert latest >= 5 * SECOND + 1.8 * SECOND


def test_closing_ends_all_notes(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings())
    rehearsal.press(9.8, 60)
    rehearsal.close(10.0)
    assert sounding_at_end(rehearsal.port) == set()
    assert max(note.due for note in rehearsal.subscriber.notes) < 10 * SECOND
    assert rehearsal.subscriber.milestones[-1] is Milestone.PERFORMANCE_ENDED
    assert len(rehearsal.notes(NoteSource.VISITOR)) == 1


def test_the_last_bars_of_a_long_phrase_are_replayed(rehearsals) -> None:
    rehearsal = rehearsals()
    heard = []
    rehear = rehearsal.composer.restart_with_phrase
    rehearsal.composer.restart_with_phrase = lambda tune: (heard.append(tune), rehear(tune))[1]
    end = rehearsal.play(1.0, SCALE * 8, gap=0.6)
    rehearsal.until(end + 4)
    (tune,) = heard
    assert 20 <= len(tune.notes) <= 24
    assert 0 <= tune.notes[0].onset < 4
    first = rehearsal.notes(NoteSource.NETWORK)[0]
    bar = 4 * 0.6  # the answer waits for the pause to be over, then for the bar line
    assert end * SECOND < first.due < (end + 1.5 + bar) * SECOND


def with_band(rehearsals, mode: str = "full", **settings):
    """A rehearsal with a band."""
    live = LiveSettings(tempo=100, **({"attract": False} | settings))
    return rehearsals(live, band=Band(dummy_drummer(), mode, seed=1))


def band_notes(rehearsal) -> list[tuple[float, int, int]]:
    """Seconds, channel and pitch of each note of the band that sounded."""
    return [
        (sent.due / SECOND, sent.message.channel, sent.message.note)
        for sent in rehearsal.port.sent
        if sent.message.type == "note_on" and sent.message.channel in (2, 9)
    ]


@pytest.mark.parametrize("mode", ["soft", "full"])
def test_the_band_plays_with_the_answer_on_channel_10_and_ends_with_it(rehearsals, mode) -> None:
    rehearsal = with_band(rehearsals, mode)
    end = rehearsal.play(1.0, UP_AND_DOWN)
    rehearsal.until(end + 15)
    answer = [n for n in rehearsal.notes(NoteSource.NETWORK) if n.due < (end + 12) * SECOND]
    played = [row for row in band_notes(rehearsal) if row[0] < answer[-1].due / SECOND + 1]
    assert {channel for _, channel, _ in played} == {2, 9}
    assert played[0][0] >= answer[0].due / SECOND - 0.1
    assert max(row[0] for row in played) <= answer[-1].due / SECOND + 0.01


def test_the_band_ends_with_the_last_note_of_the_farewell(rehearsals) -> None:
    rehearsal = with_band(rehearsals)
    end = rehearsal.play(1.0, UP_AND_DOWN)
    rehearsal.until(end + 60)
    changes = [(m.turn, m.due / SECOND) for m in rehearsal.messages if isinstance(m, TurnChange)]
    began = next(at for turn, at in changes if turn is Turn.FAREWELL)
    last = rehearsal.notes(NoteSource.NETWORK)[-1].due / SECOND
    played = [row for row in band_notes(rehearsal) if row[0] > began]
    assert played and last > began
    assert [row[0] for row in played if row[2] == 49][-1] == pytest.approx(last)
    assert max(row[0] for row in played) == pytest.approx(last)


def test_a_key_withdraws_the_band_and_a_full_one_goes_on_thinned_out(rehearsals) -> None:
    counts = {}
    for mode in ("soft", "full"):
        rehearsal = with_band(rehearsals, mode)
        rehearsal.play(1.0, UP_AND_DOWN)
        rehearsal.until(9.0)
        begun = len(band_notes(rehearsal))
        assert begun
        rehearsal.press(9.0, 60)
        rehearsal.until(12.0)
        after = band_notes(rehearsal)[begun:]
        counts[mode] = len(after)
        assert {pitch for _, _, pitch in after} <= {36, 42, 44, 51}
    assert counts["soft"] <= 1 < counts["full"]  # a hit within 30 ms of the key still sounds


def test_a_band_rests_when_a_visitor_stops_in_the_bar(rehearsals) -> None:
    rehearsal = with_band(rehearsals)
    rehearsal.play(1.0, UP_AND_DOWN)
    rehearsal.press(9.0, 60)
    rehearsal.until(60.0)
    turn_ends = [m.due / SECOND for m in rehearsal.messages if isinstance(m, TurnChange)]
    assert turn_ends
    assert not [row for row in band_notes(rehearsal) if row[0] > 50]


def test_the_band_plays_in_attract_mode(rehearsals) -> None:
    rehearsal = with_band(rehearsals, "soft", attract=True)
    rehearsal.until(20.0)
    assert len(band_notes(rehearsal)) > 5


def test_with_a_band_the_same_seed_plays_the_same_and_nothing_hangs(rehearsals) -> None:
    found = []
    for _ in range(2):
        rehearsal = with_band(rehearsals, attract=True)
        rehearsal.play(5.0, UP_AND_DOWN)
        rehearsal.press(14.0, 67)
        rehearsal.close(60.0)
        assert sounding_at_end(rehearsal.port) == set()
        found.append(band_notes(rehearsal))
    assert found[0] == found[1]


def test_a_band_does_not_change_what_the_network_plays(rehearsals) -> None:
    melodies = []
    for rehearsal in (with_band(rehearsals), rehearsals()):
        rehearsal.play(1.0, UP_AND_DOWN)
        rehearsal.until(20.0)
        melodies.append(rehearsal.notes(NoteSource.NETWORK))
    assert melodies[0] == melodies[1]


def test_a_lesson_stops_the_band_that_accompanies(rehearsals) -> None:
    rehearsal = with_band(rehearsals)
    rehearsal.play(1.0, UP_AND_DOWN)
    rehearsal.press(9.0, 60)
    rehearsal.until(9.5)
    rehearsal.visitor.submit_stage_request(LessonOpenChange(True, round(9.5 * SECOND)))
    rehearsal.until(20.0)
    assert band_notes(rehearsal)[-1][0] <= 9.54


def test_serials_count_up_by_one(rehearsal) -> None:
    rehearsal.play(1.0, SCALE)
    rehearsal.until(12)
    serials = [m.serial for m in rehearsal.messages if isinstance(m, NoteCue)]
    assert serials == list(range(len(serials)))


def _performance(rehearsals, seed: int, steps: list[float]) -> list:
    """The same visit, advanced by a thread that wakes at other times."""
    rehearsal = rehearsals(LiveSettings(), seed=seed)
    for step in steps:
        rehearsal.until(step)
    rehearsal.play(5.03, SCALE)
    rehearsal.press(8.9, 70)
    rehearsal.release(9.1, 70)
    rehearsal.close(30)
    return sorted((n.due, n.pitch, n.end, n.velocity) for n in rehearsal.subscriber.notes)


def test_the_same_seed_plays_the_same_however_late_its_thread(rehearsals) -> None:
    first = _performance(rehearsals, 7, [])
    assert first == _performance(rehearsals, 7, [0.1, 0.2, 1.33, 4.2])
    assert first != _performance(rehearsals, 8, [])


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["press", "release", "pedal", "wait"]),
        st.integers(58, 64),
        st.floats(0.0, 3.0),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(actions=ACTIONS, lead=st.sampled_from([0, 60 * MILLISECOND]), seed=st.integers(0, 99))
def test_nothing_hangs_whatever_visitors_do(rehearsals, actions, lead: int, seed: int) -> None:
    rehearsal = rehearsals(LiveSettings(farewell_after=4.0), seed=seed, lead=lead)
    now = 0.0
    for action, pitch, gap in actions:
        now += gap
        rehearsal.until(now)
        at = round(now * SECOND)
        if action == "press":
            rehearsal.visitor.press(pitch, 80, at)
        elif action == "release":
            rehearsal.visitor.release(pitch, at)
        elif action == "pedal":
            rehearsal.visitor.set_pedal(pitch % 2 == 0, at)
    rehearsal.close(now + 1.0)
    assert sounding_at_end(rehearsal.port) == set()
    assert rehearsal.scheduler.sounding_count == 0
    presses = sum(action == "press" for action, _, _ in actions)
    assert len(rehearsal.notes(NoteSource.VISITOR)) == presses


def test_rests_between_tunes_get_longer_while_nobody_comes(rehearsals) -> None:
    settings = LiveSettings(tempo=240, attract_rest=4.0, attract_rest_longest=12.0)
    rehearsal = rehearsals(settings)
    rehearsal.until(240)
    notes = rehearsal.notes(NoteSource.NETWORK)
    ends = list(accumulate((note.end for note in notes), max))
    gaps = [b.due - end for end, b in zip(ends, notes[1:], strict=False)]
    rests = [round(gap / SECOND) for gap in gaps if gap > 2 * SECOND]
    assert len(rests) > 3
    assert rests == [4, 8] + [12] * (len(rests) - 2)


def test_many_keys_do_not_delay_the_heartbeat(rehearsal) -> None:
    rehearsal.until(1.0)
    for number in range(200):
        rehearsal.visitor.press(60 + number % 12, 80, SECOND + number)
    later = SECOND + 1000
    assert (
        rehearsal.performer.advance(later) == later
    )  # there is more, but first others have a turn
    turns = 1
    while rehearsal.performer.advance(later) <= later:
        turns += 1
    assert 4 < turns < 50
    rehearsal.performer.close(2 * SECOND)
    assert len(rehearsal.notes(NoteSource.VISITOR)) == 200


def test_closing_after_many_keys_keeps_every_note(rehearsal) -> None:
    rehearsal.until(1.0)
    for number in range(200):
        rehearsal.visitor.press(60 + number % 12, 80, SECOND + number)
    rehearsal.performer.close(2 * SECOND)
    assert len(rehearsal.notes(NoteSource.VISITOR)) == 200


def warnings(rehearsal) -> list[VisitEndWarning]:
    return [m for m in rehearsal.messages if isinstance(m, VisitEndWarning)]


@pytest.mark.parametrize("mode", ["together", "continuous"])
def test_the_network_plays_while_the_visitor_does(rehearsals, mode: str) -> None:
    rehearsal = rehearsals(LiveSettings(mode=mode, attract=False, tempo=100))
    end = rehearsal.play(1.0, UP_AND_DOWN * 2, gap=0.6)
    rehearsal.until(end)
    during = [n for n in rehearsal.notes(NoteSource.NETWORK) if SECOND < n.due < end * SECOND]
    assert len(during) >= 6
    assert turns(rehearsal)[-1] is Turn.ANSWER


def test_the_network_continues_while_the_visitor_pauses(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(mode="together", attract=False, tempo=100))
    end = rehearsal.play(1.0, UP_AND_DOWN)
    rehearsal.until(end + 8)
    after = [n for n in rehearsal.notes(NoteSource.NETWORK) if n.due > (end + 4) * SECOND]
    assert after


def test_the_network_follows_the_register_of_the_visitor(rehearsals) -> None:
    means = []
    for transposition in (-12, 12):
        rehearsal = rehearsals(LiveSettings(mode="together", attract=False, tempo=100))
        rehearsal.play(1.0, [pitch + transposition for pitch in UP_AND_DOWN * 2], gap=0.6)
        rehearsal.until(14)
        pitches = [note.pitch for note in rehearsal.notes(NoteSource.NETWORK)]
        means.append(sum(pitches) / len(pitches))
    assert means[1] - means[0] > 8


def test_playing_together_ends_with_a_farewell_and_a_visit(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(mode="together", attract=False, farewell_after=8.0))
    rehearsal.play(1.0, UP_AND_DOWN)
    rehearsal.until(40)
    assert turns(rehearsal) == [Turn.ATTRACT, Turn.ANSWER, Turn.FAREWELL, Turn.ATTRACT]
    assert visit_milestones(rehearsal) == [Milestone.VISIT_BEGAN, Milestone.VISIT_ENDED]


def test_in_continuous_mode_the_music_outlasts_the_visit(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(mode="continuous", attract_rest=0.0, farewell_after=8.0))
    rehearsal.play(5.0, UP_AND_DOWN)
    rehearsal.until(40)
    assert turns(rehearsal) == [Turn.ATTRACT, Turn.ANSWER, Turn.ATTRACT]
    dues = [note.due / SECOND for note in rehearsal.notes(NoteSource.NETWORK)]
    gaps = [b - a for a, b in zip(dues, dues[1:], strict=False)]
    assert max(gaps) < 5
    assert dues[-1] > 35


@pytest.mark.parametrize("mode", ["answer", "together", "continuous"])
def test_nothing_hangs_and_the_same_seed_plays_the_same(rehearsals, mode: str) -> None:
    played = []
    for _ in range(2):
        rehearsal = rehearsals(LiveSettings(mode=mode, farewell_after=6.0), seed=3)
        rehearsal.play(4.0, UP_AND_DOWN, gap=0.3)
        rehearsal.play(9.0, UP_AND_DOWN, gap=0.45)
        rehearsal.close(35)
        assert rehearsal.scheduler.sounding_count == 0
        played.append(rehearsal.notes(NoteSource.NETWORK))
    assert played[0] == played[1] != []


def test_a_silent_visitor_is_warned_before_the_farewell(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(attract=False, farewell_after=10.0, warn_before=4.0))
    rehearsal.play(1.0, UP_AND_DOWN)
    rehearsal.until(60)
    (warning,) = warnings(rehearsal)
    farewell = next(
        m.due for m in rehearsal.messages if isinstance(m, TurnChange) and m.turn is Turn.FAREWELL
    )
    assert (warning.at, warning.ends_at) == (farewell - 4 * SECOND, farewell)


def test_a_key_cancels_the_warning(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(attract=False, farewell_after=10.0, warn_before=4.0))
    rehearsal.play(1.0, UP_AND_DOWN)
    while not warnings(rehearsal):
        rehearsal.until(rehearsal.clock.now() / SECOND + 0.5)
    at = rehearsal.clock.now() / SECOND
    rehearsal.press(at + 0.5, 60)
    rehearsal.until(at + 1)
    assert warnings(rehearsal)[-1] == VisitEndWarning(round((at + 0.5) * SECOND), 0)
    assert turns(rehearsal)[-1] is Turn.LISTEN


def onsets_of_rubato() -> list[float]:
    return np.cumsum(np.random.default_rng(5).uniform(0.15, 1.2, 40)).tolist()


def onsets_of_a_flood() -> list[float]:
    return [index / 300 for index in range(3000)]


def onsets_of_changing_meter() -> list[float]:
    waltz = [0.5 * (3 * bar + beat) for bar in range(4) for beat in (0, 1, 2)]
    return waltz + [6.0 + 0.5 * (4 * bar + beat) for bar in range(4) for beat in (0, 1, 2, 2.5)]


CHROMATIC = tuple(range(60, 72))
MODULATION = tuple(60 + step + 7 * (k // 8) for k, step in enumerate((0, 2, 4, 5, 7, 5, 4, 2) * 6))
"""Six keys, each a fifth above the one before."""
MASHED = tuple(np.random.default_rng(3).integers(36, 96, 60).tolist())
STRANGE_PHRASES = {
    "rubato": (onsets_of_rubato(), CHROMATIC),
    "flood": (onsets_of_a_flood(), CHROMATIC),
    "meter changes": (onsets_of_changing_meter(), CHROMATIC),
    "tempo 20": ([3.0 * index for index in range(8)], CHROMATIC),
    "tempo 400": ([0.15 * index for index in range(40)], CHROMATIC),
    "it modulates": ([0.3 * index for index in range(48)], MODULATION),
    "keys mashed": ([0.07 * index for index in range(60)], MASHED),
}
"""Phrases that are hard to hear: onsets, s, and pitches that are repeated."""


@pytest.mark.parametrize("name", STRANGE_PHRASES)
def test_a_strange_phrase_is_answered_before_long(rehearsal, name):
    onsets, pitches = STRANGE_PHRASES[name]
    for index, onset in enumerate(onsets):
        pitch = pitches[index % len(pitches)]
        rehearsal.press(1.0 + onset, pitch)
        rehearsal.release(1.0 + onset + 0.002, pitch)
    last = 1.0 + onsets[-1]
    rehearsal.until(last + 12)
    answer = [note for note in rehearsal.notes(NoteSource.NETWORK) if note.due > last * SECOND]
    assert answer[0].due < (last + 9) * SECOND
    assert len(answer) >= 2


def test_a_key_held_for_ten_minutes_is_answered_and_then_the_visit_ends(rehearsals):
    settings = LiveSettings(tempo=100, attract=True)
    rehearsal = rehearsals(settings=settings)
    rehearsal.press(10.0, 60)
    rehearsal.until(610.0)
    due = sorted(note.due / SECOND for note in rehearsal.notes(NoteSource.NETWORK))
    assert any(10 < at < 20 for at in due)
    later = [at for at in due if at > 10]
    assert max(np.diff([10.0, *later, 610.0])) < 90


def test_the_rhythm_that_is_heard_is_published(rehearsal):
    end = rehearsal.play(1.0, [60, 62, 64, 65, 67, 65, 64, 62, 60, 62, 64, 65])
    rehearsal.until(end + 4)
    heard = [m for m in rehearsal.messages if isinstance(m, RhythmBelief)]
    assert heard[-1].beat_ns == pytest.approx(SECOND // 2, rel=0.02)
    assert 0 < heard[-1].confidence <= 1
    assert not heard[-1].is_external


def test_an_external_clock_wins_over_the_tempo_that_is_heard(rehearsals):
    external = BeatGrid(0, 520_000_000)
    rehearsal = rehearsals(tempo_source=DummyTempoSource(external))
    end = rehearsal.play(1.04, [60, 62, 64, 65, 67, 65, 64, 62], gap=0.5)
    rehearsal.until(end + 8)
    heard = [m for m in rehearsal.messages if isinstance(m, RhythmBelief)]
    assert (heard[-1].beat_ns, heard[-1].is_external) == (external.beat_ns, True)
    halves = [note.due / external.beat_ns * 2 for note in rehearsal.notes(NoteSource.NETWORK)]
    assert halves == pytest.approx([round(half) for half in halves], abs=0.02)


@pytest.mark.parametrize("bar_beat", range(4))
def test_an_answer_enters_on_the_bar_line_of_an_external_clock(rehearsals, bar_beat) -> None:
    external = BeatGrid(0, 500_000_000)
    rehearsal = rehearsals(tempo_source=DummyTempoSource(external, first_bar_beat=bar_beat))
    end = 1.5
    for index, beats in enumerate((1, 1, 1, 1, 1, 0.5, 0.5, 1, 1, 1, 1, 2)):
        loud = end in (1.5, 3.5, 5.5)
        end = rehearsal.play(end, [60 + index % 5], beats / 2, 100 if loud else 70) + beats / 10
    rehearsal.until(end + 8)
    heard = [m for m in rehearsal.messages if isinstance(m, RhythmBelief)][-1]
    assert (heard.meter, round(heard.bar_line / external.beat_ns) % 4) == ("4/4", bar_beat)
    upbeat = (bar_beat - 3) % 4  # the phrase begins on beat 3
    first = rehearsal.notes(NoteSource.NETWORK)[0].due / external.beat_ns
    entry = first + (upbeat if upbeat <= 2 else 0)
    assert entry % 4 == pytest.approx(bar_beat, abs=0.01)


@pytest.mark.parametrize("bar_beat", range(4))
def test_tunes_of_its_own_begin_on_the_bar_lines_of_an_external_clock(rehearsals, bar_beat) -> None:
    external = BeatGrid(0, 500_000_000)
    settings = LiveSettings(tempo=100, attract_rest=0.5)
    source = DummyTempoSource(external, first_bar_beat=bar_beat)
    rehearsal = rehearsals(settings, tempo_source=source)
    rehearsal.until(120)
    notes = rehearsal.notes(NoteSource.NETWORK)
    begins = [notes[0].due] + [b.due for a, b in pairwise(notes) if b.due > a.end + SECOND // 4]
    beats = [due / external.beat_ns % 4 for due in begins]
    assert len(beats) > 2
    assert beats == pytest.approx([bar_beat] * len(beats), abs=0.01)


def test_silence_on_request_ends_every_note_and_the_music_goes_on(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(tempo=100, attract_rest=0.0))
    rehearsal.until(8.0)
    rehearsal.visitor.set_pedal(True, 8 * SECOND)
    rehearsal.press(8.0, 60)
    rehearsal.visitor.submit_silence(SilenceRequested(round(8.5 * SECOND)))
    rehearsal.until(8.5)
    assert sounding_at_end(rehearsal.port) == set()
    rehearsal.until(60.0)
    assert any(note.due > 9 * SECOND for note in rehearsal.notes(NoteSource.NETWORK))


def test_another_mode_begins_with_the_next_visit(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(tempo=100, attract=False, farewell_after=3))
    rehearsal.play(1, [60, 62])
    rehearsal.visitor.submit_mode_change(ModeChange("together", 2 * SECOND))
    rehearsal.until(4)
    assert rehearsal.performer.mode is TurnTakingMode.TOGETHER
    assert Turn.LISTEN in turns(rehearsal)
    rehearsal.until(60)
    seen = len(turns(rehearsal))
    rehearsal.play(61, [60])
    assert turns(rehearsal)[seen:] == [Turn.ANSWER]


def test_another_mode_begins_at_once_where_nobody_plays(rehearsal) -> None:
    rehearsal.visitor.submit_mode_change(ModeChange("together", SECOND))
    rehearsal.until(2)
    rehearsal.play(3, [60])
    assert turns(rehearsal)[-1] is Turn.ANSWER


def test_expression_is_repeatable_and_changes_neither_pitches_nor_the_entry(rehearsals) -> None:
    heard = []
    for expression in (0.0, 1.0, 1.0):
        settings = LiveSettings(tempo=100, attract=False, expression=expression)
        rehearsal = rehearsals(settings)
        end = rehearsal.play(1.0, SCALE + SCALE[::-1])
        rehearsal.until(end + 12)
        heard.append(rehearsal.notes(NoteSource.NETWORK))
    written, played, again = heard
    assert played == again
    assert [note.pitch for note in played] == [note.pitch for note in written]
    assert played[0].due == written[0].due
    assert len({note.velocity for note in played}) > len({note.velocity for note in written})


def test_the_network_goes_on_in_time_after_an_expressive_phrase(rehearsals) -> None:
    entries = []
    for expression in (0.0, 1.0):
        settings = LiveSettings(tempo=100, attract=False, expression=expression, farewell_after=8)
        rehearsal = rehearsals(settings)
        end = rehearsal.play(1.0, SCALE)
        rehearsal.until(end + 30)
        notes = rehearsal.notes(NoteSource.NETWORK)
        farewell = next(b for a, b in zip(notes, notes[1:], strict=False) if b.due > a.end + SECOND)
        entries.append(farewell.due)
    beat = 0.5 * SECOND
    off = (entries[1] - entries[0]) / beat
    assert abs(off - round(off)) < 0.01


def test_on_request_it_plays_alone_without_rests(rehearsals) -> None:
    settings = LiveSettings(tempo=100, attract_rest=16.0)
    busy, usual = rehearsals(settings), rehearsals(settings)
    busy.visitor.submit_stage_request(PlayAloneRequest(120 * SECOND, SECOND))
    silences = []
    for rehearsal in (busy, usual):
        rehearsal.until(120.0)
        notes = rehearsal.notes(NoteSource.NETWORK)
        gaps = [b.due - a.end for a, b in pairwise(notes)]
        silences.append(max(gaps) / SECOND)
    assert silences[0] < 4.0 < 30.0 < silences[1]


@pytest.mark.parametrize("mode", ["answer", "together", "continuous"])
def test_a_request_to_play_alone_ends_a_visit(rehearsals, mode) -> None:
    rehearsal = rehearsals(LiveSettings(tempo=100, mode=mode, attract=False))
    end = rehearsal.play(1.0, SCALE)
    rehearsal.until(end + 1.0)
    at = round((end + 1.0) * SECOND)
    rehearsal.visitor.submit_stage_request(PlayAloneRequest(60 * SECOND, at))
    rehearsal.until(end + 20.0)
    assert turns(rehearsal)[-1] is Turn.ATTRACT
    assert visit_milestones(rehearsal) == [Milestone.VISIT_BEGAN, Milestone.VISIT_ENDED]
    assert rehearsal.notes(NoteSource.NETWORK)[-1].due > at + 15 * SECOND


def test_a_phrase_that_was_left_unfinished_is_not_answered_to_the_next_visitor(rehearsals) -> None:
    composer = KeepingComposer()
    rehearsal = rehearsals(LiveSettings(tempo=100, attract=False), composer=composer)
    rehearsal.press(1.0, 50)
    rehearsal.press(1.2, 52)
    rehearsal.until(1.4)
    rehearsal.visitor.submit_stage_request(PlayAloneRequest(SECOND, round(1.4 * SECOND)))
    rehearsal.until(60.0)
    assert turns(rehearsal)[-1] is Turn.ATTRACT
    rehearsal.until(rehearsal.play(60.0, SCALE) + 6.0)
    assert [note.pitch for note in composer.phrases[-1].notes] == SCALE


@pytest.mark.parametrize("last", ["start", "stop"])
def test_of_a_flood_of_starts_and_stops_the_last_one_counts(rehearsals, last) -> None:
    rehearsal = rehearsals(LiveSettings())
    rehearsal.until(5.0)
    assert rehearsal.notes(NoteSource.NETWORK)
    cuts_before = rehearsal.subscriber.milestones.count(Milestone.NOTES_CUT)
    for number in range(10_000):
        plays = (number % 2 == 0) is (last == "stop")  # the last number is odd
        at = round((5.0 + number / 10_000) * SECOND)
        rehearsal.visitor.submit_transport_change(plays, at)
        if number % 10 == 9:  # the performer looks a thousand times a second
            rehearsal.until(at / SECOND)
    assert rehearsal.subscriber.milestones.count(Milestone.NOTES_CUT) == cuts_before + 1
    rehearsal.until(12.0)
    after = [note for note in rehearsal.notes(NoteSource.NETWORK) if note.due > 6.2 * SECOND]
    assert bool(after) is (last == "start")


@pytest.mark.parametrize("kind", ["start", "continue"])
def test_a_daw_stops_the_network_and_launches_it_on_a_bar_line(rehearsals, kind) -> None:
    receiver = MidiClockReceiver(lambda plays, at: told.append((plays, at)))
    told: list[tuple[bool, int]] = []
    rehearsal = rehearsals(LiveSettings(tempo=100), tempo_source=receiver)
    clocks = 0

    def play_clock(until: float, *transport: str) -> None:
        """Clocks at 120 beats a minute, 48 a second; the messages come before the next one."""
        nonlocal clocks
        for each in transport:
            at = rehearsal.clock.now()
            receiver.on_message(ReceivedMessage(mido.Message(each), at, "daw"))
            for plays, moment in told:
                rehearsal.visitor.submit_transport_change(plays, moment)
            told.clear()
        while (at := clocks / 48) < until:
            clocks += 1
            rehearsal.until(at)
            receiver.on_message(ReceivedMessage(mido.Message("clock"), round(at * SECOND), "daw"))

    play_clock(3.0, "start")
    play_clock(6.5)
    assert rehearsal.notes(NoteSource.NETWORK)
    play_clock(20.0, "stop")
    assert max(note.due for note in rehearsal.notes(NoteSource.NETWORK)) < 6.7 * SECOND
    play_clock(26.0, kind)
    first = min(n.due for n in rehearsal.notes(NoteSource.NETWORK) if n.due > 20 * SECOND)
    beats = 2 * (first / SECOND - 20) + (13 if kind == "continue" else 0)  # it stopped after 13
    assert beats % 4 == pytest.approx(0, abs=0.01)
    assert first < 24 * SECOND
