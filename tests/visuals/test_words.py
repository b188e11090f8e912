from __future__ import annotations

import string

import pytest

from rnn import styles
from visuals import words
from visuals.words import UnknownLanguageError, Words, languages, load_words


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


@pytest.fixture
def other_language(monkeypatch, tmp_path):
    """Writes the file of a language xx, beside that of English."""
    english = (words.files("visuals.words") / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "en.toml").write_text(english, encoding="utf-8")
    monkeypatch.setattr(words, "files", lambda package: tmp_path)
    cached = words.languages, words.load_words
    for each in cached:
        each.cache_clear()
    yield lambda text: (tmp_path / "xx.toml").write_text(text, encoding="utf-8")
    for each in cached:
        each.cache_clear()


@pytest.mark.parametrize(
    "text",
    [
        "",
        'waves = "a text instead of a table"',
        "[waves]\nsubtitle = 3",
        '[waves]\nsubtitle = "{sabaters}"',
        '[waves]\nsubtitle = "{shown"',
    ],
)
def test_english_stands_for_a_text_that_is_missing_or_of_no_use(other_language, text):
    other_language(f'{text}\n[language]\nname = "xx"')
    known, english = load_words("xx"), load_words("en")
    assert known["language.name"] == "xx"
    subtitles = [each["waves.subtitle"].format(shown=3, units=4) for each in (known, english)]
    assert subtitles[0] == subtitles[1]


def test_a_broken_text_file_is_said_once_and_english_used(other_language, caplog):
    other_language("not [toml")
    for _ in range(2):
        assert load_words("xx")["waves.title"] == load_words("en")["waves.title"]
    assert [record.message.split(" (")[0] for record in caplog.records] == [
        "the words in xx cannot be read"
    ]


def test_a_text_that_is_missing_is_said_in_english():
    some = Words({"a.b": "here"}, Words({"a.b": "there", "a.c": "everywhere"}))
    assert (some["a.b"], some["a.c"]) == ("here", "everywhere")
    with pytest.raises(KeyError):
        some["a.d"]


@pytest.mark.parametrize("language", languages())
def test_every_language_names_twelve_notes(language):
    names = [load_words(language).note_name(pitch) for pitch in range(60, 72)]
    assert len(set(names)) == len(load_words(language)["note.names"].split()) == 12
    assert [name[len(name.rstrip("#b")) :] for name in names] == list(
        ("", "#", "", "b", "", "", "#", "", "b", "", "b", "")
    )


def test_notes_are_called_do_re_mi_where_people_say_so():
    assert [load_words(code).note_name(67) for code in ("ca", "en", "es")] == ["sol", "G", "sol"]


@pytest.mark.parametrize("language", languages())
def test_a_gate_has_one_name_in_scenes_and_lessons(language):
    keys = load_words(language).keys
    assert {key for key in keys if key.startswith("gate.")} == {
        "gate.keep",
        "gate.write",
        "gate.say",
    }
    rivals = {"circuit.forget", "circuit.write", "circuit.say", "memory.gate_kept", "song.kept"}
    assert not rivals & keys
