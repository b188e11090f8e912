from __future__ import annotations

import json
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from midi_data.midi_files import read_tunes, write_tune
from midi_data.notes import Meter, Note, Tune
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from tests.hang_guard import HANG_GUARD_S

MPIEXEC = Path(sys.executable).with_name("mpiexec")
MAJOR = {0, 2, 4, 5, 7, 9, 11}


def melody(tonic, tempo):
    """Sixteen quavers of our own, in a major key."""
    steps = [0, 4, 7, 12, 11, 9, 7, 5, 4, 2, 0, 2, 4, 5, 7, 4]
    notes = tuple(Note(tonic + step, k / 2, 0.5) for k, step in enumerate(steps))
    return Tune(notes, Meter(4, 4), tempo)


def answered(run, tmp_path, tune, seed, style="irish"):
    write_tune(tmp_path / "seed.mid", tune)
    done = run("answer", "seed.mid", "-o", "out.mid", "--style", style, "--seed", seed)
    assert done.returncode == 0, done.stderr
    whole = read_tunes(tmp_path / "out.mid")[0]
    assert whole.tempo == pytest.approx(tune.tempo, abs=0.1)
    return [note for note in whole.notes if note.onset >= tune.end - 1e-6]


@pytest.mark.parametrize(("tonic", "tempo"), [(61, 84), (66, 133), (58, 110)])
def test_an_answer_keeps_key_and_register(run, tmp_path, tonic, tempo):
    tune = melody(tonic, tempo)
    answer = answered(run, tmp_path, tune, seed=1)
    assert len(answer) >= 8
    inside = sum((note.pitch - tonic) % 12 in MAJOR for note in answer)
    assert inside >= 0.8 * len(answer)
    centre = sum(note.pitch for note in tune.notes) / len(tune.notes)
    assert abs(sum(note.pitch for note in answer) / len(answer) - centre) < 7


def test_two_seeds_are_two_answers(run, tmp_path):
    first = answered(run, tmp_path, melody(62, 100), seed=1)
    assert first != answered(run, tmp_path, melody(62, 100), seed=2)
    assert first == answered(run, tmp_path, melody(62, 100), seed=1)


@pytest.mark.parametrize("style", styles.style_names())
def test_every_style_answers_and_scores(run, tmp_path, style):
    assert answered(run, tmp_path, melody(62, 100), 1, style)
    done = run("score", "seed.mid", "--model", styles.style_path(style), "--json")
    assert json.loads(done.stdout).keys() == {"bits_per_note", "notes", "tunes"}


@pytest.mark.parametrize("style", styles.style_names())
def test_every_style_is_small_and_better_than_its_baselines(style):
    path = styles.style_path(style)
    scores = load_checkpoint(path).card.scores
    assert path.stat().st_size < 6_000_000
    assert scores["test"] < scores["ngram"] - 0.4 < scores["unigram"]
    assert path.with_suffix(".md").is_file()


def test_the_irish_style_is_as_good_as_promised():
    assert load_checkpoint(styles.style_path("irish")).card.scores["test"] <= 2.15


def test_a_folder_is_learned_and_played(run, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for k in range(12):
        write_tune(folder / f"{k}.mid", melody(55 + k, 100))
    (folder / "broken.mid").write_bytes(b"MThd nothing more")
    done = run("train", "mine", "-o", "mine.safetensors", "--minutes", 0.1, "--hidden", 24)
    assert done.returncode == 0, done.stderr
    assert "broken.mid" in done.stderr
    assert (tmp_path / "mine.png").is_file() and (tmp_path / "mine.md").is_file()
    played = run("play", "--headless", "--model", "mine.safetensors", "--seconds", 2)
    assert played.returncode == 0, played.stderr
    again = run(
        *("train", "mine", "-o", "mine.safetensors"),
        *("--minutes", 0.15, "--hidden", 24, "--resume"),
    )
    assert again.returncode == 0, again.stderr
    assert "going on from step" in again.stderr


def test_a_training_that_is_interrupted_can_go_on(start, run, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for k in range(12):
        write_tune(folder / f"{k}.mid", melody(55 + k, 100))
    train = ("train", "mine", "-o", "mine.safetensors", "--hidden", 24, "--steps")
    process = start(*train, 1_000_000)
    for line in process.stderr:
        if "training; Ctrl-C" in line:
            break
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode == 130, said
    assert "--resume" in said and "Traceback" not in said
    assert (tmp_path / "mine.safetensors").is_file()
    again = run(*train, 1, "--resume")
    assert again.returncode == 0, again.stderr
    assert "going on from step" in again.stderr


@pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec: pip install mpi4py mpich")
def test_two_processes_with_one_seed_learn_the_same_bits(run, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for k in range(12):
        write_tune(folder / f"{k}.mid", melody(55 + k, 100))
    train = ("train", "mine", "--hidden", 16, "--processes", 2, "--seed", 3, "--steps", 4)
    for output in ("first.safetensors", "second.safetensors"):
        done = run(*train, "-o", output)
        assert done.returncode == 0, done.stderr
    first, second = (load_checkpoint(tmp_path / f"{name}.safetensors").network.parameters
                     for name in ("first", "second"))  # fmt: skip
    assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec: pip install mpi4py mpich")
def test_the_end_of_one_of_two_processes_ends_a_training_and_its_weights_stay(start, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for k in range(12):
        write_tune(folder / f"{k}.mid", melody(55 + k, 100))
    process = start(
        *("train", "mine", "-o", "mine.safetensors", "--hidden", 16, "--processes", 2),
        *("--from", "none", "--minutes", 0.7),
    )
    for line in process.stderr:
        if "min left" in line and (tmp_path / "mine.safetensors").exists():
            break
    job = psutil.Process(process.pid).children(recursive=True)
    ranks = [child for child in job if "python" in child.name() and not child.children()]
    ranks[-1].kill()
    process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode
    assert not any(child.is_running() and child.status() != "zombie" for child in ranks)
    load_checkpoint(tmp_path / "mine.safetensors")


def test_a_start_that_is_interrupted_keeps_what_it_learned(start, run, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    notes = melody(60, 100).notes
    for k in range(8):  # each begins elsewhere
        pitches = [note.pitch for note in (*notes[k:], *notes[:k])]
        rotated = (replace(note, pitch=p) for note, p in zip(notes, pitches, strict=True))
        write_tune(folder / f"{k}.mid", Tune(tuple(rotated)))
    process = start("train", "mine", "-o", "mine.safetensors", "--from", "fife")
    for line in process.stderr:
        if "training; Ctrl-C" in line:
            break
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode == 130, said
    assert "--from mine.safetensors" in said and "Traceback" not in said
    again = run(
        "train", "mine", "-o", "more.safetensors", "--from", "mine.safetensors", "--steps", 1
    )
    assert again.returncode == 0, again.stderr
    assert "starting from mine.safetensors" in " ".join(again.stderr.split())


BAD = [
    (["answer", "absent.mid", "-o", "x.mid"], "absent.mid"),
    (["answer", "text.mid", "-o", "x.mid"], "text.mid"),
    (["answer", "seed.mid", "-o", "x.mid", "--style", "jazz"], "irish"),
    (["answer", "seed.mid", "-o", "x.mid", "--model", "text.mid"], "text.mid"),
    (["answer", "seed.mid", "-o", "no/folder/x.mid"], "no/folder"),
    (["score", "empty", "--model", "absent.safetensors"], "absent.safetensors"),
    (["score", "text.mid", "--model", "MODEL"], "text.mid"),
    (["train", "empty", "-o", "m.safetensors"], "empty"),
    (["train", "nowhere", "-o", "m.safetensors"], "nowhere"),
    (["train", "onenote", "-o", "m.safetensors"], "two notes"),
    (["train", "onenote", "-o", "m.safetensors", "--from", "jazz"], "irish"),
    (["train", "onenote", "-o", "m.safetensors", "--from", "text.mid"], "text.mid"),
    (["play", "--headless", "--style", "jazz"], "chorales"),
    (["play", "--headless", "--model", "text.mid"], "text.mid"),
    (["play", "--headless", "--midi-out", "Nowhere"], "Nowhere"),
    (["play", "--headless", "--config", "bad.toml"], "line 2"),
    (["play", "--scene", "cellar"], "waves"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD, ids=[" ".join(a[:4]) for a, _ in BAD])
def test_bad_input_is_one_clear_line(run, tmp_path, arguments, said):
    write_tune(tmp_path / "seed.mid", melody(60, 100))
    (tmp_path / "text.mid").write_text("no music")
    (tmp_path / "bad.toml").write_text("[live]\ntemprature = 1\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "onenote").mkdir()
    write_tune(tmp_path / "onenote" / "a.mid", Tune((Note(60, 0, 1),)))
    before = sorted(tmp_path.rglob("*"))
    arguments = [str(styles.style_path("irish")) if a == "MODEL" else a for a in arguments]
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    complaints = [line for line in done.stderr.splitlines() if line.startswith("hidden-state:")]
    assert len(complaints) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_help_is_everywhere(run):
    for name in ("play", "answer", "train", "score", "corpus", "devices", "check"):
        assert run(name, "--help").returncode == 0


def test_check_speaks_plainly(run):
    done = run("check")
    assert done.returncode in (0, 1)
    assert "model" in (done.stdout + done.stderr).lower()


def test_a_sharded_collection_is_learned(run, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    notes = melody(60, 100).notes
    for k in range(12):
        pitches = [note.pitch for note in (*notes[k:], *notes[:k])]
        turned = (replace(note, pitch=p) for note, p in zip(notes, pitches, strict=True))
        write_tune(folder / f"{k}.mid", Tune(tuple(turned)))
    (folder / "broken.mid").write_bytes(b"MThd nothing more")
    done = run("corpus", "shard", "mine", "-o", "shards")
    assert done.returncode == 0, done.stderr
    assert "13 files (13 of them read now), 12 tunes" in done.stdout
    assert (tmp_path / "shards" / "left_out.tsv").read_text().startswith("broken.mid\t")
    done = run("train", "shards", "-o", "m.safetensors", "--steps", 3, "--hidden", 8)
    assert done.returncode == 0, done.stderr
    assert load_checkpoint(tmp_path / "m.safetensors").card.notes["train"] > 100
    refused = run("train", "shards", "-o", "m.safetensors", "--from", "irish")
    assert refused.returncode == 2
    assert "give no --from" in refused.stderr
