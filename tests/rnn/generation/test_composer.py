from __future__ import annotations

import pytest

from rnn.generation.composer import SamplingParams


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
