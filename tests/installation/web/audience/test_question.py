from __future__ import annotations

import pytest

from installation.web.audience import question as question_module
from installation.web.audience.question import QuestionError, QuestionOfTheDay


@pytest.fixture
def path(tmp_path):
    return tmp_path / "question.json"


@pytest.fixture
def asked(path) -> QuestionOfTheDay:
    made = QuestionOfTheDay(path)
    made.ask("Faster?", ["yes", "no"])
    return made


def test_each_voice_counts_once_and_may_change_its_mind(asked):
    for voice, answer in (("a", 0), ("b", 0), ("a", 1)):
        asked.answer(voice, 1, answer)
    assert asked.describe()["counts"] == [1, 1]


@pytest.mark.parametrize("answer", [2, -1, 1e9, None, True, "0"])
def test_what_is_no_answer_is_refused(asked, answer):
    with pytest.raises(QuestionError):
        asked.answer("a", 1, answer)


def test_an_answer_to_an_earlier_question_does_not_count(asked):
    asked.ask("Slower?", ["yes", "no"])
    with pytest.raises(QuestionError, match="another question"):
        asked.answer("a", 1, 0)
    assert asked.describe()["counts"] == [0, 0]


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("x" * 141, ["a", "b"]),
        (3, ["a", "b"]),
        ("x\n", ["a", "b"]),
        ("x", ["a"]),
        ("x", ["a"] * 7),
        ("x", ["a", ""]),
        ("x", ["a", 3]),
        ("x", "ab"),
        ("x", ["a", "b" * 41]),
    ],
)
def test_what_is_no_question_is_refused(asked, text, answers):
    with pytest.raises(QuestionError):
        asked.ask(text, answers)
    assert asked.describe()["text"] == "Faster?"


def test_an_empty_text_asks_nothing(asked):
    asked.ask("", [])
    assert asked.describe()["answers"] == []


def test_a_restart_goes_on_counting(asked, path):
    asked.answer("a", 1, 1)
    asked.save()
    again = QuestionOfTheDay(path)
    assert again.describe() == asked.describe()
    again.answer("b", 1, 1)
    assert again.describe()["counts"] == [0, 2]


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"serial": 1}', '{"serial":1,"text":"a","answers":["b","c"],"counts":[-1,2]}'],
)
def test_a_damaged_file_is_said_and_nothing_asked(path, content, caplog):
    path.write_text(content)
    assert QuestionOfTheDay(path).describe()["text"] == ""
    assert "holds no question" in caplog.text


def test_many_voices_are_counted_but_not_all_remembered(asked, monkeypatch):
    monkeypatch.setattr(question_module, "MAX_VOICES", 3)
    for voice in range(10):
        asked.answer(str(voice), 1, 0)
    assert asked.describe()["counts"] == [10, 0]
