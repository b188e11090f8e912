from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, asdict

import pytest

from rnn.training.settings import TrainingSettings


def test_settings_are_the_keys_of_a_saved_training():
    assert list(asdict(TrainingSettings())) == [
        "seed", "minutes", "steps", "units", "layers", "embedding",
        "lanes", "length", "rate", "dropout", "norm", "sums_layers",
    ]  # fmt: skip


def test_settings_do_not_change_during_a_training():
    with pytest.raises(FrozenInstanceError):
        TrainingSettings().seed = 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("seed", -1), ("steps", -1), ("minutes", 0.0), ("minutes", math.inf), ("units", 0)),
        *(("layers", 0), ("embedding", 0), ("lanes", 0), ("length", 0), ("rate", 0.0)),
        *(("norm", math.nan), ("dropout", 1.0), ("dropout", -0.1)),
    ],
)
def test_a_setting_out_of_its_range_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=rf"{name} must be .* not {value}"):
        TrainingSettings(**{name: value})


def test_with_steps_the_minutes_do_not_count():
    assert TrainingSettings(minutes=0.0, steps=3).steps == 3
