"""Drawing: theme, typography, sprites, antialiased lines and bloom."""

__all__ = [
    "animation",
    "bloom",
    "canvas",
    "fitting",
    "fixed_lights",
    "line_renderer",
    "polled_surface",
    "sprites",
    "theme",
    "typography",
]
