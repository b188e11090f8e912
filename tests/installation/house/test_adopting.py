from __future__ import annotations

import logging

import pytest

from installation.config import Config, RecordingSettings
from installation.house.options import PlayOptions
from installation.house.performance import Performance
from installation.live.adoption import Adopted
from installation.live.clock import VirtualClock
from installation.live.sinks import DummyCueSink
from midi_data import songs
from rnn import styles
from rnn.apprentice import UNITS, Apprentice
from rnn.checkpoint import save
from visuals.gestures import Adopt


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "small.safetensors"
    save(path, Apprentice(songs.ode_to_joy()).checkpoint())
    return path


@pytest.fixture
def performance():
    config = Config(recording=RecordingSettings(enabled=False))
    performance = Performance(PlayOptions(config=config, seed=7), DummyCueSink(), VirtualClock())
    yield performance
    performance.close()


def adopted(performance: Performance) -> list[Adopted]:
    return [event for event in performance.visitor.drain() if isinstance(event, Adopted)]


def test_a_network_chosen_at_the_window_is_loaded_and_handed_on(performance, small):
    performance.take(Adopt(str(small), 7))
    (event,) = adopted(performance)
    assert (event.composer.layers, event.composer.units) == (1, UNITS)
    assert (event.path, event.at) == (str(small), 7)


def test_the_style_of_the_house_is_home(performance):
    performance.take(Adopt(str(styles.path_of(Config().style.name)), 7))
    assert adopted(performance) == [Adopted(None, "", 7)]


def test_what_cannot_be_played_is_left_alone(performance, tmp_path, caplog):
    (tmp_path / "broken.safetensors").write_bytes(b"no model")
    with caplog.at_level(logging.WARNING):
        for name in ("broken", "missing"):
            performance.take(Adopt(str(tmp_path / f"{name}.safetensors"), 7))
    assert adopted(performance) == []
    assert len(caplog.records) == 2


def test_one_too_large_for_the_wire_is_left_alone(performance, tmp_path):
    path = tmp_path / "large.safetensors"
    save(path, Apprentice(songs.ode_to_joy(), units=600).checkpoint())
    performance.take(Adopt(str(path), 7))
    assert adopted(performance) == []
