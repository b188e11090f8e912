from __future__ import annotations

import pytest

from installation.config import LiveSettings
from installation.engine.attract_mode import AttractMode
from installation.engine.phrases.phrase import MIN_REACTION_NS
from messages.clock import SECOND


@pytest.mark.parametrize(("tunes", "bars"), [(1, 2.0), (2, 4.0), (3, 8.0), (4, 10.0), (40, 10.0)])
def test_rests_between_tunes_are_doubled_up_to_the_longest(tunes, bars):
    attract = AttractMode(LiveSettings(attract_rest=2.0, attract_rest_longest=10.0), 0)
    assert attract.next_tune_at == MIN_REACTION_NS
    for _ in range(tunes):
        attract.finish_tune(0, SECOND)
    assert attract.next_tune_at == bars * 4 * SECOND
    attract.reset()
    attract.schedule_after_rest(0, SECOND)
    assert attract.next_tune_at == 2.0 * 4 * SECOND
