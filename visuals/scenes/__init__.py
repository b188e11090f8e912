"""Scenes: ways to look at the network. `scene_types` lists them in the order of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visuals.scenes.base import Scene


def scene_types() -> tuple[type[Scene], ...]:
    """Every scene there is: number 1 first."""
    from visuals.scenes.blend.scene import Blend
    from visuals.scenes.circuit.scene import Circuit
    from visuals.scenes.cortex.scene import Cortex
    from visuals.scenes.waves.scene import Waves
    from visuals.scenes.why.scene import Why

    return (Waves, Cortex, Circuit, Why, Blend)
