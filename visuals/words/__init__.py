"""Words: the few the stage shows, in several languages, one TOML file each."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

FALLBACK_LANGUAGE = "en"

log = logging.getLogger(__name__)


class UnknownLanguageError(ValueError):
    """A language there are no words in."""


class Words:
    """What to write on the screen.

    Parameters
    ----------
    texts : mapping of str to str
        By key, such as "waves.title".
    fallback : Words, optional
        Those of another language, for what these do not say.
    """

    def __init__(self, texts: Mapping[str, str], fallback: Words | None = None) -> None:
        self._texts, self._fallback = dict(texts), fallback

    def __getitem__(self, key: str) -> str:
        """The text of a key.

        Raises
        ------
        KeyError
            If there is none, in the fallback neither.
        """
        if key in self._texts or self._fallback is None:
            return self._texts[key]
        return self._fallback[key]

    def style_title(self, name: str, title: str) -> str:
        """What people call a style of a name: its own title unless there are words for it."""
        key = f"style.{name}"
        known = key in self._texts or (self._fallback is not None and key in self._fallback.keys)
        return self[key] if known else title or name

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
    OSError, ValueError
        If the English ones cannot be read; any others then are English.
    """
    if language not in languages():
        raise UnknownLanguageError(
            f"no words in language {language!r}; there are: {', '.join(languages())}"
        )
    english = None if language == FALLBACK_LANGUAGE else load_words(FALLBACK_LANGUAGE)
    try:
        text = files("visuals.words").joinpath(f"{language}.toml").read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, ValueError) as error:
        if english is None:
            raise
        log.warning("the words in %s cannot be read (%s): English is used", language, error)
        return english
    texts = {
        f"{table}.{key}": value for table, pairs in tables.items() for key, value in pairs.items()
    }
    if english is not None and (missing := english.keys - texts.keys()):
        log.warning("%s lacks the words %s", language, ", ".join(sorted(missing)))
    return Words(texts, english)
