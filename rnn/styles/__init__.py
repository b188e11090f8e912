"""Styles: the trained models installed with the instrument."""

from __future__ import annotations

from pathlib import Path

__all__ = ["DRUMS_STYLE", "UnknownStyleError", "start_paths", "style_names", "style_path"]


STYLES_FOLDER = Path(__file__).parent
MODEL_SUFFIX = ".safetensors"
DRUMS_STYLE = "drums"
"""The drummer of the band: it has a model file and a card, and is no style to play in."""
BASE_NAME = "base"
"""A network over several corpora, to start a training from; it is no style to play in."""


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
    return sorted(found - {DRUMS_STYLE, BASE_NAME})


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


def start_paths() -> dict[str, Path]:
    """Model files to start a training from: those of the styles, and the base network.

    Returns
    -------
    dict of str to Path
        By name.
    """
    paths = {name: style_path(name) for name in style_names()}
    base = STYLES_FOLDER / f"{BASE_NAME}{MODEL_SUFFIX}"
    return paths | {BASE_NAME: base} if base.is_file() else paths
