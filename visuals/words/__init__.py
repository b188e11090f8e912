"""Words: the few the stage shows, in several languages, one TOML file each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


class UnknownLanguageError(ValueError):
    """A language there are no words in."""


class Words:
    """What to write on the screen.

    Parameters
    ----------
    texts : mapping of str to str
        By key, such as "waves.title".
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, key: str) -> str:
        """The text of a key.

        Raises
        ------
        KeyError
            If there is none.
        """
        return self._texts[key]

    @property
    def keys(self) -> frozenset[str]:
        """Every key there is a text for."""
        return frozenset(self._texts)


@cache
def languages() -> tuple[str, ...]:
    """Languages there are words in, as two-letter codes."""
    here = files("visuals.words")
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in here.iterdir()
            if entry.name.endswith(".toml")
        )
    )


@cache
def load_words(language: str = "en") -> Words:
    """The words of a language.

    Raises
    ------
    UnknownLanguageError
        If there are none; the message says which languages there are.
    """
    if language not in languages():
        raise UnknownLanguageError(
            f"no words in language {language!r}; there are: {', '.join(languages())}"
        )
    text = files("visuals.words").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return Words(
        {f"{table}.{key}": value for table, pairs in tables.items() for key, value in pairs.items()}
    )
