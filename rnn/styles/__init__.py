"""Styles: the trained models installed with the instrument."""

from __future__ import annotations

from pathlib import Path

__all__ = ["DRUMS_STYLE", "UnknownStyleError", "style_names", "style_path"]


STYLES_FOLDER = Path(__file__).parent
MODEL_SUFFIX = ".safetensors"
DRUMS_STYLE = "drums"
"""The drummer of the band: it has a model file and a card, and is no style to play in."""


class UnknownStyleError(ValueError):
    """No style has that name; the message lists the names there are."""


def style_names() -> list[str]:
    """Names of the installed styles of melody; the drummer is none.

    Returns
    -------
    list of str
        In alphabetical order.
    """
    found = {path.stem for path in STYLES_FOLDER.glob(f"*{MODEL_SUFFIX}")}
    return sorted(found - {DRUMS_STYLE})


def style_path(name: str) -> Path:
    """The model file of a style, or of the drummer.

    Parameters
    ----------
    name : str

    Returns
    -------
    Path

    Raises
    ------
    UnknownStyleError
        If no style has that name.
    """
    if name not in (*style_names(), DRUMS_STYLE):
        raise UnknownStyleError(f"no style named {name!r}; there are {', '.join(style_names())}")
    return STYLES_FOLDER / f"{name}{MODEL_SUFFIX}"
