"""What every scene is and shares: Scene, Frame, units shown, glowing lines."""

__all__ = ["band_noise", "geometry", "glowing_lines", "scene", "shown_units"]
