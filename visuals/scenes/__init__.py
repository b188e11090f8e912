"""Scenes: ways to look at the network. `scene_types` lists them in the order of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visuals.scenes.base import Scene


def scene_types() -> tuple[type[Scene], ...]:
    """Every scene there is: number 1 first."""
    from visuals.scenes.blend import Blend
    from visuals.scenes.circuit import Circuit
    from visuals.scenes.cortex import Cortex
    from visuals.scenes.waves import Waves
    from visuals.scenes.why import Why

    return (Waves, Cortex, Circuit, Why, Blend)
