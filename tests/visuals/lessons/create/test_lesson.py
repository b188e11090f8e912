from __future__ import annotations

from visuals.lessons.create.lesson import CreateLesson
from visuals.lessons.shared_state import SharedLessonState
from visuals.words import load_words


def test_a_touch_chooses_the_network_under_it(network_options):
    lesson = CreateLesson(load_words(), SharedLessonState(network_options=lambda: network_options))
    for option, rect in zip(network_options, lesson.hit_targets(), strict=True):
        lesson.on_touch(*rect.center)
        assert lesson.walkthrough.selected_option is option
    lesson.on_touch(5, 5)
    assert lesson.walkthrough.selected_option is network_options[1]
    lesson.walkthrough.advance()
    assert lesson.hit_targets() == ()
