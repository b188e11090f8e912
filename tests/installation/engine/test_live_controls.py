from __future__ import annotations

import pytest

from installation.config import LiveSettings
from installation.engine.live_controls import (
    InterventionsChange,
    LiveControlChange,
    LiveControls,
    SamplingChange,
    StyleSharesChange,
)
from messages.clock import SECOND
from messages.crowd import CrowdSteering
from messages.cues import NoteSource
from rnn.generation.ensemble import EnsembleImproviser
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention
from rnn.model.checkpoint import load_checkpoint
from rnn.model.sampling_params import SamplingParams
from tests.dummy_composer import DummyComposer


def make_controls() -> LiveControls:
    return LiveControls(DummyComposer(), LiveSettings(temperature=0.9))


@pytest.fixture
def blend(model) -> EnsembleImproviser:
    """A blend of a network with itself."""
    return EnsembleImproviser([load_checkpoint(model)] * 2)


def test_the_first_values_are_those_of_the_settings() -> None:
    assert make_controls().sampling == SamplingParams(
        temperature=0.9, top_p=DummyComposer().own_sampling.top_p
    )


def test_without_settings_each_network_is_sampled_as_its_style_is() -> None:
    controls, other = LiveControls(DummyComposer(), LiveSettings()), DummyComposer()
    other.own_sampling = SamplingParams(temperature=1.2, top_p=0.5)
    assert controls.sampling == DummyComposer.own_sampling
    controls.switch_composer(other)
    assert controls.sampling == other.own_sampling


def test_a_value_that_is_not_changed_stays() -> None:
    controls = make_controls()
    controls.apply_change(LiveControlChange(SamplingChange(density=2.0), at=0))
    assert (controls.sampling.temperature, controls.sampling.density) == (0.9, 2.0)


def test_a_phrase_gets_the_current_temperature_and_keeps_its_scale_and_extra_density() -> None:
    controls = make_controls()
    before = controls.sampling
    controls.apply_change(LiveControlChange(SamplingChange(temperature=0.5, density=1.0), at=0))
    planned = SamplingParams(scale=frozenset({0}), temperature=2.0, density=before.density + 1.5)
    moved = controls.move_with_current(planned, before)
    assert (moved.scale, moved.temperature, moved.density) == ({0}, 0.5, 2.5)


def test_one_style_cannot_be_mixed() -> None:
    with pytest.raises(ValueError, match="nothing to mix"):
        make_controls().apply_change(LiveControlChange(StyleSharesChange((1.0, 0.0)), at=0))


def test_touches_reach_the_composer_at_their_time(rehearsals) -> None:
    rehearsal = rehearsals()
    touched = []
    rehearsal.composer.set_interventions = touched.append
    rehearsal.visitor.submit_control_change(
        LiveControlChange(InterventionsChange((UnitIntervention(0, 0),)), SECOND)
    )
    rehearsal.until(0.9)
    assert touched == []
    rehearsal.until(1.1)
    assert touched == [(UnitIntervention(0, 0),)]


def test_touches_of_one_origin_do_not_end_those_of_another(rehearsals) -> None:
    rehearsal = rehearsals()
    touched = []
    rehearsal.composer.set_interventions = touched.append
    mine, theirs = UnitIntervention(0, 0), UnitIntervention(0, 1)
    louder = UnitIntervention(0, 0, InterventionKind.AMPLIFY, 2.0)
    for touches, origin in (((mine,), "a"), ((theirs, louder), "b"), ((), "b"), ((), "a")):
        rehearsal.visitor.submit_control_change(
            LiveControlChange(InterventionsChange(touches, origin), 0)
        )
    rehearsal.until(0.1)
    assert [set(units) for units in touched] == [{mine}, {louder, theirs}, {mine}, set()]


def test_a_change_reaches_the_phrase_that_is_being_composed(rehearsals) -> None:
    rehearsal = rehearsals(settings=LiveSettings(tempo=100, attract=True))
    samplings = []
    compose = rehearsal.composer.compose_note
    rehearsal.composer.compose_note = lambda rng, sampling: (
        samplings.append(sampling),
        compose(rng, sampling),
    )[1]
    rehearsal.until(1)
    rehearsal.visitor.submit_control_change(
        LiveControlChange(SamplingChange(temperature=0.3), SECOND)
    )
    rehearsal.until(5)
    assert samplings[0].temperature == DummyComposer.own_sampling.temperature
    assert samplings[-1].temperature == 0.3
    assert rehearsal.notes(NoteSource.NETWORK)


def test_many_changes_for_another_network_are_logged_once(rehearsal, caplog) -> None:
    for _ in range(100):
        rehearsal.visitor.submit_control_change(LiveControlChange(StyleSharesChange((1.0, 0.0)), 0))
    rehearsal.until(1)
    (record,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "meant for another network" in record.getMessage()


def test_the_crowd_moves_what_others_set_and_goes_without_a_trace() -> None:
    controls = make_controls()
    controls.apply_change(LiveControlChange(SamplingChange(density=7.0), at=0))
    before = controls.sampling
    controls.apply_change(LiveControlChange(CrowdSteering(1.5, 2.0, -0.5), at=0))
    moved = controls.move_with_current(SamplingParams(scale=frozenset({0}), density=7.0), before)
    assert moved.temperature == pytest.approx(1.35)
    assert (moved.density, moved.register, moved.scale) == (8.0, -0.5, {0})
    controls.apply_change(LiveControlChange(CrowdSteering(), at=0))
    assert controls.sampling == before


def test_the_crowd_draws_the_mixture_towards_its_wish(blend) -> None:
    controls = LiveControls(blend, LiveSettings())
    controls.apply_change(LiveControlChange(StyleSharesChange((1.0, 0.0)), at=0))
    wish = CrowdSteering(shares=(0.0, 1.0), share_weight=0.25)
    controls.apply_change(LiveControlChange(wish, at=0))
    assert blend.weights.tolist() == pytest.approx([0.75, 0.25])
    controls.apply_change(LiveControlChange(StyleSharesChange((0.0, 1.0)), at=0))
    assert blend.weights.tolist() == pytest.approx([0.0, 1.0])
    controls.apply_change(LiveControlChange(StyleSharesChange((1.0, 0.0)), at=0))
    controls.apply_change(LiveControlChange(CrowdSteering(), at=0))
    assert blend.weights.tolist() == [1.0, 0.0]


def test_a_wish_about_other_styles_is_left_out(blend) -> None:
    controls = LiveControls(blend, LiveSettings())
    before = blend.weights.tolist()
    wish = CrowdSteering(shares=(0.0, 0.0, 1.0), share_weight=0.5)
    controls.apply_change(LiveControlChange(wish, at=0))
    assert blend.weights.tolist() == before


def test_what_was_set_is_told_apart_from_what_the_crowd_wishes(blend) -> None:
    controls = LiveControls(blend, LiveSettings(temperature=1.0))
    controls.apply_change(LiveControlChange(StyleSharesChange((1.0, 0.0)), at=0))
    wish = CrowdSteering(1.3, shares=(0.0, 1.0), share_weight=0.25)
    controls.apply_change(LiveControlChange(wish, at=0))
    assert controls.sampling.temperature == pytest.approx(1.3)
    assert (controls.set_temperature, controls.set_shares) == (1.0, (1.0, 0.0))


def test_the_crowds_wish_does_not_stay_in_a_mixture_that_a_guest_interrupts(blend) -> None:
    controls = LiveControls(blend, LiveSettings())
    controls.apply_change(LiveControlChange(StyleSharesChange((1.0, 0.0)), at=0))
    wish = CrowdSteering(shares=(0.0, 1.0), share_weight=0.25)
    controls.apply_change(LiveControlChange(wish, at=0))
    controls.switch_composer(DummyComposer())
    controls.apply_change(LiveControlChange(CrowdSteering(), at=0))
    controls.switch_composer(blend)
    assert controls.set_shares == (1.0, 0.0)
