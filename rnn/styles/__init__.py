"""Styles: the trained models that come with the instrument."""

from __future__ import annotations

from pathlib import Path

STYLES_FOLDER = Path(__file__).parent
MODEL_SUFFIX = ".safetensors"


class UnknownStyleError(ValueError):
    """There is no style of that name; the message names those that are."""


def style_names() -> list[str]:
    """The styles there are, in order of name."""
    return sorted(
        path.name.removesuffix(MODEL_SUFFIX) for path in STYLES_FOLDER.glob(f"*{MODEL_SUFFIX}")
    )


def style_path(name: str) -> Path:
    """The model file of a style.

    Raises
    ------
    UnknownStyleError
    """
    if name not in style_names():
        raise UnknownStyleError(f"no style named {name!r}; there are {', '.join(style_names())}")
    return STYLES_FOLDER / f"{name}{MODEL_SUFFIX}"
