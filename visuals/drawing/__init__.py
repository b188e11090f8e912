"""Drawing: theme, typography, sprites, antialiased lines and bloom."""

__all__ = [
    "animation",
    "backdrop",
    "bloom",
    "camera",
    "canvas",
    "fitting",
    "fixed_lights",
    "line_renderer",
    "polled_surface",
    "sprites",
    "theme",
    "typography",
]
