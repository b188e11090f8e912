"""Scenes: ways to look at the network. `scene_types` lists them in the order of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visuals.scenes.base import Scene


def scene_types() -> tuple[type[Scene], ...]:
    """Every scene there is: number 1 first."""
    from visuals.scenes.blend.scene import BlendScene
    from visuals.scenes.circuit.scene import CircuitScene
    from visuals.scenes.cortex.scene import CortexScene
    from visuals.scenes.waves.scene import WavesScene
    from visuals.scenes.why.scene import WhyScene

    return (WavesScene, CortexScene, CircuitScene, WhyScene, BlendScene)
