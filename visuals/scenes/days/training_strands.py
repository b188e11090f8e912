"""Training strands: the processes of a training as a rope around the wood, the ring to come."""

from __future__ import annotations

import numpy as np

from messages.training import TrainingStatus
from visuals.scenes.base.geometry import Floats, unit_vectors
from visuals.scenes.days.growth_rings import EDGE_PX

MAX_STRANDS = 8  # of a training by more processes, the first
POINTS_PER_STRAND = 145
WAVES = 9  # of a strand around the wood
ROPE_PX, LEAST_ROPE_PX = 11.0, 4.0  # sway of the strand with the largest gradient, and of none
TURN_S = 7.0  # time in which a wave moves on by its length where the work is fastest, seconds


def training_strands(status: TrainingStatus, centre: Floats, time_s: float) -> Floats:
    """Outlines of the strands, (strands, points, 2): wider for a larger gradient, quicker for more
    notes a second."""
    norms = np.array(status.gradient_norms[:MAX_STRANDS] or (0.0,))
    speeds = np.array((*status.rank_notes_per_second, *[0.0] * len(norms))[: len(norms)])
    sway = LEAST_ROPE_PX + (ROPE_PX - LEAST_ROPE_PX) * norms / max(1e-9, norms.max())
    moved = time_s / TURN_S * speeds / max(1.0, speeds.max())
    phase = 2 * np.pi * (np.arange(len(norms)) / len(norms) - moved)
    angle = np.linspace(0.0, 2 * np.pi, POINTS_PER_STRAND)
    radius = EDGE_PX + sway[:, None] * np.sin(WAVES * angle + phase[:, None])
    return centre + radius[..., None] * unit_vectors(angle)
