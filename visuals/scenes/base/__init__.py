"""What every scene is and shares: Scene, Frame, the visitor's light, units shown, glowing lines."""

__all__ = [
    "band_noise",
    "drummer",
    "frame",
    "geometry",
    "glowing_lines",
    "scene",
    "shown_units",
    "state_change",
    "visitor_wave",
]
