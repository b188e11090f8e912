from __future__ import annotations

import mido
import pytest

from installation.cli.answer import last_bars
from midi_data.midi_files import read_songs, read_tunes


@pytest.fixture
def seed(folder):
    """File of a melody of 35 beats."""
    return folder / "0.mid"


def test_an_answer_follows_its_seed(run, model, seed, tmp_path):
    output = tmp_path / "out.mid"
    done = run("answer", seed, "-o", output, "--model", model)
    assert done.exit_code == 0, done.output
    (tune,) = read_tunes(output)
    answer = [note for note in tune.notes if note.onset >= 35]
    assert len(tune.notes) - len(answer) == 70 and answer
    assert done.stdout == f"{output}: 70 notes heard, {len(answer)} answered\n"


def test_style_and_model_exclude_each_other(run, model, seed, tmp_path):
    done = run("answer", seed, "-o", tmp_path / "a.mid", "--style", "irish", "--model", model)
    assert done.exit_code == 2
    assert "give --style or --model, not both" in done.stderr


def test_what_the_seed_lost_is_told(run, model, seed, tmp_path):
    data = seed.read_bytes()
    end = data.rindex(b"\xff\x2f\x00") - 1
    seed.write_bytes(data[:end] + b"\x00\xf5" + data[end:])
    done = run("answer", seed, "-o", tmp_path / "out.mid", "--model", model)
    assert done.exit_code == 0, done.output
    assert done.stderr == "0.mid: left out 1 events with impossible values\n"


def test_of_a_change_of_meter_that_an_answer_takes_nothing_is_told(run, model, tmp_path):
    write_seed(tmp_path / "a.mid", [(0, meter(4, 4)), (480 * 4, meter(3, 4))])
    done = run("answer", tmp_path / "a.mid", "-o", tmp_path / "out.mid", "--model", model)
    assert (done.exit_code, done.stderr) == (0, "")


def write_seed(path, changes, first=0, lengths=(470, 250) * 12, last=480) -> None:
    """Write notes off the grid after meta messages at ticks; the last note has its own length."""
    track = mido.MidiTrack()
    events = [(tick, 0, message) for tick, message in changes]
    for index, length in enumerate([*lengths, last]):
        start = first + sum(lengths[:index])
        events.append((start, 2, mido.Message("note_on", note=60 + index % 12, velocity=70)))
        events.append((start + length, 1, mido.Message("note_off", note=60 + index % 12)))
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(path)


def set_tempo(microseconds: int) -> mido.MetaMessage:
    return mido.MetaMessage("set_tempo", tempo=microseconds)


def meter(beats: int, unit: int) -> mido.MetaMessage:
    return mido.MetaMessage("time_signature", numerator=beats, denominator=unit)


@pytest.fixture
def answered(run, model, tmp_path):
    """Writes a seed and returns the song before and with its answer."""

    def answer(*args, **options):
        write_seed(tmp_path / "seed.mid", *args, **options)
        done = run("answer", tmp_path / "seed.mid", "-o", tmp_path / "out.mid", "--model", model)
        assert done.exit_code == 0, done.output
        return [read_songs(tmp_path / name)[0] for name in ("seed.mid", "out.mid")]

    return answer


def test_the_notes_of_a_seed_are_not_moved_to_a_grid(answered):
    before, after = answered([])
    assert after.parts[0].notes == before.parts[0].notes
    assert len(after.parts) == 2


def test_tempi_and_meters_of_a_seed_stay_and_the_last_at_a_tick_counts(answered):
    changes = [(0, set_tempo(400_000)), (0, set_tempo(600_000)), (0, meter(3, 4)), (0, meter(6, 8))]
    changes += [(2880, set_tempo(500_000)), (2880, meter(4, 4))]
    before, after = answered(changes)
    assert [round(change.tempo) for change in after.tempos] == [100, 120]
    assert [str(change.meter) for change in after.meters] == ["6/8", "4/4"]
    assert [change.beat for change in after.meters] == [change.beat for change in before.meters]


def test_the_answer_to_a_clip_at_bar_17_is_no_longer_than_at_bar_1(answered):
    lengths = []
    for first in (0, 16 * 4 * 480):
        before, after = answered([], first=first)
        answer = after.parts[1].notes
        assert answer[0].onset >= before.tune.end
        lengths.append(len(answer))
    assert lengths[0] == lengths[1]


def test_an_answer_does_not_wait_for_a_note_that_is_never_let_go(answered):
    before, after = answered([], last=480 * 3000)
    last = before.tune.notes[-1].onset
    assert last < after.parts[1].notes[0].onset <= last + 16


@pytest.mark.parametrize("microseconds", [0, 0xFFFFFF])
def test_an_extreme_tempo_of_a_seed_is_no_obstacle(answered, microseconds):
    _, after = answered([(0, set_tempo(microseconds))])
    assert len(after.parts[1].notes) > 3


def test_without_expression_an_answer_is_on_the_grid(run, model, seed, tmp_path):
    off_grid = []
    for expression in (0, 1):
        output = tmp_path / f"{expression}.mid"
        done = run("answer", seed, "-o", output, "--model", model, "--expression", expression)
        assert done.exit_code == 0, done.output
        answer = [note for tune in read_tunes(output) for note in tune.notes if note.onset >= 35]
        off_grid.append(sum(abs(12 * n.onset - round(12 * n.onset)) > 0.01 for n in answer))
    assert off_grid[0] == 0
    assert off_grid[1] > 0


def test_an_upbeat_before_the_first_whole_bar_is_no_downbeat(folder):
    write_seed(folder / "a.mid", [(0, meter(1, 4)), (480, meter(4, 4))], lengths=(480,) * 12)
    song = read_songs(folder / "a.mid")[0]
    assert song.upbeat_shift == 3
    phrase, start = last_bars(song)
    assert (start, str(phrase.meter), phrase.notes[0].onset) == (0, "4/4", 3)


def test_bars_after_a_change_of_meter_are_counted_from_it(folder):
    changes = [(0, meter(1, 4)), (480, meter(4, 4)), (480 * 5, meter(3, 4))]
    write_seed(folder / "a.mid", changes, lengths=(480,) * 20)
    phrase, start = last_bars(read_songs(folder / "a.mid")[0])
    assert (start, str(phrase.meter), phrase.notes[0].onset) == (8, "3/4", 0)


def test_the_pedal_of_the_seed_is_heard(run, model, tmp_path):
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack([mido.Message("control_change", control=64, value=127, time=0)])
    for pitch in (60, 64, 67, 72):
        track.append(mido.Message("note_on", note=pitch, velocity=80, time=0))
        track.append(mido.Message("note_off", note=pitch, time=480))
    track.append(mido.Message("control_change", control=64, value=0, time=0))
    file.tracks.append(track)
    file.save(tmp_path / "pedal.mid")
    done = run("answer", tmp_path / "pedal.mid", "-o", tmp_path / "out.mid", "--model", model)
    assert done.exit_code == 0, done.output
    notes = [note for tune in read_tunes(tmp_path / "out.mid") for note in tune.notes]
    assert [note.duration for note in notes if note.onset < 4] == [4, 3, 2, 1]
