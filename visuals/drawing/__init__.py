"""Drawing: theme, typography, sprites, antialiased lines and bloom."""

__all__ = [
    "animation",
    "backdrop",
    "bloom",
    "canvas",
    "drawn_lines",
    "line_renderer",
    "picture_layout",
    "polled_surface",
    "sharp_lines",
    "sharp_text",
    "sprites",
    "theme",
    "typography",
]
