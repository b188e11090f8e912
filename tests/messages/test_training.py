from __future__ import annotations

from messages.training import TrainingStatus


def test_at_first_there_is_no_training() -> None:
    assert not TrainingStatus().is_running and TrainingStatus().gradient_norms == ()
