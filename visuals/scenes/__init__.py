"""Pictures of the network, one sub-package each, and their common base."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["SCENE_NAMES", "scene_types"]

SCENE_NAMES = ("waves", "cortex", "circuit", "why", "blend", "days")
"""Names of the scenes, in order, without the import of any."""


if TYPE_CHECKING:
    from visuals.scenes.base.scene import Scene


def scene_types() -> tuple[type[Scene], ...]:
    """List the scenes in the order of their number keys.

    Returns
    -------
    tuple of type
        Subclasses of `Scene`; the first has number 1.
    """
    from visuals.scenes.blend.scene import BlendScene
    from visuals.scenes.circuit.scene import CircuitScene
    from visuals.scenes.cortex.scene import CortexScene
    from visuals.scenes.days.scene import DaysScene
    from visuals.scenes.waves.scene import WavesScene
    from visuals.scenes.why.scene import WhyScene

    return (WavesScene, CortexScene, CircuitScene, WhyScene, BlendScene, DaysScene)
