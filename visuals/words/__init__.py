"""Texts of the stage in several languages, one TOML file for each."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Formatter

__all__ = ["UnknownLanguageError", "Words", "languages", "load_words"]

FALLBACK_LANGUAGE = "en"

log = logging.getLogger(__name__)


class UnknownLanguageError(ValueError):
    """No file of words exists for the language."""


class Words:
    """Texts of one language.

    Parameters
    ----------
    texts : mapping of str to str
        Text by key, such as "waves.title".
    fallback : Words, optional
        Words of another language, for missing keys.

    Attributes
    ----------
    keys : frozenset of str
        Keys of the texts, without those of the fallback.
    """

    def __init__(self, texts: Mapping[str, str], fallback: Words | None = None) -> None:
        self._texts = {**(fallback._texts if fallback else {}), **texts}
        self.keys = frozenset(texts)

    def __getitem__(self, key: str) -> str:
        """The text of a key; raises KeyError if neither these words nor the fallback have it."""
        return self._texts[key]

    def note_name(self, pitch: int) -> str:
        """Name of a pitch (MIDI number or pitch class); ends in `#` or `b` for an accidental."""
        return self._texts["note.names"].split()[pitch % 12]

    def style_title(self, name: str, title: str) -> str:
        """Title of a style: the words for its name, else its own title, else its name."""
        return self._texts.get(f"style.{name}") or title or name


@cache
def languages() -> tuple[str, ...]:
    """Two-letter codes of the languages that have words, sorted."""
    names = sorted(entry.name for entry in files("visuals.words").iterdir())
    return tuple(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


@cache
def load_words(language: str = "en") -> Words:
    """The words of a language; equal calls return the same object.

    Parameters
    ----------
    language : str
        Language code, two letters.

    Returns
    -------
    Words
        English ones, with a warning, if the file of another language cannot be read; so, too, for
        each text that is missing or cannot be used.

    Raises
    ------
    UnknownLanguageError
        If no file exists; the message lists the known languages.
    OSError, ValueError
        If the English file cannot be read.
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
        f"{table}.{key}": value
        for table, pairs in tables.items()
        if isinstance(pairs, dict)
        for key, value in pairs.items()
    }
    if english is not None:
        texts = {key: text for key, text in texts.items() if _is_usable(text, key, english)}
        if missing := english.keys - texts.keys():
            log.warning("%s lacks the words %s", language, ", ".join(sorted(missing)))
    return Words(texts, english)


def _is_usable(text: object, key: str, english: Words) -> bool:
    """Whether a text can stand for the English one: it asks for no field that is not filled in."""
    if not isinstance(text, str):
        return False
    try:
        return key not in english.keys or _fields(text) <= _fields(english[key])
    except ValueError:  # a single brace
        return False


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
