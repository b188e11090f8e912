from __future__ import annotations

import string

import pytest

from rnn import styles
from visuals.words import UnknownLanguageError, languages, load_words


@pytest.mark.parametrize("language", languages())
def test_every_language_says_all_that_english_does(language):
    assert load_words(language).keys == load_words("en").keys


@pytest.mark.parametrize("language", languages())
def test_every_language_fills_in_the_same_fields(language):
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    words, english = load_words(language), load_words("en")
    assert {key: fields(words[key]) for key in words.keys} == {
        key: fields(english[key]) for key in english.keys
    }


def test_unknown_language_names_the_known():
    with pytest.raises(UnknownLanguageError, match="'xx'.*ca, en, es"):
        load_words("xx")


def test_a_style_has_the_name_its_card_gives_it_unless_there_are_words_for_it():
    words = load_words("ca")
    assert words.style_title("irish", "Irish dances") == words["style.irish"]
    assert words.style_title("mine", "My tunes") == "My tunes"
    assert words.style_title("mine", "") == "mine"


@pytest.mark.parametrize("language", languages())
def test_the_styles_that_come_along_have_names_that_fit_their_place(language):
    for name in styles.style_names():
        assert 0 < len(load_words(language).style_title(name, "")) <= 30
        assert f"style.{name}" in load_words(language).keys
