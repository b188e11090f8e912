from __future__ import annotations

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
