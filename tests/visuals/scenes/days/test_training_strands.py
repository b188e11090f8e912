from __future__ import annotations

import numpy as np
import pytest

from messages.training import TrainingStatus
from visuals.scenes.days.growth_rings import EDGE_PX
from visuals.scenes.days.training_strands import MAX_STRANDS, training_strands

CENTRE = np.array([500.0, 500.0])


def sways(status: TrainingStatus, time_s: float = 0.0) -> list[float]:
    """Largest distance of each strand from the rope's middle, pixels."""
    paths = training_strands(status, CENTRE, time_s)
    return np.abs(np.linalg.norm(paths - CENTRE, axis=2) - EDGE_PX).max(axis=1).tolist()


def test_each_process_is_a_strand_and_a_larger_gradient_sways_more():
    one, other = sways(TrainingStatus(True, gradient_norms=(0.2, 0.4)))
    assert one < other


@pytest.mark.parametrize(("processes", "strands"), [(0, 1), (3, 3), (64, MAX_STRANDS)])
def test_there_is_a_strand_at_least_and_a_few_at_most(processes, strands):
    status = TrainingStatus(True, gradient_norms=(0.3,) * processes)
    assert len(sways(status)) == strands


def test_a_strand_moves_as_its_process_works():
    status = TrainingStatus(True, gradient_norms=(0.3, 0.3), rank_notes_per_second=(900.0, 0.0))
    before, after = (training_strands(status, CENTRE, time_s) for time_s in (0.0, 1.0))
    assert not np.allclose(before[0], after[0])
    np.testing.assert_allclose(before[1], after[1])
