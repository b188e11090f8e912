from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from messages.clock import SECOND
from messages.cues import BandCue, NoteSource
from visuals.network_summary import NetworkSummary
from visuals.scenes.why.band_arcs import LANES_RECT
from visuals.scenes.why.scene import WhyScene

NO_CELLS = np.zeros((0, 0), np.float32)


@pytest.fixture(scope="module")
def scene(resources) -> WhyScene:
    return WhyScene(NetworkSummary.dummy(1, 8), resources)


def test_arcs_lead_from_the_kick_to_the_bass_and_to_the_note_that_gave_the_chord(
    scene, make_cue, make_hit, draw
):
    melody = make_cue(serial=4, due_s=2.4, network=scene.network)
    bass = BandCue(2 * SECOND, SECOND // 2, 33, 90, NoteSource.BASS, NO_CELLS, (4,))
    told = [melody, make_hit(2.0), bass]
    with_arcs = draw(scene, told, 2.1)
    bare = draw(scene, [melody, make_hit(2.0), replace(bass, heard_serials=())], 2.1)
    between = np.abs(with_arcs - bare)[:, 760 : LANES_RECT.top].max()
    assert between > 40
    kick_to_bass = bare - draw(scene, [melody, make_hit(2.0)], 2.1)
    assert kick_to_bass[:, LANES_RECT.centery + 4 : LANES_RECT.bottom - 16].max() > 40
