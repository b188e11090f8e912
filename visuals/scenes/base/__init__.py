"""What every scene is and shares: Scene, Frame, the visitor's light, units shown, glowing lines.

The places of the cells in the Cortex are here, as Days has them, too.
"""

__all__ = [
    "band_noise",
    "cortex_layout",
    "drummer",
    "frame",
    "geometry",
    "glowing_lines",
    "scene",
    "shown_units",
    "state_change",
    "visitor_wave",
]
