from __future__ import annotations

import json

import pytest

from rnn.evolution.generation import Generation, GenerationError

KEPT = Generation(3, 1, "irish", "then", 5, "d", "w", 7, 8, {"diversity": 1.0}, False, ("copies",))


def test_a_record_is_read_as_it_was():
    assert Generation.from_json(KEPT.to_json()) == KEPT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 2}, "format 2"),
        ({"number": "3"}, "damaged"),
        ({"scores": {"diversity": "high"}}, "damaged"),
        ({"more": 1}, "damaged"),
        ({"parent": -1}, "damaged"),
        ({"scores": {"diversity": 10**400}}, "damaged"),
        ({"reasons": [1]}, "damaged"),
        ({"created": 2031}, "damaged"),
        ({"accepted": "no"}, "damaged"),
    ],
)
def test_other_records_are_refused(change, reason):
    values = json.loads(KEPT.to_json()) | change
    with pytest.raises(GenerationError, match=reason):
        Generation.from_json(json.dumps(values))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "[" * 9000])
def test_other_texts_are_refused(text):
    with pytest.raises(GenerationError, match="damaged"):
        Generation.from_json(text)
