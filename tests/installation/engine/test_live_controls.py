from __future__ import annotations

import pytest

from installation.config import LiveSettings
from installation.engine.live_controls import (
    LiveControlChange,
    LiveControls,
    SamplingChange,
    StyleSharesChange,
    UnitTouchesChange,
)
from messages.clock import SECOND
from messages.cues import NoteSource
from rnn.generation.composer import DummyComposer, SamplingParams
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention


def steering() -> LiveControls:
    return LiveControls(DummyComposer(), LiveSettings(temperature=0.9))


def test_until_steered_the_settings_hold() -> None:
    assert steering().taste == SamplingParams(temperature=0.9, top_p=LiveSettings().top_p)


def test_what_is_not_named_stays_as_it_is() -> None:
    desk = steering()
    desk.apply_change(LiveControlChange(SamplingChange(density=2.0), at=0))
    assert (desk.taste.temperature, desk.taste.density) == (0.9, 2.0)


def test_a_taste_keeps_its_scale_and_gets_the_temperature_of_now() -> None:
    desk = steering()
    desk.apply_change(LiveControlChange(SamplingChange(temperature=0.5), at=0))
    taste = desk.with_current_sampling(SamplingParams(scale=frozenset({0}), temperature=2.0))
    assert (taste.scale, taste.temperature) == ({0}, 0.5)


def test_one_style_cannot_be_mixed() -> None:
    with pytest.raises(ValueError, match="nothing to mix"):
        steering().apply_change(LiveControlChange(StyleSharesChange((1.0, 0.0)), at=0))


def test_fingers_reach_the_composer_in_time_with_keys(rehearsals) -> None:
    rehearsal = rehearsals()
    touched = []
    rehearsal.composer.set_interventions = touched.append
    rehearsal.visitor.submit_control_change(
        LiveControlChange(UnitTouchesChange((UnitIntervention(0, 0),)), SECOND)
    )
    rehearsal.until(0.9)
    assert touched == []
    rehearsal.until(1.1)
    assert touched == [(UnitIntervention(0, 0),)]


def test_one_hand_does_not_lift_the_fingers_of_another(rehearsals) -> None:
    rehearsal = rehearsals()
    touched = []
    rehearsal.composer.set_interventions = touched.append
    mine, theirs = UnitIntervention(0, 0), UnitIntervention(0, 1)
    louder = UnitIntervention(0, 0, InterventionKind.AMPLIFY, 2.0)
    for touches, hand in (((mine,), "a"), ((theirs, louder), "b"), ((), "b"), ((), "a")):
        rehearsal.visitor.submit_control_change(
            LiveControlChange(UnitTouchesChange(touches, hand), 0)
        )
    rehearsal.until(0.1)
    assert [set(fingers) for fingers in touched] == [{mine}, {louder, theirs}, {mine}, set()]


def test_steering_reaches_the_line_that_is_being_composed(rehearsals) -> None:
    rehearsal = rehearsals(settings=LiveSettings(tempo=100, attract=True))
    tastes = []
    compose = rehearsal.composer.compose_note
    rehearsal.composer.compose_note = lambda rng, taste: (
        tastes.append(taste),
        compose(rng, taste),
    )[1]
    rehearsal.until(1)
    rehearsal.visitor.submit_control_change(
        LiveControlChange(SamplingChange(temperature=0.3), SECOND)
    )
    rehearsal.until(5)
    assert tastes[0].temperature == LiveSettings().temperature
    assert tastes[-1].temperature == 0.3
    assert rehearsal.notes(NoteSource.NETWORK)


def test_a_flood_of_changes_for_another_network_is_told_once_a_minute(rehearsal, caplog) -> None:
    for _ in range(100):
        rehearsal.visitor.submit_control_change(LiveControlChange(StyleSharesChange((1.0, 0.0)), 0))
    rehearsal.until(1)
    (told,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "meant for another network" in told.getMessage()
