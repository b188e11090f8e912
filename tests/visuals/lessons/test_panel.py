from __future__ import annotations

from visuals.input.lesson_actions import ARROWS
from visuals.lessons.panel import BUTTONS, button_centres, hit_targets


def test_every_button_is_where_it_is_drawn():
    found = hit_targets(7, ARROWS)
    for action, centre in button_centres(ARROWS).items():
        assert found[action].collidepoint(centre)
    assert len(found) == len(BUTTONS) + len(ARROWS) + 7
