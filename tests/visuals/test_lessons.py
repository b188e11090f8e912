from __future__ import annotations

from visuals.lessons import lesson_types


def test_lessons_have_names_of_their_own_in_the_order_of_their_numbers():
    names = ["neuron", "fold", "graph", "memory", "song", "seen", "create"]
    assert [lesson.name for lesson in lesson_types()] == names
