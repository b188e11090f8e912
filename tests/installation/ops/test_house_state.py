from __future__ import annotations

import pickle

from installation.ops.house_state import HouseState


def test_a_house_is_open_and_untested_until_something_is_told():
    assert HouseState() == HouseState(is_closed=False, self_test=())


def test_a_state_travels_to_other_processes():
    state = HouseState(True, ("The loudspeakers are not heard.",))
    assert pickle.loads(pickle.dumps(state)) == state
