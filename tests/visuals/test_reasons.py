from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.cues import NoteAttribution
from messages.wire_format import cue_size, pack, unpack

SHARES = st.lists(st.floats(-30, 30, width=16), max_size=64)


@given(st.integers(100, 2**40), SHARES, st.integers(1, 30))
def test_reasons_come_back_from_the_wire(serial, shares, gap):
    serials = serial - gap - np.arange(len(shares))[::-1]
    sent = NoteAttribution(serial, serials, np.array(shares, np.float32))
    back = unpack(pack(sent))
    assert back.serial == serial
    assert back.cause_serials.tolist() == serials.tolist()
    assert back.contributions.tolist() == sent.contributions.tolist()


def test_reasons_of_32_notes_fit_where_a_cue_of_the_smallest_network_does():
    message = NoteAttribution(40, np.arange(8, 40), np.ones(32, np.float32))
    assert len(pack(message)) <= cue_size(1, 1)


def test_cut_off_reasons_are_no_message():
    data = pack(NoteAttribution(3, np.arange(3), np.ones(3, np.float32)))
    for size in range(1, len(data)):
        with pytest.raises(ValueError, match="not a message"):
            unpack(data[:size])


def test_a_note_is_not_explained_by_a_later_one():
    with pytest.raises(ValueError, match="notes before it"):
        NoteAttribution(3, np.array([3]), np.ones(1, np.float32))


def test_every_note_has_its_share():
    with pytest.raises(ValueError, match="2 serials have 1 shares"):
        NoteAttribution(3, np.arange(2), np.ones(1, np.float32))
