"""Styles: the trained models installed with the instrument."""

from __future__ import annotations

from pathlib import Path

__all__ = ["UnknownStyleError", "style_names", "style_path"]


STYLES_FOLDER = Path(__file__).parent
MODEL_SUFFIX = ".safetensors"


class UnknownStyleError(ValueError):
    """No style has that name; the message lists the names there are."""


def style_names() -> list[str]:
    """Names of the installed styles.

    Returns
    -------
    list of str
        In alphabetical order.
    """
    return sorted(path.stem for path in STYLES_FOLDER.glob(f"*{MODEL_SUFFIX}"))


def style_path(name: str) -> Path:
    """The model file of a style.

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
    if name not in style_names():
        raise UnknownStyleError(f"no style named {name!r}; there are {', '.join(style_names())}")
    return STYLES_FOLDER / f"{name}{MODEL_SUFFIX}"
