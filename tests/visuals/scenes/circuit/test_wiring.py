from __future__ import annotations

import numpy as np
import pytest

from visuals.scenes.circuit.wiring import PulsePaths

SHORT = np.array([(x, 0.0) for x in range(5)])
LONG = np.array([(x, 9.0) for x in range(9)])


def test_all_lights_set_out_and_arrive_together():
    lanes = PulsePaths([SHORT, LONG], tail=3)
    assert lanes.head_positions(0.0).tolist() == [[0, 0], [0, 9]]
    assert lanes.head_positions(0.5).tolist() == [[2, 0], [4, 9]]
    assert (
        lanes.head_positions(1.0).tolist() == lanes.head_positions(1.7).tolist() == [[4, 0], [8, 9]]
    )


@pytest.mark.parametrize(("share", "pieces"), [(0.0, 0), (0.25, 3), (0.5, 5), (1.0, 6)])
def test_a_tail_is_lit_behind_each_and_no_further_than_its_beginning(share, pieces):
    start, end = PulsePaths([SHORT, LONG], tail=3).lit_segments(share)
    assert len(start) == pieces
    assert np.array_equal(end - start, np.tile((1.0, 0.0), (pieces, 1)))
