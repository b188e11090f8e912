"""Styles: the trained models that come with the instrument."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
SUFFIX = ".safetensors"


class UnknownStyleError(ValueError):
    """There is no style of that name; the message names those that are."""


def names() -> list[str]:
    """The styles there are, in order of name."""
    return sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.glob(f"*{SUFFIX}"))


def path_of(name: str) -> Path:
    """The model file of a style.

    Raises
    ------
    UnknownStyleError
    """
    if name not in names():
        raise UnknownStyleError(f"no style named {name!r}; there are {', '.join(names())}")
    return FOLDER / f"{name}{SUFFIX}"
