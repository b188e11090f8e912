from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from installation.engine.scheduler import MAX_LATENESS_NS, Scheduler
from installation.io.midi.outputs import DummyOutput
from messages.timed_note import TimedNote

NOTES = st.builds(
    lambda pitch, due, length: TimedNote(pitch, 80, due, due + length),
    st.integers(60, 63),
    st.integers(0, 1000),
    st.integers(1, 400),
)


def hanging(port: DummyOutput) -> list[int]:
    """Pitches whose last message is a note-on."""
    state = {}
    for sent in port.sent:
        if sent.message.type in ("note_on", "note_off"):
            state[sent.message.note] = sent.message.type
    return [pitch for pitch, kind in state.items() if kind == "note_on"]


def ons(port: DummyOutput) -> list[tuple[int, int | None]]:
    return [(s.message.note, s.due) for s in port.sent if s.message.type == "note_on"]


def test_a_note_is_handed_over_by_the_lead_time_early() -> None:
    port = DummyOutput(lead=60)
    scheduler = Scheduler([port])
    scheduler.schedule_note(TimedNote(60, 80, 100, 200))
    scheduler.pump(39)
    assert ons(port) == []
    scheduler.pump(40)
    assert ons(port) == [(60, 100)]


def test_every_port_gets_every_note() -> None:
    ports = [DummyOutput("a"), DummyOutput("b", lead=50)]
    scheduler = Scheduler(ports)
    scheduler.schedule_note(TimedNote(60, 80, 100, 200))
    scheduler.pump(500)
    assert [ons(port) for port in ports] == [[(60, 100)], [(60, 100)]]


def test_a_repeated_pitch_ends_before_it_starts_again() -> None:
    port = DummyOutput()
    scheduler = Scheduler([port])
    scheduler.schedule_note(TimedNote(60, 80, 100, 200))
    scheduler.schedule_note(TimedNote(60, 80, 0, 100))
    scheduler.pump(100)
    kinds = [sent.message.type for sent in port.sent]
    assert kinds == ["note_on", "note_off", "note_on"]


def test_a_missed_note_and_those_after_it_are_not_played() -> None:
    port = DummyOutput()
    scheduler = Scheduler([port])
    scheduler.schedule_note(TimedNote(60, 80, 0, 10))
    scheduler.schedule_note(TimedNote(62, 80, MAX_LATENESS_NS, 2 * MAX_LATENESS_NS))
    scheduler.pump(MAX_LATENESS_NS + 1)
    assert port.sent == []
    assert scheduler.first_missed_due(MAX_LATENESS_NS + 1) == 0


def test_a_missed_note_is_known_before_the_next_pump() -> None:
    scheduler = Scheduler([DummyOutput()])
    scheduler.schedule_note(TimedNote(60, 80, 5, 10))
    assert scheduler.first_missed_due(5 + MAX_LATENESS_NS) is None
    assert scheduler.first_missed_due(6 + MAX_LATENESS_NS) == 5


def test_a_note_missed_after_the_callers_time_is_not_reported() -> None:
    scheduler = Scheduler([DummyOutput()])
    scheduler.schedule_note(TimedNote(60, 80, 5, 100))
    scheduler.pump(6 + MAX_LATENESS_NS)
    assert scheduler.first_missed_due(4) is None
    assert scheduler.first_missed_due(5) == 5


def test_after_a_withdrawal_of_missed_notes_others_play() -> None:
    port = DummyOutput()
    scheduler = Scheduler([port])
    scheduler.schedule_note(TimedNote(60, 80, 0, 10))
    scheduler.pump(2 * MAX_LATENESS_NS)
    scheduler.withdraw_pending(-1)
    scheduler.schedule_note(TimedNote(62, 80, 3 * MAX_LATENESS_NS, 4 * MAX_LATENESS_NS))
    scheduler.pump(3 * MAX_LATENESS_NS)
    assert ons(port) == [(62, 3 * MAX_LATENESS_NS)]
    assert scheduler.skipped_notes == 0


def test_missed_notes_that_are_not_moved_are_counted() -> None:
    scheduler = Scheduler([DummyOutput()])
    scheduler.schedule_note(TimedNote(60, 80, 0, 10))
    scheduler.pump(2 * MAX_LATENESS_NS)
    scheduler.withdraw_pending(3 * MAX_LATENESS_NS)
    assert scheduler.skipped_notes == 1


def test_lateness_is_measured_at_handover() -> None:
    scheduler = Scheduler([DummyOutput()])
    for due, now in ((0, 0), (1_000_000, 3_000_000)):
        scheduler.schedule_note(TimedNote(60, 80, due, due + 1))
        scheduler.pump(now)
    lateness = scheduler.measure_lateness()
    assert (lateness.count, lateness.p50, lateness.worst) == (2, 1.0, 2.0)
    assert scheduler.measure_lateness(since=1).count == 1
    assert scheduler.measure_lateness(since=3_000_001).count == 0


def test_withdrawing_keeps_the_end_of_a_note_that_began() -> None:
    port = DummyOutput()
    scheduler = Scheduler([port])
    scheduler.schedule_note(TimedNote(60, 80, 0, 100))
    scheduler.schedule_note(TimedNote(62, 80, 100, 200))
    scheduler.pump(50)
    scheduler.withdraw_pending(50)
    scheduler.pump(500)
    assert [(s.message.type, s.message.note) for s in port.sent] == [
        ("note_on", 60),
        ("note_off", 60),
    ]


def test_withdrawing_ends_a_note_that_a_port_has() -> None:
    port = DummyOutput(lead=60)
    scheduler = Scheduler([port])
    scheduler.schedule_note(TimedNote(60, 80, 100, 200))
    scheduler.pump(50)
    scheduler.withdraw_pending(70)
    scheduler.pump(500)
    assert ons(port) == []
    assert scheduler.sounding_count == 0


def test_a_note_is_reported_once_when_it_is_handed_over() -> None:
    reported: list[TimedNote] = []
    scheduler = Scheduler([DummyOutput(lead=60), DummyOutput()])
    note = TimedNote(60, 80, 100, 200)
    scheduler.schedule_note(note, reported.append)
    scheduler.pump(39)
    assert reported == []
    scheduler.pump(500)
    assert reported == [note]


def test_without_ports_notes_are_reported_too() -> None:
    reported: list[TimedNote] = []
    scheduler = Scheduler([])
    scheduler.schedule_note(TimedNote(60, 80, 100, 200), reported.append)
    scheduler.pump(100)
    assert len(reported) == 1


def test_a_missed_note_is_not_reported() -> None:
    reported: list[TimedNote] = []
    scheduler = Scheduler([DummyOutput()])
    scheduler.schedule_note(TimedNote(60, 80, 0, 10), reported.append)
    scheduler.pump(2 * MAX_LATENESS_NS)
    assert reported == []


def test_silence_ends_sounding_notes() -> None:
    port = DummyOutput()
    scheduler = Scheduler([port])
    scheduler.schedule_note(TimedNote(60, 80, 0, 1000))
    scheduler.pump(10)
    scheduler.silence()
    assert hanging(port) == []
    assert scheduler.next_wake() is None


def test_a_port_that_fails_does_not_stop_the_others() -> None:
    class Broken(DummyOutput):
        def send_at(self, message, due):
            raise OSError("pulled out")

    port = DummyOutput()
    scheduler = Scheduler([Broken(), port])
    scheduler.schedule_note(TimedNote(60, 80, 0, 10))
    scheduler.pump(20)
    assert hanging(port) == [] and len(ons(port)) == 1


@given(
    st.lists(NOTES, max_size=30),
    st.lists(st.tuples(st.integers(0, 1500), st.integers(-100, 100)), max_size=8),
    st.sampled_from([0, 60]),
)
def test_nothing_hangs_whatever_is_withdrawn(
    notes: list[TimedNote], withdrawals: list[tuple[int, int]], lead: int
) -> None:
    port = DummyOutput(lead=lead)
    scheduler = Scheduler([port])
    for note in notes:
        scheduler.schedule_note(note)
    for now, offset in sorted(withdrawals):
        scheduler.pump(now)
        scheduler.withdraw_pending(now + offset)
    scheduler.pump(10_000)
    assert hanging(port) == []
    assert scheduler.sounding_count == 0


@given(st.lists(NOTES, max_size=30), st.lists(st.integers(0, 1500), max_size=8))
def test_every_note_sounds_once_at_its_time(notes: list[TimedNote], pumps: list[int]) -> None:
    port = DummyOutput()
    scheduler = Scheduler([port])
    for note in notes:
        scheduler.schedule_note(note)
    for now in sorted(pumps):
        scheduler.pump(now)
    scheduler.pump(10_000)
    assert Counter(ons(port)) == Counter((note.pitch, note.due) for note in notes)
