"""Colours of the lessons, by meaning."""

from __future__ import annotations

from visuals.drawing.theme import PITCH_COLOURS, TEXT_COLOUR, Colour

POSITIVE_COLOUR: Colour = PITCH_COLOURS[6]  # colour of positive numbers and of liked songs
NEGATIVE_COLOUR: Colour = PITCH_COLOURS[0]  # colour of negative numbers and of disliked songs
FORWARD_COLOUR: Colour = PITCH_COLOURS[10]  # colour of the forward pass
BACKWARD_COLOUR: Colour = PITCH_COLOURS[4]  # colour of the backward pass and of mistakes
GLOW_COLOURS = (POSITIVE_COLOUR, NEGATIVE_COLOUR, TEXT_COLOUR, FORWARD_COLOUR, BACKWARD_COLOUR)
"""Colours of the lights."""


def sign_colour(value: float) -> Colour:
    """`POSITIVE_COLOUR` for a number from 0 on, else `NEGATIVE_COLOUR`.

    Parameters
    ----------
    value : float

    Returns
    -------
    Colour
    """
    return POSITIVE_COLOUR if value >= 0 else NEGATIVE_COLOUR
