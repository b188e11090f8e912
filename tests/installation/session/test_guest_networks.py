from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from installation.session.guest_networks import GuestNetworks
from messages.clock import SECOND
from messages.crowd import DuetReplay, LikedPhrase, ReplayedNote
from messages.cues import NoteSource
from midi_data import songs
from midi_data.notes import Meter
from rnn import styles
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import load_checkpoint, save_checkpoint
from rnn.model.network import Network
from rnn.teaching.tune_learner import UNITS_PER_LAYER, TuneLearner
from tests.hang_guard import wait_until


@pytest.fixture(scope="module")
def snapshot():
    return TuneLearner(songs.ode_to_joy()).snapshot()


@pytest.fixture
def networks():
    networks = GuestNetworks()
    yield networks
    networks.close()


def test_a_learned_network_has_a_file_until_it_plays_no_more(networks, snapshot):
    path = Path(networks.save(snapshot))
    assert load_checkpoint(path).network.sizes.units == UNITS_PER_LAYER
    loaded = networks.load(str(path))
    assert (loaded.summary.layers, loaded.summary.units) == (1, UNITS_PER_LAYER)
    assert loaded.probed_network.units == UNITS_PER_LAYER
    assert networks.load(str(path)) is loaded
    assert path.exists()
    assert networks.load("") is None
    assert not path.exists()


@pytest.mark.parametrize("closed", [False, True])
def test_a_later_stage_reads_and_deletes_the_file_of_one_that_died(snapshot, closed):
    dead, heir = GuestNetworks(), GuestNetworks()
    path = dead.save(snapshot)
    dead.load(path)
    assert heir.load(path).summary.units == UNITS_PER_LAYER
    if closed:
        heir.close()
    else:
        heir.load("")
    assert not Path(path).parent.exists()
    dead.close()


def test_other_model_files_stay(networks):
    path = styles.style_path(styles.style_names()[0])
    assert networks.load(str(path)).summary.layers == 2
    assert networks.load("") is None
    assert path.exists()


def test_a_file_that_cannot_be_read_counts_as_the_own_network(networks, tmp_path, caplog):
    (tmp_path / "broken.safetensors").write_bytes(b"no model")
    for name in ("broken", "missing"):
        assert networks.load(str(tmp_path / f"{name}.safetensors")) is None
    assert len(caplog.records) == 2


def test_closing_deletes_all_files(networks, snapshot):
    path = Path(networks.save(snapshot))
    networks.close()
    assert not path.parent.exists()


def test_the_styles_of_the_installation_are_offered_to_the_lessons():
    options = GuestNetworks().load_options()
    assert [option.name for option in options] == styles.style_names()
    assert [option.network for option in options] == list(
        map(styles.style_path, styles.style_names())
    )


def duet_replay(meter="4/4"):
    sources = (NoteSource.VISITOR, NoteSource.VISITOR, NoteSource.NETWORK)
    notes = (
        ReplayedNote(60 + 2 * k, 80, k * SECOND // 2, SECOND // 2, source)
        for k, source in enumerate(sources)
    )
    return DuetReplay(tuple(notes), SECOND // 2, 0, meter)


def test_the_network_that_plays_hears_a_duet_as_it_hears_keys(snapshot):
    own = load_checkpoint(styles.style_path("irish"))
    networks, composer = GuestNetworks(own), Improviser(own)
    composer.begin_tune(Meter(4, 4))
    struck = [composer.strike(60 + 2 * k, 4.0 + k) for k in range(3)]
    heard = list(networks.hear(duet_replay()))
    assert [step.surprise for step in heard] == [step.surprise for step in struck]
    for step, own_step in zip(heard, struck, strict=True):
        np.testing.assert_array_equal(step.activations, own_step.activations)
    networks.load(networks.save(snapshot))
    (guest, *_) = networks.hear(duet_replay())
    assert guest.activations.shape == (1, 6, UNITS_PER_LAYER)
    networks.close()


def test_a_liked_phrase_is_answered_by_the_first_and_by_a_later_generation(tmp_path):
    own = load_checkpoint(styles.style_path("irish"))
    networks = GuestNetworks(own)
    phrase = LikedPhrase(((62, 0.0, 1.0), (66, 1.0, 1.0), (69, 2.0, 2.0)), "4/4", 100.0)
    assert networks.compare(phrase) is None  # there is no later one
    weights = {name: 0.9 * array for name, array in own.network.parameters.items()}
    later = replace(
        own,
        network=Network(own.network.sizes, weights),
        card=replace(own.card, lineage=[[1, 1, 200]]),
    )
    save_checkpoint(tmp_path / "0001.safetensors", later)
    networks.load(str(tmp_path / "0001.safetensors"))
    wait_until(lambda: networks.compare(phrase) is not None)
    told = networks.compare(phrase)
    assert [note.pitch for note in told.phrase] == [62, 66, 69]
    assert told.first and told.latest and told.first != told.latest
    assert networks.compare(phrase) is told


def test_a_duet_that_cannot_be_heard_is_heard_no_further():
    own = load_checkpoint(styles.style_path("irish"))
    assert list(GuestNetworks(own).hear(duet_replay("0/4"))) == []
    assert list(GuestNetworks().hear(duet_replay())) == []
