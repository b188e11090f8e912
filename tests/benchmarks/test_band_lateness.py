"""What is told of the lateness of the band's notes."""

from __future__ import annotations

from band_cost import MIN_NOTES_FOR_P99, describe_lateness


def test_a_p99_is_told_of_enough_notes_only_and_their_number_always():
    few = describe_lateness([0.1] * (MIN_NOTES_FOR_P99 - 1))
    many = describe_lateness([0.1] * MIN_NOTES_FOR_P99)
    assert few == "p50 0.100, at most 0.100 ms of 99 notes"
    assert many == "p50 0.100, p99 0.100, at most 0.100 ms of 100 notes"
    assert describe_lateness([]) == "no notes"
