from __future__ import annotations

import pytest

from rnn.model.sampling_params import SamplingParams


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 0},
        {"key_temperature": 0},
        {"top_p": 0},
        {"top_p": 1.1},
        {"spread": 0},
        {"strictness": -1},
        {"density": 9},
    ],
)
def test_sampling_params_out_of_range_are_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        SamplingParams(**values)


def test_a_density_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"-8\.\.8, not nan"):
        SamplingParams(density=float("nan"))


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("interval_nats", ((0.1, 0.2, 0.3, 0.4),)),
        ("echo_nats", (0.1, 0.2, 0.3)),
        ("loop_nats", ((0.0, 0.0, 0.0, 0.0), (0.1,))),
        ("length_nats", (0.5,)),
    ],
)
def test_a_row_of_another_number_of_classes_is_refused(name, row):
    with pytest.raises(ValueError, match=f"{name} has . numbers"):
        SamplingParams(**{name: row})


def test_lists_of_a_model_card_are_tuples():
    kept = {"temperature": 0.9, "echo_nats": [[0.1, 0, 0, 0]], "sequence_nats": [0.6, 1.2]}
    params = SamplingParams.from_json(kept)
    assert params == SamplingParams(0.9, echo_nats=((0.1, 0, 0, 0),), sequence_nats=(0.6, 1.2))


@pytest.mark.parametrize(
    "values", [{"warmth": 3}, {"temperature": "hot"}, {"echo_nats": [1, 2, 3]}]
)
def test_a_card_that_cannot_be_sampled_is_refused(values):
    with pytest.raises((TypeError, ValueError)):
        SamplingParams.from_json(values)
